"""Who called within the last day, and when last: what tells a group that has gone silent from one that never was."""

from dataclasses import dataclass, field

import numpy as np

from gemledger_collector.alerts.alert import Watch
from gemledger_collector.alerts.measures.frames import Frame
from gemledger_collector.alerts.measures.sources import Grouping
from gemledger_collector.processors.batches import Integers
from gemledger_collector.storage import rule_windows
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.minute_cells import Key
from gemledger_collector.storage.rule_windows import Asked
from gemledger_collector.storage.spend import DIMENSIONS
from gemledger_collector.storage.transaction import Snapshot

DAY_SECONDS = 86_400
_NANO = 10**9


@dataclass
class Callers:
    """Asked of the ledger once for each of its slots; what is newer the minutes know."""

    _slot: int | None = None
    _keys: list[Key] = field(default_factory=list)
    _last: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    _groups: dict[Asked, Integers] = field(default_factory=dict)

    def refresh(self, snapshot: Snapshot, watch: Watch) -> None:
        """Ask again when a slot has passed."""
        slot = watch.now // _NANO // SLOT_SECONDS * SLOT_SECONDS
        if slot == self._slot:
            return
        found = rule_windows.callers(snapshot, slot - DAY_SECONDS, slot + SLOT_SECONDS)
        columns = (found[name].to_pylist() for name in DIMENSIONS)
        self._keys = list(zip(*columns, strict=True))
        self._last = found["last_slot"].to_numpy().astype(np.int64)
        self._slot, self._groups = slot, {}

    def last_calls(self, grouping: Grouping, minutes: Frame, watch: Watch) -> Integers:
        """When each group called last, in unix seconds: to the minute, or to the slot; in doubt late. 0: not today."""
        if grouping.asked not in self._groups:
            numbers = [grouping.of_key(key) for key in self._keys]
            self._groups[grouping.asked] = np.array(numbers, np.int64)
        groups = self._groups[grouping.asked]
        last: Integers = np.zeros(len(grouping.groups.all), np.int64)
        own = groups >= 0
        np.maximum.at(last, groups[own], self._last[own] + SLOT_SECONDS)
        known = minutes.last_with("calls")
        exact = np.zeros_like(last)
        exact[: len(known)] = np.where(known > 0, known + 60, 0)
        last = np.where(exact > 0, exact, last)
        now = watch.now // _NANO
        return np.where(last > now - DAY_SECONDS, np.minimum(last, now), 0)
