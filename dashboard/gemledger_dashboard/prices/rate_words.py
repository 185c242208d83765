"""Rates in a reader's words, exact: US dollars per million tokens or token hours, else per piece. Pure."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from gemledger_dashboard.prices.price_answers import BookRow, Priced

MAIN = {"input": "Input", "cache_read": "Cached input", "output": "Output"}
"""The rates with a column of their own."""
SAME_AS = {"tool_use": "input", "thoughts": "output"}
"""Rates that are worth a word only where they differ from these."""

PLATFORMS = {"gemini_api": "Gemini API", "vertex_ai": "Vertex AI"}

_PIECES = ("image", "video_second", "song")


def usd(name: str, pico: int) -> Decimal:
    """What a page says: dollars per million of what is counted by the million, else per piece."""
    return Decimal(pico).scaleb(-12 if is_per_piece(name) else -6)


def dollars(name: str, pico: int) -> str:
    """The same to read: all its decimals, two at least."""
    amount = usd(name, pico)
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"${int(whole):,}.{decimals.rstrip('0'):0<2}"


def per(name: str) -> str:
    """What such a rate is for: `million tokens`, `image`, `grounding query`."""
    if not is_per_piece(name):
        return "million token hours" if name == "token_hour" else "million tokens"
    unit = name.partition(".")[0]
    return "second of video" if unit == "video_second" else unit.replace("_", " ")


def is_per_piece(name: str) -> bool:
    """Whether a rate is for one of something: an image, a query."""
    unit = name.partition(".")[0]
    return unit in _PIECES or unit.endswith(("_query", "_prompt"))


def words(name: str) -> str:
    """A rate's name: `input audio`, `cached input`, `storage`."""
    said = {"token_hour": "cache storage", "thoughts": "thinking", "tool_use": "tool results"}
    return said.get(
        name, name.replace("cache_read", "cached input").replace("_", " ").replace(".", " ")
    )


def quoted(rates: Mapping[str, int]) -> str:
    """`input audio $1.00, cache storage $1.00 per million token hours`: tokens are by the million without a word."""
    return ", ".join(
        f"{words(name)} {dollars(name, pico)}"
        + ("" if per(name) == "million tokens" else f" per {per(name)}")
        for name, pico in rates.items()
    )


def others(row: BookRow) -> dict[str, int]:
    """The rates that have no column of their own, and are not just another's."""
    rates = row.rates
    return {
        name: pico
        for name, pico in rates.items()
        if name not in MAIN and not (name in SAME_AS and rates.get(SAME_AS[name]) == pico)
    }


def platform(of: Priced) -> str:
    """As Google calls it."""
    return PLATFORMS.get(of.platform, of.platform)


def tier(row: BookRow) -> str:
    """The tier, and that it is for endpoints of one region where it is."""
    return row.tier if row.region == "global" else f"{row.tier} ({row.region})"


def context(row: BookRow) -> str:
    """Which prompts, by their size: `any`, `up to 200,000`, `above 200,000`."""
    if row.of.step is None:
        return "any"
    return f"{'above' if row.context == 'long' else 'up to'} {row.of.step:,}"


def confidence(row: BookRow) -> str:
    """Whether it was read on Google's own page; which rates of it were not."""
    if not row.published:
        return "inferred"
    doubtful = ", ".join(words(name) for name in sorted(row.inferred & row.rates.keys()))
    return f"published, inferred: {doubtful}" if doubtful else "published"


def day(moment: date) -> str:
    """20 Nov 2026."""
    return f"{moment.day} {moment:%b %Y}"
