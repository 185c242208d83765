"""The one connection to the file: it hands out cursors, reopens what broke, and can be had alone."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from gemledger_collector.errors import Overloaded, StoreError
from gemledger_collector.storage import opening


class LiveConnection:
    """Threads share it. DuckDB keeps a file open as long as any cursor is, so that every one is counted."""

    def __init__(self, path: Path, memory_limit: str) -> None:
        self._path = path
        self._memory_limit = memory_limit
        self._connection = opening.connect(path, memory_limit)
        self._changed = threading.Condition()
        self._cursors = 0
        self._taken = False
        self._broken = False

    @property
    def healthy(self) -> bool:
        """False between a fatal database error and the reopening."""
        return not self._broken

    def broke(self) -> None:
        """DuckDB refuses everything from now on, until it is opened again."""
        self._broken = True

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor; what it did and did not commit is rolled back. Raises Overloaded while it cannot be reopened."""
        cursor = self._hand_out()
        try:
            yield cursor
        finally:
            with suppress(duckdb.Error):  # of a database that broke meanwhile
                cursor.close()
            with self._changed:
                self._cursors -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self, seconds: float) -> Iterator[None]:
        """Close the file for the block and open it again; raises Overloaded when somebody reads for longer."""
        self._take(seconds)
        try:
            self._broken = True
            self._connection.close()
            try:
                yield
            finally:
                with suppress(Overloaded):  # then whoever comes next tries again
                    self._reopen()
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()

    def close(self) -> None:
        """Write the log into the file and close it."""
        with self._changed:
            self._connection.close()

    def _hand_out(self) -> duckdb.DuckDBPyConnection:
        with self._changed:
            while self._taken:
                self._changed.wait()
            if self._broken:
                self._reopen()
            cursor = self._connection.cursor()
            self._cursors += 1
            return cursor

    def _take(self, seconds: float) -> None:
        give_up = time.monotonic() + seconds
        with self._changed:
            self._taken = True
            while self._cursors:
                if not self._changed.wait(give_up - time.monotonic()):
                    self._taken = False
                    self._changed.notify_all()
                    raise Overloaded("somebody reads the database; try again when that is done")

    def _reopen(self) -> None:
        if self._cursors:  # the same broken database would be handed out again
            raise Overloaded("the database is being reopened; try again")
        with suppress(duckdb.Error):
            self._connection.close()
        try:
            self._connection = opening.connect(self._path, self._memory_limit)
        except StoreError as error:
            raise Overloaded(f"the database cannot be reopened yet: {error}") from error
        self._broken = False
