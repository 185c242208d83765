"""Sums and histograms of groups over windows: rows in order of time, added up for any windows at once; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gemledger_collector.alerts.measures.definitions import COST
from gemledger_collector.alerts.measures.windows import Windows
from gemledger_collector.processors.batches import Integers
from gemledger_collector.storage.latency import milliseconds_of

Group = tuple[str | None, ...]
"""Values of what a rule is grouped by, in its order."""
Whole = npt.NDArray[np.object_]
"""Integers of any size."""
_HIGH, _LOW = "cost_high", "cost_low"


class Groups:
    """A number for each group that was seen."""

    def __init__(self) -> None:
        self.all: list[Group] = []
        self.numbers: dict[Group, int] = {}

    def number(self, group: Group) -> int:
        """The group's number."""
        found = self.numbers.setdefault(group, len(self.all))
        if found == len(self.all):
            self.all.append(group)
        return found

    def of(self, groups: Sequence[Group]) -> Integers:
        """The numbers of these groups."""
        return np.array([self.number(group) for group in groups], dtype=np.int64)


@dataclass
class Frame:
    """Figures of groups: one row for each time (``starts``, unix seconds, ascending) and group that has any."""

    starts: Integers
    groups: Integers
    figures: Mapping[str, Integers]
    dearest: Integers
    count: int
    """How many groups there are; a row's group is below it."""
    _running: dict[str, Integers] = field(default_factory=dict)

    @cached_property
    def _times(self) -> tuple[Integers, Integers]:
        times, place = np.unique(self.starts, return_inverse=True)
        return times, place

    def total(self, names: Sequence[str], windows: Windows) -> Whole:
        """The sum of some figures: a row for each window, a column for each group."""
        result: Whole = np.zeros((len(windows.ends), self.count), dtype=object)
        for name in names:
            if name == COST:
                high, low = self.sums(_HIGH, windows), self.sums(_LOW, windows)
                result += high.astype(object) * 2**32 + low.astype(object)
            else:
                result += self.sums(name, windows).astype(object)
        return result

    def sums(self, name: str, windows: Windows) -> Integers:
        """The same of one figure."""
        times, _ = self._times
        running = self._running.get(name)
        if running is None:
            running = self._running[name] = self._summed(name)
        first = np.searchsorted(times, windows.starts)
        end = np.searchsorted(times, windows.ends)
        sums: Integers = running[end] - running[first]
        return sums

    def _summed(self, name: str) -> Integers:
        """What came before each time, by group; the last row is all of it."""
        times, place = self._times
        flat: Integers = np.zeros((len(times) + 1) * self.count, dtype=np.int64)
        np.add.at(flat, (place + 1) * self.count + self.groups, self.figures[name])
        return np.cumsum(flat.reshape(len(times) + 1, self.count), axis=0)

    def highest(self, windows: Windows) -> Whole:
        """The dearest single call."""
        found: Integers = np.zeros((len(windows.ends), self.count), dtype=np.int64)
        for index, (start, end) in enumerate(zip(windows.starts, windows.ends, strict=True)):
            rows = slice(*np.searchsorted(self.starts, (start, end)))
            np.maximum.at(found[index], self.groups[rows], self.dearest[rows])
        return found.astype(object)

    def last_with(self, name: str) -> Integers:
        """The newest time at which each group has some of a figure; 0 where it has none."""
        times, _ = self._times
        if len(times) == 0:
            return np.zeros(self.count, dtype=np.int64)
        some = np.diff(self._summed(name), axis=0) > 0
        newest = len(times) - 1 - np.argmax(some[::-1], axis=0)
        last: Integers = np.where(some.any(axis=0), times[newest], 0)
        return last


@dataclass(frozen=True, slots=True)
class Histogram:
    """How long calls of groups took: one row for each time, group and bucket that has any."""

    starts: Integers
    groups: Integers
    buckets: Integers
    calls: Integers
    count: int

    def quantile(self, percent: int, windows: Windows) -> tuple[Whole, Integers]:
        """In microseconds, and of how many calls; 0 of 0 where there is none."""
        values: Whole = np.zeros((len(windows.ends), self.count), dtype=object)
        calls: Integers = np.zeros((len(windows.ends), self.count), dtype=np.int64)
        for index, (start, end) in enumerate(zip(windows.starts, windows.ends, strict=True)):
            rows = slice(*np.searchsorted(self.starts, (start, end)))
            groups, buckets, counts = self._quantiles(rows, percent)
            calls[index, groups] = counts
            values[index, groups] = [microseconds_of(bucket) for bucket in buckets.tolist()]
        return values, calls

    def _quantiles(self, rows: slice, percent: int) -> tuple[Integers, Integers, Integers]:
        """Of each group that has calls: the bucket of the call of that rank, and how many there are."""
        codes = self.groups[rows] << _BITS | (self.buckets[rows] + _ZERO)
        order = np.argsort(codes, kind="stable")
        codes = codes[order]
        running = np.cumsum(self.calls[rows][order])
        if len(codes) == 0:
            return codes, codes, codes
        owner = codes >> _BITS
        first = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
        last = np.append(first[1:], len(codes)) - 1
        before = np.concatenate([[0], running[last[:-1]]])
        all_calls = running[last] - before
        # The call of rank ceil(percent x calls / 100), the first being 1.
        wanted = before + -(-all_calls * percent // 100)
        place = np.searchsorted(running, wanted)
        some = all_calls > 0
        place = np.minimum(place, last)[some]
        return owner[first][some], (codes[place] & (2**_BITS - 1)) - _ZERO, all_calls[some]


_BITS, _ZERO = 12, 1024


def microseconds_of(bucket: int) -> int:
    """The time a bucket stands for."""
    return round(milliseconds_of(bucket) * 1000)
