"""What a price book file may not say, and how it is told: file, line, row, key and remedy."""

import pytest
from support.books import GOOD

from gemledger.pricing.book import Book
from gemledger.pricing.rows import BookError


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("input = 0.075, ", "", "8: model 1 (m), rate 1: usd_per_million_tokens.input: missing"),
        (
            "output = 0.30",
            'output = "0.30"',
            "8: model 1 (m), rate 1: usd_per_million_tokens.output: '0.30' is not a number",
        ),
        (
            "output = 0.30",
            "output = -1",
            "8: model 1 (m), rate 1: usd_per_million_tokens.output: -1 is not a price",
        ),
        (
            "output = 0.30",
            "output = nan",
            "usd_per_million_tokens.output: NaN is not a price; give US dollars",
        ),
        ("output = 0.30", "output = 0.0000001", "has more than 6 decimals; picoUSD are whole"),
        (
            "output = 0.30",
            "output = 0.30, voice = 1",
            "8: model 1 (m), rate 1: usd_per_million_tokens.voice: unknown key",
        ),
        (
            "from = 2026-10-01",
            'from = "2026-10-01"',
            "7: model 1 (m), rate 1: from: '2026-10-01' is not a date; write it unquoted",
        ),
        ("from = 2026-10-01", "", "6: model 1 (m), rate 1: from: missing; say since when"),
        (
            "from = 2026-10-01",
            "from = 2026-10-01\nuntil = 2026-10-01",
            "8: model 1 (m), rate 1: until: 2026-10-01 is not after `from`",
        ),
        (
            'confidence = "published"',
            'confidence = "sure"',
            "11: model 1 (m), rate 1: confidence: 'sure' is not one of published, inferred",
        ),
        ('source = "s"', "", "model 1 (m), rate 1: source: missing"),
        (
            'source = "s"',
            'source = "s"\ninferred = ["output.audio"]',
            "10: model 1 (m), rate 1: inferred: 'output.audio' has no price in this rate",
        ),
        (
            'source = "s"',
            'source = "s"\nusd_per_unit = { grounding_query = 0.014, grounded_prompt = 0.035 }',
            "usd_per_unit: grounding_query and grounded_prompt count the same thing",
        ),
        (
            'source = "s"',
            'source = "s"\nusd_per_unit = { token_hour = 1 }',
            "10: model 1 (m), rate 1: usd_per_unit.token_hour: unknown key",
        ),
        (
            'id = "m"',
            'id = "m"\nprefix = "m"',
            "6: model 1 (m): prefix: unknown key; known are aliases",
        ),
        (
            'id = "m"',
            'id = "m"\nlong_context_above = 200_000',
            "6: model 1 (m): long_context_above: a model has it exactly when",
        ),
        (
            'platform = "gemini_api"',
            'platform = "openai"',
            "4: model 1 (m): platform: 'openai' is not one of gemini_api, vertex_ai",
        ),
        ("[[model]]", "[[model", "b.toml: not TOML"),
    ],
)
def test_a_broken_book_is_refused_with_file_line_row_key_and_remedy(
    wrong: str, right: str, said: str
) -> None:
    """Whoever edits a book is told where and what, not that something is invalid."""
    assert wrong in GOOD
    with pytest.raises(BookError) as refused:
        Book.parse({"b.toml": GOOD.replace(wrong, right)})

    assert said in str(refused.value)
    assert str(refused.value).startswith("b.toml:")


RATE = """[[model.rate]]
from = {begin}
{more}
usd_per_million_tokens = {{ input = 1, cache_read = 1, output = 1 }}
source = "s"
read_on = 2026-10-14
confidence = "published"
"""


def with_rates(head: str, *rates: tuple[str, str]) -> str:
    """A book of one model with these rates: (from, further lines)."""
    model = f'platform = "vertex_ai"\nversion = "1"\n[[model]]\nid = "m"\n{head}\n'
    return model + "".join(RATE.format(begin=begin, more=more) for begin, more in rates)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            with_rates("", ("2026-10-01", ""), ("2026-10-01", "")),
            "14: model 1 (m), rate 2: from: two rates for standard base global 2026-10-01; keep one",
        ),
        (
            with_rates("", ("2026-10-01", "until = 2026-12-01"), ("2026-11-01", "")),
            "8: model 1 (m), rate 1: until: overlaps the next rate",
        ),
        (
            with_rates("", ("2026-10-01", "until = 2026-10-15"), ("2026-11-01", "")),
            "8: model 1 (m), rate 1: until: nothing holds from 2026-10-15 until standard base global 2026-11-01",
        ),
        (
            with_rates(
                "long_context_above = 9", ("2026-10-01", ""), ("2026-11-01", 'context = "long"')
            ),
            "6: model 1 (m), rate 1: context: standard base global and standard long global must hold",
        ),
        (
            with_rates(
                "long_context_above = 9",
                ("2026-10-01", ""),
                ("2026-10-01", 'context = "long"'),
                ("2026-10-01", 'tier = "flex"'),
            ),
            "flex base global and flex long global must hold over the same dates",
        ),
        (
            with_rates("", ("2026-10-01", ""), ("2026-09-01", 'region = "regional"')),
            "15: model 1 (m), rate 2: region: standard base regional has no global rate over the same dates",
        ),
        (
            with_rates(
                "", ("2026-10-01", "until = 2026-11-01"), ("2026-10-01", 'region = "regional"')
            ),
            "has no global rate over the same dates",
        ),
    ],
)
def test_rates_that_overlap_or_leave_gaps_are_refused_at_their_line(text: str, said: str) -> None:
    """A day with two prices, or with half of one, is found when the book is read and not on a bill."""
    with pytest.raises(BookError) as refused:
        Book.parse({"b.toml": text})

    assert said in str(refused.value)


def test_an_id_given_twice_is_refused() -> None:
    """An alias must not hide another model."""
    model = GOOD[GOOD.index("[[model]]") :].replace('id = "m"', 'id = "n"\naliases = ["m"]')
    with pytest.raises(
        BookError, match=r"b\.toml:14: model 2 \(n\): aliases: 'm' is already taken by m"
    ):
        Book.parse({"b.toml": GOOD + model})


def test_rows_in_one_line_each_are_refused_at_their_own_line() -> None:
    """The built-in book writes a row a line; an error still names the line."""
    text = """platform = "gemini_api"
version = "1"
[source.s]
text = "page"
read_on = 2026-10-14
confidence = "published"
[[model]]
id = "m"
from = 2026-10-01
rate = [
  { tier = "standard", usd_per_million_tokens = { input = 1, output = 1 }, source = "s" },
  # a comment with { braces } and "quotes"
  { tier = "flex", usd_per_million_tokens = { input = 1, output = "two" }, source = "s" },
]
"""
    with pytest.raises(
        BookError, match=r"b\.toml:13: model 1 \(m\), rate 2: .*output: 'two' is not a number"
    ):
        Book.parse({"b.toml": text})
