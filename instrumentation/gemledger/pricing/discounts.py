"""Percentages off list prices, as contracts state them; the result is rounded once, half to even, to whole picoUSD."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING, NamedTuple

from gemledger.pricing.layers import OVERLAY, in_force, stretches
from gemledger.pricing.places import Place
from gemledger.pricing.rows import ModelRows, RateRow
from gemledger.pricing.vocabulary import PLATFORMS

if TYPE_CHECKING:
    from gemledger.pricing.book import Book

KEYS = ("percent", "platforms", "models", "from", "until")


class Discount(NamedTuple):
    """``percent`` off every list price of these models (all where empty), from a day until another or for good."""

    percent: Decimal
    platforms: tuple[str, ...]
    models: frozenset[tuple[str, str]]
    from_date: dt.date
    until_date: dt.date | None
    place: Place

    def covers(self, model: ModelRows) -> bool:
        """Whether it is for this model."""
        return model.platform in self.platforms and (
            not self.models or (model.platform, model.id) in self.models
        )

    def holds_on(self, day: dt.date) -> bool:
        """Whether it is given on this day."""
        return self.from_date <= day and (self.until_date is None or day < self.until_date)


def discounts(place: Place, book: "Book") -> list[Discount]:
    """The ``[[discount]]`` tables of a file. Raises BookError, also where two would be given for the same thing."""
    found: list[Discount] = []
    for number, table in enumerate(place.sub_tables("discount")):
        one = _discount(place.inside("discount", number, table, f"discount {number + 1}"), book)
        for other in found:
            if _collide(one, other, book):
                raise one.place.error(
                    "percent",
                    f"overlaps {other.place.row}; state one percentage for each model and day",
                )
        found.append(one)
    return found


def _discount(place: Place, book: "Book") -> Discount:
    place.refuse_unknown_keys(KEYS)
    if "percent" not in place.table:
        raise place.error("percent", "missing; say how much is off, like percent = 12.5")
    percent = Decimal(place.whole("percent", place.table["percent"], 6)).scaleb(-6)
    if percent > 100:
        raise place.error("percent", f"{percent.normalize():f} is more than 100")
    platforms = place.words("platforms") or PLATFORMS
    for platform in platforms:
        if platform not in PLATFORMS:
            raise place.error("platforms", f"{platform!r} is not one of {', '.join(PLATFORMS)}")
    begins, ends = place.day("from"), place.day("until")
    if begins is None:
        raise place.error("from", "missing; say since when, like from = 2026-12-01")
    if ends is not None and ends <= begins:
        raise place.error("until", f"{ends} is not after `from`")
    return Discount(percent, platforms, _models(place, platforms, book), begins, ends, place)


def _models(place: Place, platforms: Sequence[str], book: "Book") -> frozenset[tuple[str, str]]:
    """The models that are named, by id; an alias counts for its model."""
    named: set[tuple[str, str]] = set()
    for name in place.words("models"):
        found = [model for platform in platforms if (model := book.find(platform, name))]
        if not found:
            raise place.error(
                "models", f"{name!r} is not in the book; `gemledger price` lists what is"
            )
        named.update((model.platform, model.id) for model in found)
    return frozenset(named)


def _collide(one: Discount, other: Discount, book: "Book") -> bool:
    """Whether some model has both on some day."""
    apart = (one.until_date is not None and one.until_date <= other.from_date) or (
        other.until_date is not None and other.until_date <= one.from_date
    )
    return not apart and any(one.covers(model) and other.covers(model) for model in book.models())


def discounted(model: ModelRows, given: Sequence[Discount]) -> ModelRows:
    """The model at the prices that are left; rows that no discount touches stay as they are."""
    mine = [discount for discount in given if discount.covers(model)]
    if not mine:
        return model
    return model._replace(
        rows=tuple(row for kind in model.kinds for row in _lowered(model.of_kind(kind), mine))
    )


def _lowered(rows: list[RateRow], given: Sequence[Discount]) -> Iterator[RateRow]:
    """Rows of one kind, cut where a discount begins or ends."""
    borders = [
        rows[0]._replace(from_date=discount.from_date, until_date=discount.until_date)
        for discount in given
    ]
    for begin, end in stretches((*rows, *borders)):
        row = in_force(rows, begin)
        if row is None:
            continue
        percent = next((one.percent for one in given if one.holds_on(begin)), None)
        yield (row if percent is None else _reduced(row, percent))._replace(
            from_date=begin, until_date=end
        )


def _reduced(row: RateRow, percent: Decimal) -> RateRow:
    def left(prices: Mapping[str, int]) -> dict[str, int]:
        return {name: _rounded(pico, percent) for name, pico in prices.items()}

    return row._replace(
        pico_usd_per_token=left(row.pico_usd_per_token),
        pico_usd_per_unit=left(row.pico_usd_per_unit),
        source=f"{row.source}; {percent.normalize():f} % off by overlay",
        layer=OVERLAY,
    )


def _rounded(pico: int, percent: Decimal) -> int:
    with localcontext(prec=60):
        return int((pico * (100 - percent) / 100).to_integral_value(ROUND_HALF_EVEN))
