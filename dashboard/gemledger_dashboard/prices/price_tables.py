"""The price book as tables: for the screen what a page of Google's says, for a file every rate of every row. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from gemledger_dashboard.prices import rate_words
from gemledger_dashboard.prices.coming import PriceChange
from gemledger_dashboard.prices.price_answers import BookRow

STALE_DAYS = 45
"""Google has changed prices within weeks: what was read longer ago needs reading again."""


def in_force(rows: Sequence[BookRow]) -> pd.DataFrame:
    """One line per row: what tokens cost by the million, everything else in words, and where it was read."""
    return pd.DataFrame(
        [
            {
                "Model": row.of.model,
                **{title: _rate(row, name) for name, title in rate_words.MAIN.items()},
                "Prompt tokens": rate_words.context(row),
                "Tier": rate_words.tier(row),
                "Platform": rate_words.platform(row.of),
                "Other rates": rate_words.quoted(rate_words.others(row)),
                "From": row.since,
                "Until": row.until,
                "Confidence": rate_words.confidence(row),
                "Read on": row.read_on,
                "Page": page(row.source),
                "Source": row.source,
                "Whose": "your overlay" if row.overlay else "list price",
            }
            for row in rows
        ]
    )


def dollar_format(rows: Iterable[BookRow]) -> str:
    """As many decimals as the finest of these rates has, so that none is rounded; two at least."""
    shown = (_rate(row, name) for row in rows for name in rate_words.MAIN)
    places = (-int(rate.normalize().as_tuple().exponent) for rate in shown if rate is not None)
    return f"$%.{max(2, *places, 2)}f"


def every_rate(rows: Iterable[BookRow]) -> pd.DataFrame:
    """One line per rate: exact, with the row that a call's price row names."""
    return pd.DataFrame(
        [
            {
                **_which(row),
                "Rate": name,
                "USD": rate_words.usd(name, pico),
                "Per": rate_words.per(name),
                "Inferred": name in row.inferred or not row.published,
                "From": row.since,
                "Until": row.until,
                "Read on": row.read_on,
                "Source": row.source,
                "Overlay": row.overlay,
                "Price row": row.name,
            }
            for row in rows
            for name, pico in row.rates.items()
        ]
    )


def coming(found: Sequence[PriceChange]) -> pd.DataFrame:
    """One line per change: when, whose, and what it changes."""
    return pd.DataFrame(
        [
            {
                "From": change.day,
                "Model": change.row.of.model,
                "What changes": what(change),
                "Tier": rate_words.tier(change.row),
                "Prompt tokens": rate_words.context(change.row),
                "Platform": rate_words.platform(change.row.of),
            }
            for change in found
        ]
    )


def what(change: PriceChange) -> str:
    """`input $0.30 to $0.60 (+100 %), output $2.50 to $3.00 (+20 %)`; a rate that is gone is named."""
    if change.after is None:
        return "ends, and nothing follows: calls will have no price"
    if change.before is None:
        return f"begins: {rate_words.quoted(change.after.rates)}"
    before, after = change.before.rates, change.after.rates
    parts = [_moves(name, before.get(name), after.get(name)) for name in {**before, **after}]
    return ", ".join(part for part in parts if part) or "the same rates, stated anew"


def sources(rows: Sequence[BookRow], day: date) -> pd.DataFrame:
    """One line per reading: where, when, how long ago, and how much rests on it; the oldest first."""
    resting: dict[tuple[date, str], list[BookRow]] = {}
    for row in rows:
        resting.setdefault((row.read_on or date.max, row.source), []).append(row)
    return pd.DataFrame(
        [
            {
                "Read on": None if read_on == date.max else read_on,
                "Days ago": None if read_on == date.max else (day - read_on).days,
                "State": state(read_on, day),
                "Models": len({(row.of.platform, row.of.model) for row in found}),
                "Prices": len(found),
                "Page": page(source),
                "Source": source,
            }
            for (read_on, source), found in sorted(resting.items(), key=lambda pair: pair[0])
        ]
    )


def stale(rows: Iterable[BookRow], day: date) -> list[BookRow]:
    """What rests on a reading of too long ago."""
    return [row for row in rows if row.read_on and (day - row.read_on).days > STALE_DAYS]


def state(read_on: date, day: date) -> str:
    """In a word or two."""
    if read_on == date.max:
        return "yours"
    return "stale: read it again" if (day - read_on).days > STALE_DAYS else "recent"


def page(source: str) -> str | None:
    """The address in a source, to be opened by whoever clicks it; None where there is none."""
    begin = source.find("https://")
    if begin < 0:
        return None
    return source[begin:].split(maxsplit=1)[0].rstrip(",.;)")


def _which(row: BookRow) -> dict[str, Any]:
    return {
        "Model": row.of.model,
        "Platform": row.of.platform,
        "Tier": row.tier,
        "Region": row.region,
        "Context": row.context,
        "Context step": row.of.step,
    }


def _rate(row: BookRow, name: str) -> Decimal | None:
    pico = row.rates.get(name)
    return None if pico is None else rate_words.usd(name, pico)


def _moves(name: str, before: int | None, after: int | None) -> str:
    """One rate's change in words; empty where there is none, or another rate's change says it."""
    if before == after or name in rate_words.SAME_AS:
        return ""
    if before is None:
        return f"{rate_words.words(name)} new at {rate_words.dollars(name, after or 0)}"
    if after is None:
        return f"{rate_words.words(name)} without a price"
    percent = f" ({(after - before) * 100 / before:+.0f} %)" if before else ""
    there, then = rate_words.dollars(name, before), rate_words.dollars(name, after)
    return f"{rate_words.words(name)} {there} to {then}{percent}"
