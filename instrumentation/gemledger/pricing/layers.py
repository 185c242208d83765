"""One layer of prices over another: the later layer wins per cell and per day; what it does not say stays."""

import datetime as dt
from collections.abc import Iterable, Iterator

from gemledger.pricing.rows import ModelRows, RateRow, end_of
from gemledger.pricing.vocabulary import FEE_FAMILIES

OVERLAY = "overlay"


def over(base: ModelRows | None, top: ModelRows) -> ModelRows:
    """The model as both layers together state it. ``top`` alone where the base does not know it."""
    if base is None:
        return top._replace(rows=tuple(row._replace(layer=OVERLAY) for row in top.rows))
    above = top.long_context_above or base.long_context_above
    aliases = tuple(dict.fromkeys((*base.aliases, *top.aliases)))
    kinds = dict.fromkeys((*base.kinds, *top.kinds))
    rows = [row for kind in kinds for row in _merged(base.of_kind(kind), top.of_kind(kind))]
    return ModelRows(base.platform, base.id, aliases, above, tuple(rows))


def _merged(base: list[RateRow], top: list[RateRow]) -> Iterator[RateRow]:
    """Rows of one kind: each stretch between two dates on which either layer changes is a row."""
    for begin, end in stretches((*base, *top)):
        under, upper = in_force(base, begin), in_force(top, begin)
        if under is not None and upper is not None:
            yield _painted(under, upper, begin, end)
        elif upper is not None:
            yield upper._replace(from_date=begin, until_date=end, layer=OVERLAY)
        elif under is not None:
            yield (
                under._replace(until_date=end)
                if under.from_date == begin
                else under._replace(from_date=begin, until_date=end)
            )


def _painted(under: RateRow, upper: RateRow, begin: dt.date, end: dt.date | None) -> RateRow:
    """The lower row with the cells of the upper one in their place."""
    stated = {*upper.pico_usd_per_token, *upper.pico_usd_per_unit}
    units = {
        unit: pico
        for unit, pico in under.pico_usd_per_unit.items()
        if not _counted_otherwise(unit, stated)
    }
    return upper._replace(
        from_date=begin,
        until_date=end,
        pico_usd_per_token={**under.pico_usd_per_token, **upper.pico_usd_per_token},
        pico_usd_per_unit={**units, **upper.pico_usd_per_unit},
        inferred=(under.inferred - stated) | upper.inferred,
        source=f"{upper.source}; other cells: {under.source}",
        read_on=upper.read_on or under.read_on,
        layer=OVERLAY,
    )


def _counted_otherwise(unit: str, stated: set[str]) -> bool:
    """Whether the upper layer bills the same thing by another unit, which then replaces this one."""
    return any(unit in family and stated.intersection(family) for family in FEE_FAMILIES)


def stretches(rows: Iterable[RateRow]) -> Iterator[tuple[dt.date, dt.date | None]]:
    """The stretches of days between any begin or end of these rows; the last has no end."""
    known = tuple(rows)
    ends = (row.until_date for row in known if row.until_date is not None)
    days = sorted({*(row.from_date for row in known), *ends})
    yield from zip(days, (*days[1:], None), strict=True)


def in_force(rows: list[RateRow], day: dt.date) -> RateRow | None:
    """The row of one kind that holds on a day."""
    for row in reversed(rows):
        if row.from_date <= day:
            end = end_of(row, rows)
            return row if end is None or day < end else None
    return None
