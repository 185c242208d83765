"""What a price overlay may not say, how that is told, and that nothing in such a file is ever another exception."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemledger.pricing.book import Book, load_book
from gemledger.pricing.overlay import applied
from gemledger.pricing.rows import BookError


def overlaid(text: str) -> Book:
    """The built-in book under this overlay."""
    return applied(load_book(), text, "mine.toml")


def own(model: str, *rows: str, head: str = "") -> str:
    """An overlay of one model on the Gemini API."""
    every = "".join(f"[[model.rate]]\n{row}\n" for row in rows)
    return f'[[model]]\nplatform = "gemini_api"\nid = "{model}"\n{head}\n{every}'


RATE = "from = 2026-11-01\nusd_per_million_tokens = { input = 1, output = 2 }"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[[discounts]]\npercent = 1",
            "mine.toml:1: top level: discounts: unknown key; known are discount, endpoints",
        ),
        (
            "\n[[discount]]\nfrom = 2026-11-01",
            "mine.toml:2: discount 1: percent: missing; say how much is off",
        ),
        (
            "[[discount]]\npercent = 101\nfrom = 2026-11-01",
            "mine.toml:2: discount 1: percent: 101 is more than 100",
        ),
        ("[[discount]]\npercent = 10", "mine.toml:1: discount 1: from: missing"),
        (
            '[[discount]]\npercent = 10\nfrom = 2026-11-01\nmodels = ["gemini-9"]',
            "mine.toml:4: discount 1: models: 'gemini-9' is not in the book",
        ),
        (
            "[[discount]]\npercent = 10\nfrom = 2026-11-01\n[[discount]]\npercent = 5\nfrom = 2027-01-01",
            "mine.toml:5: discount 2: percent: overlaps discount 1",
        ),
        (
            '[terms]\nbilling = "gratis"',
            "mine.toml:2: terms: billing: 'gratis' is not one of paid, free",
        ),
        (
            '[terms]\n\nincluded_units = ["searches"]',
            "mine.toml:3: terms: included_units: 'searches' is not one of",
        ),
        (
            'endpoints = ["https://proxy/x"]',
            "mine.toml:1: top level: endpoints: 'https://proxy/x' is not a host name",
        ),
        (
            '[[model]]\nid = "m"\n[[model.rate]]\n' + RATE,
            "mine.toml:1: model 1 (m): platform: None is not one of",
        ),
        (
            own("m", "from = 2026-11-01\nusd_per_million_tokens = { input = 1 }"),
            "mine.toml:7: model 1 (m), rate 1: usd_per_million_tokens.output: missing",
        ),
        (own("m", RATE, RATE), "mine.toml:9: model 1 (m), rate 2: from: two rates"),
        (
            own("m", RATE + "\nuntil = 2026-11-15", RATE.replace("11-01", "12-01")),
            "nothing holds from 2026-11-15",
        ),
        (
            own("m", RATE, head='aliases = ["gemini-2.5-pro"]'),
            "mine.toml:4: model 1 (m): aliases: 'gemini-2.5-pro' is already taken by gemini-2.5-pro",
        ),
        (
            own("gemini-pro-latest", RATE),
            "mine.toml:3: model 1 (gemini-pro-latest): id: 'gemini-pro-latest' is already taken by gemini-3.1-pro",
        ),
        (
            own("gemini-2.5-pro", RATE.replace("2026-11-01", "2020-01-01")),
            "must hold over the same dates",
        ),
        ("endpoints = [", "mine.toml: not TOML: "),
        ("x = " + "[" * 2000, "mine.toml: not TOML: "),
        (
            "[[discount]]\npercent = 0x" + "f" * 9000 + "\nfrom = 2026-11-01",
            "a number of more than 77 digits is not a price",
        ),
    ],
)
def test_a_broken_overlay_is_refused_with_file_line_key_and_remedy(text: str, said: str) -> None:
    """As strictly as the book itself, and the message can be acted on."""
    with pytest.raises(BookError) as refused:
        overlaid(text)

    assert said in str(refused.value)


WORDS = st.sampled_from(
    [
        "model",
        "rate",
        "discount",
        "terms",
        "endpoints",
        "source",
        "platform",
        "id",
        "aliases",
        "from",
        "until",
        "tier",
        "context",
        "region",
        "inferred",
        "percent",
        "models",
        "platforms",
        "billing",
        "included_units",
        "read_on",
        "confidence",
        "text",
        "usd_per_unit",
        "usd_per_million_tokens",
        "input",
        "output",
        "cache_read",
        "grounding_query",
        "gemini_api",
        "vertex_ai",
        "gemini-2.5-pro",
        "standard",
        "long",
        "regional",
        "long_context_above",
    ]
)
VALUES = st.recursive(
    st.one_of(
        st.integers(-3, 10**20), st.booleans(), st.text(max_size=8), WORDS,
        st.sampled_from(["2026-11-01", "2026-12-01T00:00:00Z", "07:32:00", "nan", "-inf", "1e-400", "0xffff"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


def toml(value: object) -> str:
    """A value as TOML writes it; texts that look like dates or numbers go unquoted."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str) and not re.fullmatch(r"[0-9naif-].*", value):
        return '"' + "".join(c for c in value if c.isalnum() or c in "._- ") + '"'
    return str(value)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "",
                    "[[model]]",
                    "[[model.rate]]",
                    "[[discount]]",
                    "[terms]",
                    "[source.s]",
                    "[model]",
                ]
            ),
            st.dictionaries(WORDS, VALUES, max_size=6),
        ),
        max_size=6,
    )
)
@settings(deadline=None, max_examples=300)
def test_whatever_is_in_an_overlay_it_is_read_or_refused(
    tables: list[tuple[str, dict[str, object]]],
) -> None:
    """Never another exception, and every refusal names the file."""
    text = "\n".join(
        f"{head}\n" + "\n".join(f"{key} = {toml(value)}" for key, value in body.items())
        for head, body in tables
    )
    try:
        book = overlaid(text)
        refusal = "" if book.knows("gemini_api", "gemini-2.5-pro") else "the book was lost"
    except BookError as error:
        refusal = str(error)
    assert not refusal or refusal.startswith("mine.toml:")


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
@settings(deadline=None)
def test_noise_in_place_of_an_overlay_is_refused(text: str) -> None:
    """A file of anything at all is a BookError, or changes nothing where it holds nothing."""
    try:
        refusal = "" if overlaid(text).models() else "no models"
    except BookError as error:
        refusal = str(error)
    assert not refusal or refusal.startswith("mine.toml:")
