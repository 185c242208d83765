"""What dated changes of prices in the book make of today's traffic; pure.

The last days' use is priced again with the rates that hold from each change on. The ledger keeps money by line, so a
line is multiplied by the new rate over the old one: exact where all its tokens have the line's own rate, as text has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from gemledger.pricing import Book
from gemledger.pricing.rates import Rates
from gemledger.pricing.rows import unix_nano
from gemledger_collector.storage.forecast_spend import PricedUse

_UNIT_OF_LINE = {"grounding": "grounding_query", "maps": "maps_query", "storage": "token_hour"}
_REGIONAL = "@regional"


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One model's price on one service tier, from a day on: what its traffic costs a day before and after.

    ``new_row`` and ``new_daily_pico_usd`` are None where a price ends and nothing follows: then it has no price.
    """

    at_unix_nano: int
    platform: str
    model: str
    service_tier: str
    old_row: str
    new_row: str | None
    old_daily_pico_usd: int
    new_daily_pico_usd: int | None


@dataclass(frozen=True, slots=True)
class RecentUse:
    """What was used in the last days."""

    use: Sequence[PricedUse]
    days: Fraction
    now: int


def changes(book: Book, recent: RecentUse) -> list[PriceChange]:
    """Every change to come of what was used, the next one first."""
    found = [
        change
        for each in recent.use
        for at in _switches(book, each, recent.now)
        if (change := _change(book, each, recent, at)) is not None
    ]
    return sorted(_together(found), key=lambda change: (change.at_unix_nano, change.model))


def ratio(book: Book, recent: RecentUse, at_unix_nano: int) -> float:
    """By what the cost of the traffic is multiplied at a later moment; 1 where nothing changes until then."""
    before = sum(each.total_pico_usd for each in recent.use)
    after = sum(_priced_at(book, each, recent.now, at_unix_nano)[1] for each in recent.use)
    return float(after / before) if before > 0 else 1.0


@lru_cache(maxsize=8)
def dates(book: Book) -> tuple[int, ...]:
    """Every moment at which some price of the book begins or ends, in unix nanoseconds."""
    days = {
        day
        for model in book.models()
        for row in model.rows
        for day in (row.from_date, row.until_date)
        if day is not None
    }
    return tuple(sorted(map(unix_nano, days)))


def _switches(book: Book, use: PricedUse, now: int) -> Iterator[int]:
    model = book.find(use.platform, use.model)
    for row in model.rows if model is not None else ():
        for day in (row.from_date, row.until_date):
            if row.tier == use.service_tier and day is not None and unix_nano(day) > now:
                yield unix_nano(day)


def _change(book: Book, use: PricedUse, recent: RecentUse, at: int) -> PriceChange | None:
    old, before = _priced_at(book, use, recent.now, at - 1)
    new, after = _priced_at(book, use, recent.now, at)
    if old is None or (new is not None and new.row == old.row):
        return None
    return PriceChange(
        at_unix_nano=at,
        platform=use.platform,
        model=use.model,
        service_tier=use.service_tier,
        old_row=old.row,
        new_row=None if new is None else new.row,
        old_daily_pico_usd=round(before / recent.days),
        new_daily_pico_usd=None if new is None else round(after / recent.days),
    )


def _together(found: Sequence[PriceChange]) -> list[PriceChange]:
    """One for each change of rows, though several kinds of calls are priced by the same ones."""
    totals: dict[tuple[object, ...], tuple[int, int]] = {}
    first: dict[tuple[object, ...], PriceChange] = {}
    for each in found:
        key = (each.at_unix_nano, each.old_row, each.new_row, each.model)
        old, new = totals.get(key, (0, 0))
        totals[key] = (old + each.old_daily_pico_usd, new + (each.new_daily_pico_usd or 0))
        first.setdefault(key, each)
    return [
        PriceChange(
            each.at_unix_nano,
            each.platform,
            each.model,
            each.service_tier,
            each.old_row,
            each.new_row,
            totals[key][0],
            None if each.new_row is None else totals[key][1],
        )
        for key, each in first.items()
    ]


def _priced_at(book: Book, use: PricedUse, now: int, at: int) -> tuple[Rates | None, Fraction]:
    """The rates that hold then, and what the use costs at them; what it cost where they are unknown."""
    base, then = _rates(book, use, now), _rates(book, use, at)
    total = Fraction(use.total_pico_usd)
    if base is None or then is None or base.row == then.row:
        return then, total
    return then, sum(
        (pico * _factor(line, base, then) for line, pico in use.pico_usd.items()), Fraction(0)
    )


def _factor(line: str, base: Rates, then: Rates) -> Fraction:
    unit = _UNIT_OF_LINE.get(line)
    old, new = (
        rates.unit_pico_usd(unit) if unit else rates.pico_usd(line) for rates in (base, then)
    )
    return Fraction(new, old) if old and new is not None else Fraction(1)


def _rates(book: Book, use: PricedUse, at: int) -> Rates | None:
    region = "regional" if _REGIONAL in use.price_row else "global"
    return book.rates_for(use.platform, use.model, use.service_tier, use.long_context, at, region)
