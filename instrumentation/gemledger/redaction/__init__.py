"""Secrets and structured personal data out of text. Pure, standard library only; linear in the text's length.

Each finding becomes its kind in brackets, ``[email]``. With a key it also carries 8 hex digits of a keyed hash of the
value, ``[email:3f9a1c2b]``: the same value reads the same everywhere, and cannot be looked up without the key.
What is redacted already stays as it is, so that app and collector may both redact.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gemledger.redaction import addresses, ibans, numbers, secrets
from gemledger.redaction.finding import Finding
from gemledger.redaction.normal_form import normal_form

__all__ = ["KINDS", "Finding", "Redactor", "find", "redact"]

KINDS = (
    "private_key",
    "jwt",
    "api_key",
    "bearer_token",
    "credentials",
    "iban",
    "email",
    "ip_address",
    "card",
    "ssn",
    "phone",
    "domain",
)
"""Most telling first: where two findings overlap they become one, of the earlier kind."""

_RANKS = {kind: rank for rank, kind in enumerate(KINDS)}
_FINDERS: tuple[Callable[[str], Iterable[Finding]], ...] = (
    secrets.find,
    addresses.find,
    numbers.find,
    ibans.find,
)
_MARKER = rf"(\[(?:{'|'.join(KINDS)})(?::[0-9a-f]{{8}})?\])"


@dataclass(frozen=True, slots=True)
class Redactor:
    """How text is redacted; call it with a text.

    ``key``: of the hash; None leaves the kind alone. ``keep``: kinds that stay in the text.
    """

    key: bytes | None = None
    keep: frozenset[str] = frozenset()

    def __call__(self, text: str) -> str:
        """The text with each secret or personal datum replaced by its kind, and its hash where there is a key."""
        pieces = re.split(_MARKER, text) if "[" in text else [text]
        if len(pieces) == 1:
            return self._clean(text)
        return "".join(
            piece if position % 2 else self._clean(piece) for position, piece in enumerate(pieces)
        )

    def _clean(self, text: str) -> str:
        findings = find(text, self.keep)
        if not findings:
            return text
        pieces, end = [], 0
        for finding in findings:
            pieces.append(text[end : finding.start])
            pieces.append(self._marker(finding.kind, text[finding.start : finding.end]))
            end = finding.end
        pieces.append(text[end:])
        return "".join(pieces)

    def _marker(self, kind: str, value: str) -> str:
        if self.key is None:
            return f"[{kind}]"
        return f"[{kind}:{_digest(self.key, normal_form(kind, value))}]"


def redact(text: str, key: bytes | None = None) -> str:
    """The text with each secret or personal datum replaced by ``[kind]``, or ``[kind:hash]`` where a key is given."""
    return Redactor(key)(text)


def find(text: str, keep: frozenset[str] = frozenset()) -> list[Finding]:
    """What is to be redacted, in order and without overlaps: what overlaps is one finding of the more telling kind."""
    found = [each for finder in _FINDERS for each in finder(text) if each.kind not in keep]
    if len(found) < 2:
        return found
    found.sort()
    merged = [found[0]]
    for each in found[1:]:
        last = merged[-1]
        if each.start >= last.end:
            merged.append(each)
        else:
            kind = min(last.kind, each.kind, key=_RANKS.__getitem__)
            merged[-1] = Finding(last.start, max(last.end, each.end), kind)
    return merged


def _digest(key: bytes, value: str) -> str:
    """Eight hex digits of a keyed hash; a key beyond the 64 bytes that blake2b takes is hashed first."""
    if len(key) > hashlib.blake2b.MAX_KEY_SIZE:
        key = hashlib.blake2b(key).digest()
    written = value.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(written, digest_size=4, key=key, person=b"redaction").hexdigest()
