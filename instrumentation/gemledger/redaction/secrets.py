"""Keys, tokens and passwords: a word that each secret of a kind contains, and the expression that finds its extent.

The words are looked for first, which costs little; an expression runs (and is compiled) only where its word occurs.
Every repetition is possessive or bounded, so no expression takes more than linear time.
"""

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from gemledger.redaction.finding import Finding


class Secret(NamedTuple):
    """``words``: one of them is in every such secret. ``pattern``: its first group, if any, is what is secret."""

    kind: str
    words: tuple[str, ...]
    pattern: str


_KEY = "api_key"
_START = r"(?<![A-Za-z0-9])"
_SHORTEST = 16
"""Characters of the shortest token that is taken for a secret, its prefix included."""

INTRODUCED = (
    Secret(
        "bearer_token",
        ("earer", "EARER"),
        r"(?i:(?<![a-z0-9])bearer)\s{1,4}+(?=[a-z]*+[^a-z\s])[\w.~+/=-]{16,}+",
    ),
    Secret(
        "credentials",
        ("asic ", "ASIC "),
        r"(?i:authorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?basic)\s{1,4}([A-Za-z0-9+/=_-]{8,}+)",
    ),
    Secret(  # a password in an address; the last @ before the path ends it
        "credentials", ("://",), r"://([^\s/:@\"'<>]{0,128}+:[^\s/\"'<>]{1,256})@"
    ),
    Secret(
        _KEY,
        ("ecret", "ECRET"),
        r"(?i:secret_?access_?key)[\"'\\]{0,2}\s{0,4}[:=]\s{0,4}[\"'\\]{0,2}([A-Za-z0-9/+]{40}(?![A-Za-z0-9/+]))",
    ),
)
"""The word stands before the secret."""

