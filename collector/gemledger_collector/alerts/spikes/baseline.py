"""The baseline of one configured spike: its groups' clock hours out of the ledger, made into limits once an hour."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts.spikes.rule import LONGEST_SECONDS, Limits, Thresholds, limits
from gemledger_collector.alerts.spikes.usual import (
    HOUR_SECONDS,
    LEARNING_HOURS,
    Flags,
    Floats,
    Hours,
    Integers,
    SameHour,
    Usual,
    usual,
)
from gemledger_collector.alerts_config import SpikeConfig
from gemledger_collector.storage.group_spend import Group, GroupQuestion, GroupSpend, group_spend
from gemledger_collector.storage.transaction import Snapshot

NANO = 10**9


@dataclass(frozen=True, slots=True)
class Baseline:
    """What each group's hour that began at ``hour`` (unix seconds) is compared with.

    As it is learned its last row is a group that never spent; ``of`` gives that to whoever needs it.
    """

    hour: int
    places: dict[Group, int]
    usual: Usual
    limits: Limits

    def of(self, groups: Iterable[Group]) -> "Baseline":
        """The same for its own groups and others: of whom nothing was ever seen, nothing is usual."""
        all_groups = dict.fromkeys([*self.places, *groups])
        stranger = len(self.usual.level) - 1
        rows = np.array([self.places.get(each, stranger) for each in all_groups], np.int64)
        mine = self.limits
        limits = Limits(mine.hour[rows], mine.speed[rows], mine.learning[rows])
        places = {group: place for place, group in enumerate(all_groups)}
        return Baseline(self.hour, places, self.usual.of(rows), limits)


def thresholds(spike: SpikeConfig) -> Thresholds:
    """The rule as it is configured."""
    return Thresholds(float(spike.floor_pico_usd), spike.z, spike.ratio, spike.peak_ratio)


def question(spike: SpikeConfig, seconds: int) -> GroupQuestion:
    """The spend a spike is about."""
    return GroupQuestion(spike.filter.labels(), spike.group_by, seconds)


def labels(spike: SpikeConfig, group: Group) -> dict[str, str]:
    """The traffic one alert is about; a group without a name has an empty one."""
    named = zip(spike.group_by, group, strict=True)
    return {**spike.filter.labels(), **{name: value or "" for name, value in named}}


def baseline(snapshot: Snapshot, spike: SpikeConfig, hour: int, past: Iterable[Alert]) -> Baseline:
    """Learn from the hours before ``hour``, but for those of ``past`` alerts of this spike."""
    count = int(spike.history.total_seconds()) // HOUR_SECONDS
    first = hour - count * HOUR_SECONDS
    spent = group_spend(snapshot, question(spike, HOUR_SECONDS), first, hour)
    matrix = _matrix(spent, first, count)
    odd = np.zeros(matrix.shape, bool)
    places = {group: place for place, group in enumerate(spent.groups)}
    by_labels = {frozenset(labels(spike, group).items()): place for group, place in places.items()}
    for alert in past:
        place = by_labels.get(frozenset(alert.identity.filter.items()))
        if place is not None:
            odd[place, _columns(alert, first)] = True
    mine = thresholds(spike)
    known = _known(matrix)
    learned = Hours(matrix, known, _learning(spike, known), odd)
    expected = usual(learned, mine.floor, SameHour.of(hour, spike.timezone))
    return Baseline(hour, places, expected, limits(expected, mine))


def _matrix(spent: GroupSpend, first: int, count: int) -> Floats:
    matrix = np.zeros((len(spent.groups) + 1, count))
    columns = (spent.starts - first) // HOUR_SECONDS
    amounts = spent.pico_usd.cast(pa.float64()).to_numpy()
    np.add.at(matrix, (spent.places, columns), amounts)
    return matrix


def _known(matrix: Floats) -> Integers:
    """Hours since the first spend."""
    spends: Flags = matrix != 0
    first = np.where(spends.any(axis=1), spends.argmax(axis=1), matrix.shape[1])
    known: Integers = (matrix.shape[1] - first).astype(np.int64)
    return known


def _learning(spike: SpikeConfig, known: Integers) -> Flags:
    """A group that is new among old ones has a usual: it spent nothing. Its bang is worth a message."""
    since_first = known if spike.learn_each_group else np.full_like(known, known.max(initial=0))
    learning: Flags = since_first < LEARNING_HOURS
    return learning


def _columns(alert: Alert, first: int) -> slice:
    """The hours of an alert, from the one that raised it; of a long one its first day: then it is the new usual."""
    start = alert.started_at // NANO - HOUR_SECONDS
    end = min((alert.resolved_at or 2**62) // NANO, start + LONGEST_SECONDS)
    columns = [(at - first) // HOUR_SECONDS for at in (start, end + HOUR_SECONDS - 1)]
    return slice(max(columns[0], 0), max(columns[1], 0))
