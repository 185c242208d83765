"""What was used and paid in a window and in its baseline, by who and what: one question to the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from gemledger_collector.storage.transaction import Snapshot

FILTERS = (
    *("team", "cost_center", "feature", "model", "environment", "prompt_version", "service"),
    *("platform", "service_tier", "purpose"),
)
KEYS = ("team", "feature", "model", "prompt_version")
TOKENS = ("input", "cache_read", "tool_use", "answer", "thoughts")
"""Classes that do not overlap: input without what was cached or came from tools, the answer without thoughts."""
FIGURES = (
    "calls",
    *(f"{cell}_tokens" for cell in TOKENS),
    *(f"{cell}_pico_usd" for cell in TOKENS),
    "storage_pico_usd",
    "cost_pico_usd",
)


@dataclass(frozen=True, slots=True)
class Slots:
    """Which quarter-hours: the window, and the baseline before it; starts in unix seconds.

    Of the baseline only the window's own hours of each day count where ``same_hours`` is set. It ends where the window
    begins, or at ``baseline_until`` where that is earlier.
    """

    baseline: int
    since: int
    until: int
    same_hours: bool
    baseline_until: int | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns of one length. ``window`` and ``baseline`` have whole numbers by FIGURES; money is picoUSD."""

    keys: list[tuple[str | None, ...]]
    window: Mapping[str, list[int]]
    baseline: Mapping[str, list[int]]


def spend_cells(snapshot: Snapshot, only: Mapping[str, Sequence[str]], slots: Slots) -> Cells:
    """Billed calls that have any of the values of each dimension of ``only`` (of FILTERS; empty: none), by KEYS.

    What was free or has no price has no place in it.
    """
    ends = slots.since if slots.baseline_until is None else slots.baseline_until
    bounds: dict[str, object] = {
        "baseline_slot": slots.baseline,
        "baseline_until_slot": ends,
        "since_slot": slots.since,
        "until_slot": slots.until,
        "seconds_of_day": slots.until - slots.since if slots.same_hours else 86_400,
    }
    chosen = {name: only.get(name) for name in FILTERS}
    table = snapshot.query("alerts_spend_cells", bounds | chosen)
    return _apart(table)


def _apart(table: pa.Table) -> Cells:
    """Window and baseline of each key side by side; what one of them lacks is zero there."""
    named = zip(*(table[name].to_pylist() for name in KEYS), strict=True)
    places: dict[tuple[str | None, ...], int] = {}
    at = [places.setdefault(key, len(places)) for key in named]
    in_window = table["in_window"].to_pylist()
    sides: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
    for name in FIGURES:
        for side in sides:
            side[name] = [0] * len(places)
        for place, inside, value in zip(at, in_window, table[name].to_pylist(), strict=True):
            # A HUGEINT leaves DuckDB as a decimal of scale 0; a sum over nothing is null.
            sides[inside][name][place] = int(value or 0)
    baseline, window = sides
    return Cells(list(places), window, baseline)