TOKENS = (
    Secret("jwt", ("eyJ",), r"(?<![\w-])eyJ[\w-]{8,}+(?:\.[\w-]*+){1,4}+"),
    # Google: API keys (both forms), OAuth secrets, access and refresh tokens
    Secret(_KEY, ("AIza",), _START + r"AIza[\w-]{35,}+"),
    Secret(_KEY, ("AQ.",), _START + r"AQ\.[\w-]{30,}+"),
    Secret(_KEY, ("GOCSPX-",), r"GOCSPX-[\w-]{20,}+"),
    Secret(_KEY, ("ya29.",), _START + r"ya29\.[\w.-]{20,}+"),
    Secret(_KEY, ("1//0",), _START + r"1//0[\w-]{20,}+"),
    # OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse, …
    Secret(_KEY, ("sk-", "pk-lf-"), r"(?<![\w-])(?:sk|pk-lf)-[\w-]{20,}+"),
    Secret(_KEY, ("xai-",), r"(?<![\w-])xai-\w{40,}+"),
    Secret(_KEY, ("gsk_",), _START + r"gsk_\w{40,}+"),
    Secret(_KEY, ("hf_",), _START + r"hf_[A-Za-z0-9]{30,}+"),
    Secret(_KEY, ("r8_",), _START + r"r8_\w{35,}+"),
    Secret(_KEY, ("pplx-", "tvly-", "nvapi-"), r"(?<![\w-])(?:pplx|tvly|nvapi)-[\w-]{24,}+"),
    Secret(_KEY, ("pcsk_", "lsv2_"), _START + r"(?:pcsk|lsv2_[a-z]{2})_\w{24,}+"),
    # AWS
    Secret(
        _KEY,
        ("AKIA", "ASIA", "ABIA", "ACCA"),
        _START + r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    ),
    Secret(_KEY, ("ABSK",), _START + r"ABSK[A-Za-z0-9+/=]{40,}+"),
    # Code hosting and packages
    Secret(_KEY, ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), _START + r"gh[pousr]_\w{36,}+"),
    Secret(_KEY, ("github_pat_",), r"github_pat_\w{22,}+"),
    Secret(_KEY, ("gl",), _START + r"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[\w.-]{20,}+"),
    Secret(_KEY, ("npm_", "dckr_pat_"), _START + r"(?:npm|dckr_pat)_[\w-]{24,}+"),
    Secret(_KEY, ("pypi-AgE",), r"pypi-AgE[\w-]{40,}+"),
    Secret(_KEY, ("ATATT3", "ATCTT3"), _START + r"AT[AC]TT3[\w=-]{40,}+"),
    # Chat and mail
    Secret(_KEY, ("xox", "xapp-"), _START + r"(?:xox[abceoprs]|xapp)-[\w-]{10,}+"),
    Secret(_KEY, ("hooks.slack.com/",), r"hooks\.slack\.com/(?:services|workflows)/([\w/]{20,}+)"),
    Secret(_KEY, (":AA",), r"(?<!\d)\d{8,10}:AA[\w-]{33}(?![\w-])"),
    Secret(_KEY, ("SG.",), _START + r"SG\.[\w-]{16,64}+\.[\w-]{16,64}+"),
    Secret(_KEY, ("SK", "key-"), _START + r"(?:SK|key-)[0-9a-f]{32}(?![0-9A-Za-z])"),
    # Payments, shops, clouds, data
    Secret(_KEY, ("k_live_", "k_test_"), _START + r"[sr]k_(?:live|test)_\w{10,}+"),
    Secret(_KEY, ("whsec_",), _START + r"whsec_[\w+/=]{20,}+"),
    Secret(_KEY, ("sq0",), r"sq0[a-z]{3}-[\w-]{22,}+"),
    Secret(_KEY, ("shp",), _START + r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    Secret(
        _KEY, ("AccountKey=", "SharedAccessKey="), r"A(?:ccount|ccess)Key=([\w+/]{40,}+={0,2}+)"
    ),
    Secret(_KEY, ("dapi",), _START + r"dapi[0-9a-f]{32}"),
    Secret(_KEY, ("_v1_",), _START + r"do[oprt]_v1_[0-9a-f]{64}"),
    Secret(_KEY, ("hvs.", "hvb."), _START + r"hv[sb]\.[\w-]{24,}+"),
    Secret(_KEY, ("glsa_", "sntrys_", "sbp_"), _START + r"(?:glsa|sntrys|sbp)_[\w=+/-]{32,}+"),
    Secret(_KEY, ("lin_api_", "ntn_"), _START + r"(?:lin_api|ntn)_[A-Za-z0-9]{32,}+"),
)
"""The word is part of the secret, which is one long token."""

_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
_HEADED_BODY = re.compile(
    r"(?:\s|\\[nr]|[A-Za-z0-9-]{1,32}: [^\n]{0,200}\n|[A-Za-z0-9+/=]{16,}+)*+"
)
_LONGEST_KEY = 16_384
"""Characters between the two lines of a private key; RSA of 16,384 bits has 13,000."""


def find(text: str) -> Iterator[Finding]:
    """Every secret in a text; some may overlap."""
    if "-----BEGIN " in text:
        yield from _private_keys(text)
    # Prose has next to no long words, and so next to nothing to look for the many words of tokens in.
    tokens = " ".join([word for word in text.split() if len(word) >= _SHORTEST])
    for table, searched in ((INTRODUCED, text), (TOKENS, tokens)):
        for secret in table:
            if any(word in searched for word in secret.words):
                yield from _occurrences(secret, text)


def _occurrences(secret: Secret, text: str) -> Iterator[Finding]:
    pattern = _compiled(secret.pattern)
    for match in pattern.finditer(text):
        yield Finding(match.start(pattern.groups), match.end(pattern.groups), secret.kind)


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when first needed: all of them together take as long as importing the rest."""
    return re.compile(pattern)


def _private_keys(text: str) -> Iterator[Finding]:
    """From BEGIN to END; where the end is missing (cut off), what looks like the body of a key."""
    for match in _BEGIN.finditer(text):
        dashes = text.find("-----", match.end(), match.end() + _LONGEST_KEY)
        closing = _END.match(text, dashes) if dashes >= 0 else None
        body = closing or _HEADED_BODY.match(text, match.end())
        yield Finding(match.start(), body.end() if body else match.end(), "private_key")
