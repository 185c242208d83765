"""One query of people at a time, and what ends it before it is done: time, whoever asked, a writer short of memory."""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from gemledger_collector.errors import CollectorError, Overloaded, QueryTimeout

_MOST_WAITING = 8
_WAIT_SECONDS = 0.05


class Stop:
    """Ends a query before its time, from any thread; the first reason is the one that is told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self.reason: CollectorError | None = None

    def now(self, reason: CollectorError) -> None:
        """Stop what runs, or what is about to."""
        with self._lock:
            self.reason = self.reason or reason
            if self._cursor is not None:
                self._cursor.interrupt()

    def heed(self) -> None:
        """Raise the reason, where there is one."""
        if self.reason is not None:
            raise self.reason

    @contextmanager
    def over(self, cursor: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
        """Let ``now`` reach what this cursor does inside the block, and time do so."""
        late = QueryTimeout(
            f"the query was stopped after {seconds:g} s; narrow its time range or aggregate more"
        )
        timer = threading.Timer(seconds, self.now, [late])
        timer.daemon = True
        with self._lock:
            self._cursor = cursor
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with self._lock:
                self._cursor = None


class Desk:
    """Serves one query at a time; a few may wait, and whoever needs the memory may have it stopped."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(_MOST_WAITING)
        self._served: Stop | None = None

    def stop_for_writer(self) -> None:
        """End the query under way: what is being sent comes before what is being asked."""
        served = self._served
        if served is not None:
            served.now(
                Overloaded("the query was stopped: the memory is needed to store what arrives")
            )

    @contextmanager
    def turn(self, stop: Stop, seconds: float) -> Iterator[None]:
        """Wait until nobody else is served. Raises Overloaded when that takes too long, or too many wait."""
        if not self._places.acquire(blocking=False):
            raise Overloaded(f"{_MOST_WAITING} queries are waiting; ask again when they are done")
        try:
            self._wait(stop, seconds)
            self._served = stop
            try:
                yield
            finally:
                self._served = None
                self._turn.release()
        finally:
            self._places.release()

    def _wait(self, stop: Stop, seconds: float) -> None:
        for _ in range(max(1, math.ceil(seconds / _WAIT_SECONDS))):
            if self._turn.acquire(timeout=_WAIT_SECONDS):
                return
            stop.heed()
        raise Overloaded("another query is running; ask again when it is done")
