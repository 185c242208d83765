"""From exact values to text: nothing is rounded twice, nothing unknown or small looks like nothing."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_dashboard.drawing import formats

PICO = st.integers(-(10**24), 10**24)


@given(PICO)
def test_an_exact_amount_reads_back_to_the_last_picodollar(pico_usd: int) -> None:
    """The text of a file, read as a Decimal, is the integer the collector sent."""
    assert int(Decimal(formats.usd_exact(pico_usd)).scaleb(12)) == pico_usd


@given(PICO)
def test_a_parsed_amount_is_the_integer_that_was_sent(pico_usd: int) -> None:
    """No float on the way: 25 digits arrive as they left."""
    assert formats.parse_pico(str(pico_usd)) == pico_usd


@given(st.integers(10**12, 10**24))
def test_dollars_on_the_screen_are_rounded_once_half_to_even(pico_usd: int) -> None:
    """From one dollar on the screen shows what decimal arithmetic rounds to, to the cent."""
    cents = Decimal(pico_usd).scaleb(-12).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    assert formats.usd(pico_usd) == f"${cents:,}"
    assert formats.usd(-pico_usd) == f"-${cents:,}"


@given(st.integers(1, 10**12 - 1))
def test_a_small_amount_never_reads_as_nothing(pico_usd: int) -> None:
    """Less than a dollar has four decimals; less than those is said to be less."""
    text = formats.usd(pico_usd)
    assert text != "$0.0000"
    assert text == "<$0.0001" or abs(Decimal(text[1:]) * 10**12 - pico_usd) <= 50_000_000


@pytest.mark.parametrize(
    ("pico_usd", "text"),
    [
        (0, "$0.00"),
        (None, formats.MISSING),
        (1, "<$0.0001"),
        (-1, "-<$0.0001"),
        (99_999_999, "<$0.0001"),
        (100_000_000, "$0.0001"),
        (1_005_000_000_000, "$1.00"),
        (1_015_000_000_000, "$1.02"),
        (1_234_567_890_000_000_000, "$1,234,567.89"),
    ],
)
def test_amounts_read_as_people_write_them(pico_usd: int | None, text: str) -> None:
    """The edges: nothing, unknown, tiny, halves, millions."""
    assert formats.usd(pico_usd) == text


@pytest.mark.parametrize("text", ["", "1.5", "1e3", "+1", " 1", "1_000", "--1", "٣", "NaN"])
def test_what_is_not_a_whole_number_of_picodollars_is_refused(text: str) -> None:
    """A float, blanks or foreign digits in a money field are an error, not a guess."""
    with pytest.raises(ValueError, match="picodollars"):
        formats.parse_pico(text)


@given(st.integers(0, 10**15), st.integers(1, 10**15))
def test_a_share_is_all_or_nothing_only_when_it_is(part: int, whole: int) -> None:
    """0 % and 100 % are never the result of rounding."""
    part = min(part, whole)
    text = formats.share(part, whole)
    assert (text == "0 %") == (part == 0)
    assert (text == "100 %") == (part == whole)
    if text[0] not in "<>":
        assert abs(Decimal(text[:-2]) - Decimal(part) * 100 / whole) <= Decimal("0.05") + Decimal(
            "1e-12"
        )


def test_spend_above_its_limit_is_more_than_the_whole() -> None:
    """A budget overrun is told in full, not as nearly everything."""
    assert formats.share(3525, 1500) == "235.0 %"
    assert formats.share(1501, 1500) == "100.1 %"


def test_a_share_of_nothing_is_unknown() -> None:
    """No calls have no cache-hit share: that is not zero percent."""
    assert formats.share(0, 0) == formats.MISSING
    assert formats.percent(None) == formats.MISSING
    assert formats.percent_interval(None, None) == formats.MISSING
    assert formats.score(None) == formats.MISSING
    assert formats.score(0.765) == formats.score(0.7649999999999999) == "0.77"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (9_999, "9,999"),
        (10_000, "10.0 k"),
        (22_361_870, "22.3 M"),
        (999_999, "999 k"),
        (10**15, "1,000 T"),
    ],
)
def test_large_token_counts_are_short(number: int, text: str) -> None:
    """Three figures and a unit; cut, not rounded up, so that a million is a million."""
    assert formats.tokens(number) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=2, minutes=5, seconds=7), "2 h 5 min"),
        (timedelta(days=1, minutes=5), "1 d"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(span: timedelta, text: str) -> None:
    """Neighbouring units only: a day and five minutes is about a day."""
    assert formats.duration(span) == text


def test_a_moment_is_on_the_readers_clock() -> None:
    """The same moment reads differently in Berlin and in New York."""
    moment = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert formats.instant(moment, ZoneInfo("Europe/Berlin")) == "21 Nov 2026, 00:30"
    assert formats.instant(moment, ZoneInfo("America/New_York")) == "20 Nov 2026, 18:30"
    assert formats.instant(None, UTC) == formats.MISSING


def test_foreign_text_formats_nothing() -> None:
    """A label with Markdown, HTML, a dollar formula or an icon in it is shown as it was written."""
    assert formats.plain("<b>*a*</b> $x$ :red[y]") == (r"\<b\>\*a\*\</b\> \$x\$ \:red\[y\]")
