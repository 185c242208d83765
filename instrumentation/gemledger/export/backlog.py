"""What waits for the collector: in the spool file while that works, else in memory; counted to the span."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from gemledger.export.spool import Record, SpoolFile, fitting

_logger = logging.getLogger("gemledger")


class Store(Protocol):
    """A place where records wait, oldest first."""

    spans: int
    evicted: int
    damaged: int

    @property
    def first_number(self) -> int | None:
        """The number of the oldest record, None where nothing waits."""

    def read(self) -> Iterator[Record]:
        """Every record, oldest first."""

    def remove_through(self, number: int) -> int:
        """Let go of every record up to this number; how many spans those were."""


class Batch(NamedTuple):
    """Records for one request, consecutive in one store."""

    store: Store
    records: tuple[Record, ...]

    @property
    def spans(self) -> int:
        """How many spans they hold."""
        return sum(record.spans for record in self.records)


class MemoryStore:
    """Records in memory, up to so many bytes; the oldest make room."""

    def __init__(self, capacity: int) -> None:
        self.spans = self.evicted = self.damaged = 0
        self._records: deque[Record] = deque()
        self._free = capacity

    @property
    def first_number(self) -> int | None:
        """The number of the oldest record, None where nothing waits."""
        return self._records[0].number if self._records else None

    def append(self, record: Record) -> None:
        """Keep a record; one that is larger than everything allowed is counted as evicted."""
        self._records.append(record)
        self.spans += record.spans
        self._free -= len(record.payload)
        while self._free < 0:
            self.evicted += self._pop()

    def read(self) -> Iterator[Record]:
        """Every record, oldest first."""
        yield from tuple(self._records)

    def remove_through(self, number: int) -> int:
        """Let go of every record up to this number; how many spans those were."""
        removed = 0
        while self._records and self._records[0].number <= number:
            removed += self._pop()
        return removed

    def _pop(self) -> int:
        record = self._records.popleft()
        self.spans -= record.spans
        self._free += len(record.payload)
        return record.spans


class Backlog:
    """The spans of this process that are encoded and not yet delivered. Thread-safe; nothing here raises OSError.

    ``create`` makes the spool file at the first record, and again after one that was given up; None keeps to memory.
    ``file`` is one to begin with: that of a dead process, whose records are sent as if they were ours.
    """

    def __init__(
        self, create: Callable[[], SpoolFile] | None, capacity: int, file: SpoolFile | None = None
    ) -> None:
        self._create = create
        self._memory = MemoryStore(capacity)
        self._file = file
        self._past_losses = 0
        self._number = 0
        self._warned = False
        self._lock = threading.RLock()  # a signal handler may interrupt its own thread in here

    @property
    def last_number(self) -> int:
        """The number of the newest record so far."""
        return self._number

    @property
    def waiting(self) -> int:
        """Spans that wait, wherever."""
        with self._lock:
            return sum(store.spans for store in self._stores())

    @property
    def spooled(self) -> int:
        """Spans that wait on disk: another process will send them if this one cannot."""
        with self._lock:
            return self._file.spans if self._file else 0

    @property
    def lost(self) -> int:
        """Spans that made room for newer ones, or that the disk did not give back."""
        with self._lock:
            return self._past_losses + sum(s.evicted + s.damaged for s in self._stores())

    def append(self, spans: int, payload: bytes) -> None:
        """Keep an encoded request of so many spans."""
        with self._lock:
            self._number += 1
            record = Record(self._number, spans, payload)
            if not self._spool(record):
                self._memory.append(record)

    def reached(self, number: int) -> bool:
        """Whether every record up to this number has left, one way or another."""
        with self._lock:
            return all(first > number for first in self._firsts())

    def next_batch(self, most_spans: int, most_bytes: int) -> Batch | None:
        """What to send next: the oldest records."""
        with self._lock:
            while stores := [store for store in self._stores() if store.first_number is not None]:
                store = min(stores, key=lambda store: store.first_number or 0)
                try:
                    records = tuple(fitting(store.read(), most_spans, most_bytes))
                except OSError as error:
                    self._give_up_file(error)
                    continue
                if records:
                    return Batch(store, records)
        return None

    def settle(self, batch: Batch) -> int:
        """Let go of what was sent; how many of its spans had already been counted as lost, while they were sent."""
        with self._lock:
            try:
                return batch.spans - batch.store.remove_through(batch.records[-1].number)
            except OSError as error:
                if batch.store is self._file:
                    self._give_up_file(error)
                return 0

    def close(self) -> None:
        """Give the file up: removed if empty, else left to be adopted. A later record opens another."""
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                self._past_losses += file.evicted + file.damaged
                _quietly(file.close)

    def leave(self) -> None:
        """Let go of the file of a parent process, in the child."""
        if self._file is not None:
            self._file.leave()

    def _spool(self, record: Record) -> bool:
        """Whether the record is on disk."""
        if self._create is None:
            return False
        try:
            if self._file is None:
                self._file = self._create()
            self._file.append(record)
        except OSError as error:
            self._warn(error)
            return False
        return True

    def _stores(self) -> tuple[Store, ...]:
        return (self._memory,) if self._file is None else (self._file, self._memory)

    def _firsts(self) -> list[int]:
        return [n for store in self._stores() if (n := store.first_number) is not None]

    def _give_up_file(self, error: OSError) -> None:
        """The disk no longer gives back what it was given: leave the file to a later process, and start afresh."""
        self._warn(error)
        file, self._file = self._file, None
        if file is not None:
            self._past_losses += file.evicted + file.damaged + file.spans
            file.leave()

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            _logger.warning(
                "cannot spool spans to disk (%s); they wait in memory, and are lost if the process is killed",
                error,
            )


def _quietly(errand: Callable[[], object]) -> None:
    """Run what may find a disk that is gone."""
    try:
        errand()
    except OSError as error:
        _logger.debug("could not tidy up the spool: %s", error)
