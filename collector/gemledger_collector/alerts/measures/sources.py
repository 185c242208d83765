"""Where figures come from: windows of an hour or less out of the minutes in memory, longer ones out of the ledger."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from gemledger_collector.alerts.measures.frames import Frame, Group, Groups, Histogram
from gemledger_collector.alerts.measures.windows import Windows
from gemledger_collector.processors.batches import Integers
from gemledger_collector.storage import rule_windows
from gemledger_collector.storage.minute_cells import (
    FIGURES,
    LATENCIES,
    Key,
    bucket_of,
    key_of,
    metric_of,
)
from gemledger_collector.storage.minutes import View as MinutesView
from gemledger_collector.storage.rule_windows import Asked
from gemledger_collector.storage.spend import DIMENSIONS
from gemledger_collector.storage.transaction import Snapshot


class Source(Protocol):
    """Figures and histograms of groups over windows."""

    def frame(self, asked: Asked, windows: Windows, *, dearest: bool = False) -> Frame:
        """Figures; with the dearest call where that is asked for."""
        ...

    def histogram(self, asked: Asked, windows: Windows, metric: str) -> Histogram:
        """How long calls took."""
        ...


@dataclass
class Grouping:
    """The groups of one question, and to which each key of the minutes belongs (-1: it does not match)."""

    asked: Asked
    groups: Groups = field(default_factory=Groups)
    _of_key: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    _generation: int = -1

    def of_keys(self, view: MinutesView) -> Integers:
        """The group of each key's number."""
        if view.generation != self._generation:
            self._of_key, self._generation = np.zeros(0, np.int64), view.generation
        fresh = view.keys[len(self._of_key) :]
        if fresh:
            numbers = np.array([self.of_key(key) for key in fresh], np.int64)
            self._of_key = np.concatenate([self._of_key, numbers])
        return self._of_key

    def of_key(self, key: Key) -> int:
        """The number of a key's group; -1 where it does not match."""
        value = dict(zip(DIMENSIONS, key, strict=True))
        if any((value[name] or "") != wanted for name, wanted in self.asked.matching):
            return -1
        return self.groups.number(tuple(value[name] for name in self.asked.by))

    def of_rows(self, table: pa.Table) -> Integers:
        """The group of each row of a table that has what is asked for as columns."""
        if not self.asked.by:
            return np.full(len(table), self.groups.number(()), dtype=np.int64)
        rows: list[Group] = list(
            zip(*(table[name].to_pylist() for name in self.asked.by), strict=True)
        )
        return self.groups.of(rows)


GroupingOf = Callable[[Asked], Grouping]


@dataclass
class MinuteSource:
    """The minutes in memory; what it worked out serves every rule of the same look."""

    view: MinutesView
    grouping: GroupingOf
    _frames: dict[Asked, Frame] = field(default_factory=dict)
    _histograms: dict[tuple[Asked, str], Histogram] = field(default_factory=dict)

    def frame(self, asked: Asked, windows: Windows, *, dearest: bool = False) -> Frame:  # noqa: ARG002 - all is there
        """Figures of every minute."""
        if asked not in self._frames:
            grouping = self.grouping(asked)
            groups = grouping.of_keys(self.view)[self.view.cell_keys]
            own = groups >= 0
            figures = self.view.figures[own]
            self._frames[asked] = Frame(
                self.view.minutes[own] * 60,
                groups[own],
                {name: figures[:, place] for place, name in enumerate(FIGURES)},
                self.view.dearest[own],
                len(grouping.groups.all),
            )
        return self._frames[asked]

    def histogram(self, asked: Asked, windows: Windows, metric: str) -> Histogram:  # noqa: ARG002 - all is there
        """Histograms of every minute."""
        if (asked, metric) not in self._histograms:
            grouping, codes = self.grouping(asked), self.view.codes
            groups = grouping.of_keys(self.view)[key_of(codes)]
            own = (groups >= 0) & (metric_of(codes) == LATENCIES.index(metric))
            self._histograms[asked, metric] = Histogram(
                self.view.code_minutes[own] * 60,
                groups[own],
                bucket_of(codes[own]),
                self.view.counts[own],
                len(grouping.groups.all),
            )
        return self._histograms[asked, metric]


@dataclass
class SlotSource:
    """The ledger's quarters of an hour, asked of the store; each question once in a look."""

    snapshot: Snapshot
    grouping: GroupingOf
    _frames: dict[tuple[Asked, Windows, bool], Frame] = field(default_factory=dict)
    _histograms: dict[tuple[Asked, Windows, str], Histogram] = field(default_factory=dict)

    def frame(self, asked: Asked, windows: Windows, *, dearest: bool = False) -> Frame:
        """Figures of these windows, or nothing but their dearest calls."""
        key = (asked, windows, dearest)
        if key not in self._frames:
            grouping = self.grouping(asked)
            if dearest:
                rows = rule_windows.dearest(self.snapshot, asked, windows.parts)
            else:
                rows = rule_windows.slots(self.snapshot, asked, windows.parts)
            groups = grouping.of_rows(rows)
            self._frames[key] = Frame(
                _integers(rows, "start"),
                groups,
                {} if dearest else {name: _integers(rows, name) for name in FIGURES},
                _integers(rows, "dearest") if dearest else np.zeros(len(rows), np.int64),
                len(grouping.groups.all),
            )
        return self._frames[key]

    def histogram(self, asked: Asked, windows: Windows, metric: str) -> Histogram:
        """Histograms of these windows."""
        key = (asked, windows, metric)
        if key not in self._histograms:
            grouping = self.grouping(asked)
            rows = rule_windows.latencies(self.snapshot, asked, windows.parts, metric)
            groups = grouping.of_rows(rows)
            self._histograms[key] = Histogram(
                _integers(rows, "start"),
                groups,
                _integers(rows, "bucket"),
                _integers(rows, "calls"),
                len(grouping.groups.all),
            )
        return self._histograms[key]


def _integers(rows: pa.Table, name: str) -> Integers:
    values: Integers = rows[name].to_numpy().astype(np.int64, copy=False)
    return values
