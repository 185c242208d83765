"""Where the spend of windows comes from: the last hour minute by minute, what is longer from the ledger's slots."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.budget_spend import Group, Traffic, spend_in_windows
from gemledger_collector.storage.transaction import Snapshot

FINE = timedelta(hours=1)
"""The longest window that is looked at minute by minute."""
_MINUTE_NS = 60 * 10**9

Sums = Mapping[timedelta, Mapping[Group, int]]
"""PicoUSD by group, for each window."""


class MinuteSpend(Protocol):
    """The last ninety minutes, minute by minute."""

    def spend_between(
        self, filter_labels: Mapping[str, str], group_by: Sequence[str], since: int, until: int
    ) -> Mapping[Group, int]:
        """PicoUSD of each group in ``[since, until)``, unix nanoseconds at whole minutes."""
        ...


def spend_of_windows(
    snapshot: Snapshot,
    minutes: MinuteSpend,
    traffic: Traffic,
    windows: Sequence[timedelta],
    now: int,
) -> Sums:
    """What each group spent in the windows that end now, the running minute or slot included."""
    until = (now // _MINUTE_NS + 1) * _MINUTE_NS
    sums: dict[timedelta, Mapping[Group, int]] = {}
    for window in (each for each in windows if each <= FINE):
        since = until - nanoseconds(window)
        sums[window] = minutes.spend_between(traffic.filter, traffic.group_by, since, until)
    coarse = [window for window in windows if window not in sums]
    return {**sums, **_of_slots(snapshot, traffic, coarse, now)}


def _of_slots(
    snapshot: Snapshot, traffic: Traffic, windows: Sequence[timedelta], now: int
) -> dict[timedelta, dict[Group, int]]:
    if not windows:
        return {}
    until = slot_of(now) + SLOT_SECONDS
    starts = [until - int(window.total_seconds()) for window in windows]
    spent = spend_in_windows(snapshot, traffic, starts, until)
    return {
        window: {group: sums[place] for group, sums in spent.items()}
        for place, window in enumerate(windows)
    }
