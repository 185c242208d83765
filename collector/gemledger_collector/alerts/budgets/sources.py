"""Where the spend of windows comes from: the last hour minute by minute, what is longer from the ledger's slots."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from gemledger_collector.alerts.slots import SLOT_NS, SLOT_SECONDS, slot_of
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage.budget_spend import Group, Traffic, spend_in_windows
from gemledger_collector.storage.transaction import Snapshot

FINE = timedelta(hours=1)
"""The longest window that is looked at minute by minute."""
MINUTE, SLOT = timedelta(minutes=1), timedelta(seconds=SLOT_SECONDS)
_MINUTE_NS = nanoseconds(MINUTE)

Sums = Mapping[timedelta, Mapping[Group, int]]
"""PicoUSD by group, for each window."""


class MinuteSpend(Protocol):
    """The last ninety minutes, minute by minute."""

    def spend_between(
        self, filter_labels: Mapping[str, str], group_by: Sequence[str], since: int, until: int
    ) -> Mapping[Group, int]:
        """PicoUSD of each group in ``[since, until)``, unix nanoseconds at whole minutes."""
        ...


def grain_of(minutes: MinuteSpend | None) -> timedelta:
    """In how fine windows spend is known."""
    return SLOT if minutes is None else MINUTE


def spend_of_windows(
    snapshot: Snapshot,
    minutes: MinuteSpend | None,
    traffic: Traffic,
    windows: Sequence[timedelta],
    now: int,
) -> Sums:
    """What each group spent in the windows that end now. Without a source of minutes, slots are as fine as it gets."""
    fine = [window for window in windows if minutes is not None and window <= FINE]
    sums: dict[timedelta, Mapping[Group, int]] = {}
    if minutes is not None and fine:
        until = (now // _MINUTE_NS + 1) * _MINUTE_NS
        for window in fine:
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
    starts = [until - -(-nanoseconds(window) // SLOT_NS) * SLOT_SECONDS for window in windows]
    spent = spend_in_windows(snapshot, traffic, starts, until)
    return {
        window: {group: sums[place] for group, sums in spent.items()}
        for place, window in enumerate(windows)
    }
