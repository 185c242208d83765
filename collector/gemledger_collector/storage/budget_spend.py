"""What the groups of a budget spent, out of the ledger: in a period, in windows, slot by slot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from gemledger_collector.storage.transaction import Snapshot

DIMENSIONS = (
    "team",
    "cost_center",
    "feature",
    "model",
    "environment",
    "prompt_version",
    "service",
    "platform",
    "service_tier",
    "purpose",
)
"""What spend can be filtered and grouped by."""
MOST_WINDOWS = 7
_MOST_REMEMBERED = 10_000
_BETWEEN = "\x1f"

Group = tuple[str, ...]
"""Values of the dimensions that were grouped by, in their order; '' is what nobody named."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Which spend is asked about, and by what it is taken apart. A filter's '' is what nobody named."""

    filter: Mapping[str, str]
    group_by: Sequence[str] = ()

    @property
    def filters(self) -> dict[str, object]:
        """The filter as the statements want it."""
        return {name: self.filter.get(name) for name in DIMENSIONS}

    @property
    def grouping(self) -> dict[str, object]:
        """The grouping as the statements want it."""
        single = self.group_by[0] if self.group_by else None
        dimension = "several" if len(self.group_by) > 1 else single
        return {"dimension": dimension} | {
            f"by_{name}": name in self.group_by for name in DIMENSIONS
        }

    def group(self, key: object) -> Group:
        """The group that an answer's key names."""
        if len(self.group_by) < 2:
            return (str(key),) * len(self.group_by)
        values = dict(zip(self._joined, str(key).split(_BETWEEN), strict=False))
        return tuple(values[name] for name in self.group_by)

    @property
    def _joined(self) -> list[str]:
        return [name for name in DIMENSIONS if name in self.group_by]


def spend_by_group(
    snapshot: Snapshot, traffic: Traffic, since_slot: int, until_slot: int
) -> dict[Group, int]:
    """PicoUSD of each group in ``[since_slot, until_slot)``, unix seconds; groups without any spend are left out."""
    if not traffic.group_by:
        return {(): spent(snapshot, traffic, since_slot, until_slot)}
    asked = {"since": since_slot, "until": until_slot, **traffic.filters, **traffic.grouping}
    rows = snapshot.rows("budget_spend", asked)
    return {traffic.group(key): cast("int", pico) for key, pico in rows}


def spent(snapshot: Snapshot, traffic: Traffic, since_slot: int, until_slot: int) -> int:
    """PicoUSD of all the traffic together in ``[since_slot, until_slot)``."""
    bounds = {"since": since_slot, "until": until_slot}
    return cast("int", snapshot.rows("budget_spent", {**bounds, **traffic.filters})[0][0])


class RememberedSpend:
    """Sums that stay right until something is added to the ledger. Threads may share it."""

    def __init__(self) -> None:
        self._known: tuple[int, dict[object, int]] = (-1, {})

    def spent(
        self, ledger_commits: int, snapshot: Snapshot, traffic: Traffic, slots: tuple[int, int]
    ) -> int:
        """As ``spent``; ``ledger_commits`` is the store's number from before the snapshot was opened."""
        version, sums = self._known
        if version != ledger_commits or len(sums) >= _MOST_REMEMBERED:
            sums = {}
            self._known = (ledger_commits, sums)
        key = (slots, tuple(sorted(traffic.filter.items())))
        if key not in sums:
            sums[key] = spent(snapshot, traffic, *slots)
        return sums[key]


def spend_in_windows(
    snapshot: Snapshot, traffic: Traffic, starts: Sequence[int], until_slot: int
) -> dict[Group, Sequence[int]]:
    """PicoUSD of each group from each of ``starts`` until ``until_slot``, in the order of ``starts``: at most seven."""
    padded = [*starts, *[until_slot] * (MOST_WINDOWS - len(starts))]
    bounds = {"since": min(starts), "until": until_slot, "starts": padded}
    rows = snapshot.rows("budget_burn", {**bounds, **traffic.filters, **traffic.grouping})
    return {traffic.group(key): cast("Sequence[int]", sums[: len(starts)]) for key, *sums in rows}


def spend_by_slot(
    snapshot: Snapshot, traffic: Traffic, since_slot: int, until_slot: int
) -> dict[int, int]:
    """PicoUSD by slot of all the traffic together."""
    asked = {"since": since_slot, "until": until_slot, **traffic.filters}
    rows = snapshot.rows("budget_spend_by_slot", asked)
    return {cast("int", slot): cast("int", pico) for slot, pico in rows}
