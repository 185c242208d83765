"""Rows of sums brought together for a page: by one key, the largest first, the small ones as one.

Whole numbers in, whole numbers out: this is the only arithmetic on money the dashboard does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.spend import ways
from gemledger_dashboard.spend.spend_answers import Spend, SpendRow
from gemledger_dashboard.spend.sums import Sums

UNSET = "(not set)"
"""How a call without this attribution is named."""


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together, named by its keys in the order they were asked for."""

    names: tuple[str, ...]
    sums: Sums


@dataclass(frozen=True, slots=True)
class Series:
    """Sums by bucket and name; `names` from the dearest to the cheapest, the merged rest last."""

    names: tuple[str, ...]
    sums: Mapping[tuple[datetime, str], Sums]
    rest: tuple[str, ...] = ()
    """Those that are merged."""


def groups(spend: Spend, *keys: str) -> list[Group]:
    """The sums of each combination of these keys, over all buckets, the dearest first."""
    found: dict[tuple[str, ...], Sums] = {}
    for row in spend.rows:
        names = tuple(row.keys[key] or UNSET for key in keys)
        found[names] = found.get(names, Sums()) + row.sums
    ordered = [Group(names, sums) for names, sums in found.items()]
    return sorted(ordered, key=lambda group: (-group.sums.cost_pico_usd, group.names))


def series(spend: Spend, key: str, most: int, others: str = "other models") -> Series:
    """Sums by bucket and by the `most` dearest values of a key; the rest is one more value."""
    ranked = [group.names[0] for group in groups(spend, key)]
    kept, rest = ranked[:most], ranked[most:]
    sums: dict[tuple[datetime, str], Sums] = {}
    for row in spend.rows:
        if row.bucket_start is None:
            continue
        name = row.keys[key] or UNSET
        cell = (row.bucket_start.astimezone(UTC), name if name in kept else others)
        sums[cell] = sums.get(cell, Sums()) + row.sums
    return Series((*kept, *([others] if rest else [])), sums, tuple(rest))


def by_kind(spend: Spend) -> Spend:
    """The same spend with a row for each kind of cost: together they are the cost, and none of them counts calls."""
    rows = tuple(
        SpendRow(row.bucket_start, {ways.KIND: formats.LINE_NAMES[line]}, _of_kind(line, pico))
        for row in spend.rows
        for line, pico in row.sums.lines.items()
        if pico
    )
    return replace(spend, by=(ways.KIND,), rows=rows)


def running(series: Series, starts: Sequence[datetime]) -> Series:
    """Each bar with all that came before it: the sums from the first bucket on."""
    reached = {name: Sums() for name in series.names}
    sums: dict[tuple[datetime, str], Sums] = {}
    for start in (moment.astimezone(UTC) for moment in starts):
        for name in series.names:
            reached[name] = reached[name] + series.sums.get((start, name), Sums())
            sums[start, name] = reached[name]
    return replace(series, sums=sums)


def by_bucket(spend: Spend) -> dict[datetime, Sums]:
    """The sums of each bucket that had calls, by its beginning in UTC."""
    found: dict[datetime, Sums] = {}
    for row in spend.rows:
        if row.bucket_start is not None:
            start = row.bucket_start.astimezone(UTC)
            found[start] = found.get(start, Sums()) + row.sums
    return found


def _of_kind(line: str, pico: int) -> Sums:
    return Sums(cost_pico_usd=pico, **{f"{line}_pico_usd": pico})
