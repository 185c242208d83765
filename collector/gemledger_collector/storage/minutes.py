"""The last 90 minutes, minute by minute, in memory: the ledger's figures at a finer grain, of what was committed.

Whoever commits hands over slices of rows and goes on; they are summed when somebody asks, or when many wait. The first
to ask reads what is there from ``spans``, and so does whoever asks after a pause in which it was not worth keeping.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from gemledger_collector.processors.batches import Integers
from gemledger_collector.storage.minute_cells import (
    COLUMNS,
    EMPTY,
    MINUTE_NANO,
    Cells,
    Figures,
    Key,
    KeyNumbers,
    Range,
    cells_of,
)
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.stored_minutes import stored
from gemledger_collector.storage.transaction import Change

KEPT_MINUTES = 90
AHEAD_MINUTES = 24 * 60
"""How far in the future a call may start, by a clock that is fast, and still count when its minute comes."""
_MOST_WAITING_ROWS = 50_000
_MOST_WAITING_CHANGES = 2_000
"""A slice of a batch keeps all of the batch: of small commits fewer rows may wait."""
_MOST_UNASKED_ROWS = 5_000_000
"""After so many nobody seems to ask any more."""
_MOST_IDLE_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class View:
    """What was kept at one moment: rows in order of time. ``keys`` may go on to grow, and never change."""

    generation: int
    """Numbers of keys mean the same while this is the same."""
    keys: Sequence[Key]
    minutes: Integers
    cell_keys: Integers
    figures: Figures
    dearest: Integers
    code_minutes: Integers
    codes: Integers
    counts: Integers


class Minutes:
    """Feeds on a store's commits. Threads may share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._waiting: list[Change] = []
        self._waiting_rows = 0
        self._unasked_rows = 0
        self._built = False
        self._view: View | None = None
        self._generation = 0
        self._forget()

    def _forget(self) -> None:
        self._numbers = KeyNumbers()
        self._cells: dict[int, Cells] = {}
        self._within = Range(0, 0)
        self._generation += 1
        self._view = None

    def committed(self, changes: Sequence[Change]) -> None:
        """Take note of what a commit added to the ledger, or took back."""
        with self._lock:
            self._waiting.extend(changes)
            count = sum(len(change.rows) for change in changes)
            self._waiting_rows += count
            self._unasked_rows += count
            if self._unasked_rows > _MOST_UNASKED_ROWS:
                self._stop()
            elif (
                self._waiting_rows > _MOST_WAITING_ROWS
                or len(self._waiting) > _MOST_WAITING_CHANGES
            ):
                self._fold_or_stop()

    def _stop(self) -> None:
        self._store.listeners.remove(self.committed)
        self._waiting, self._waiting_rows, self._built = [], 0, False
        self._forget()

    def read(self, now_unix_nano: int) -> View:
        """The minutes until now. Raises Overloaded while the store cannot be asked."""
        minute = now_unix_nano // MINUTE_NANO
        within = Range(minute + 1 - KEPT_MINUTES, minute + AHEAD_MINUTES)
        if not self._built or within.first > self._within.first + KEPT_MINUTES:
            self._build(within)
        with self._lock:
            self._unasked_rows = 0
            if within.first < self._within.first:  # a clock that was set back
                within = self._within
            if within != self._within:
                self._within, self._view = within, None
                self._drop_old()
            self._fold_or_stop()
            if self._view is None:
                self._view = self._flat()
            return self._view

    def _build(self, within: Range) -> None:
        """Read what the store has, and listen from that very moment on."""
        with self._store.writing() as transaction:  # nobody commits between the two
            if self._built and within == self._within:  # by another thread meanwhile
                return
            with self._lock:
                self._stop()
                self._within = within
                self._cells = stored(transaction, within, self._numbers)
            self._store.listeners.add(self.committed)
            self._built = True

    def _fold_or_stop(self) -> None:
        try:
            self._fold()
        except (
            BaseException
        ):  # what was taken halfway is worth nothing: the next to ask reads the store
            self._stop()
            raise

    def _fold(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting, self._waiting_rows, self._view = self._waiting, [], 0, None
        stale: set[int] = set()
        for sign, rows in _gathered(waiting):
            for minute, cells in cells_of(rows, sign, self._numbers, self._within).items():
                kept = self._cells.get(minute, EMPTY)
                if sign < 0:
                    if _takes_back_dearest(kept, cells):
                        stale.add(minute)
                    cells = _without_dearest(cells)  # noqa: PLW2901 - of what is taken back the sums count only
                self._cells[minute] = kept.plus(cells)
        self._find_dearest(stale)

    def _find_dearest(self, minutes: Iterable[int]) -> None:
        """Ask the store, which has everything that was folded, where the dearest call was taken back."""
        for minute in minutes:
            with self._store.reading() as snapshot:
                now = stored(snapshot, Range(minute, minute + 1), self._numbers, latency=False)
            found, kept = now.get(minute, EMPTY), self._cells[minute]
            dearest = np.zeros_like(kept.dearest)
            place = np.searchsorted(kept.keys, found.keys)
            known = (place < len(kept.keys)) & (
                kept.keys[np.minimum(place, len(kept.keys) - 1)] == found.keys
            )
            dearest[place[known]] = found.dearest[known]
            self._cells[minute] = Cells(kept.keys, kept.figures, dearest, kept.codes, kept.counts)

    def _drop_old(self) -> None:
        self._cells = {
            minute: cells for minute, cells in self._cells.items() if minute >= self._within.first
        }
        used = np.unique(
            np.concatenate([EMPTY.keys, *(cells.keys for cells in self._cells.values())])
        )
        if len(self._numbers.keys) > 2 * len(used) + _MOST_IDLE_KEYS:
            self._renumber(used)

    def _renumber(self, used: Integers) -> None:
        """Forget keys that nobody uses any more."""
        old, self._numbers = self._numbers, KeyNumbers()
        self._numbers.of([old.keys[number] for number in used.tolist()])
        self._generation += 1
        for minute, cells in self._cells.items():
            self._cells[minute] = cells.renumbered(used)

    def _flat(self) -> View:
        ordered = sorted(self._cells.items())
        cells = [each for _, each in ordered]

        def joined(parts: Iterable[Integers], none: Integers) -> Integers:
            return np.concatenate([none, *parts])

        def repeated(lengths: Iterable[int]) -> Integers:
            minutes = np.array([minute for minute, _ in ordered], np.int64)
            return np.repeat(minutes, list(lengths))

        return View(
            self._generation,
            self._numbers.keys,
            repeated(len(each.keys) for each in cells),
            joined((each.keys for each in cells), EMPTY.keys),
            joined((each.figures for each in cells), EMPTY.figures),
            joined((each.dearest for each in cells), EMPTY.dearest),
            repeated(len(each.codes) for each in cells),
            joined((each.codes for each in cells), EMPTY.codes),
            joined((each.counts for each in cells), EMPTY.counts),
        )


def _gathered(changes: Sequence[Change]) -> Iterable[tuple[int, pa.Table]]:
    """Few tables out of many; what was added before what was taken back."""
    alike: dict[tuple[int, pa.Schema], list[pa.Table]] = defaultdict(list)
    for change in changes:
        rows = change.rows.select(COLUMNS).replace_schema_metadata()
        alike[-change.sign, rows.schema].append(rows)
    for (negative, _), tables in sorted(alike.items(), key=lambda item: item[0][0]):
        yield -negative, pa.concat_tables(tables)


def _takes_back_dearest(kept: Cells, taken: Cells) -> bool:
    place = np.minimum(np.searchsorted(kept.keys, taken.keys), max(len(kept.keys) - 1, 0))
    if len(kept.keys) == 0:
        return False
    return bool(((kept.keys[place] == taken.keys) & (taken.dearest >= kept.dearest[place])).any())


def _without_dearest(cells: Cells) -> Cells:
    return Cells(cells.keys, cells.figures, np.zeros_like(cells.dearest), cells.codes, cells.counts)
