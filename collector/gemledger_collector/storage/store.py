"""The store: one DuckDB file, asked for an intent, never for a connection.

``reading()`` gives a snapshot of the last commit, any number at a time, from any thread.
``writing()`` gives the one transaction: it commits when the block ends well and rolls back when it does not.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from gemledger_collector.errors import Overloaded
from gemledger_collector.storage import files, opening, user_sql
from gemledger_collector.storage.journal import Journal, Step
from gemledger_collector.storage.listeners import Listeners
from gemledger_collector.storage.live import LiveConnection
from gemledger_collector.storage.sql_turns import Desk
from gemledger_collector.storage.transaction import Snapshot, Transaction
from gemledger_collector.storage.user_sql import ArrowAnswer, Asking, Bounds, SqlAnswer

MINIMUM_FREE_BYTES = 256 * 10**6
"""Below this much free disk nothing is written: a full disk invalidates a DuckDB instance, reads included."""
_ALONE_SECONDS = 5.0
"""How long a new file waits for readers of the old one, with ingest waiting behind it."""


class Store:
    """The open database. Threads may share it; other processes cannot open it meanwhile."""

    def __init__(self, path: Path, live: LiveConnection, minimum_free_bytes: int | None) -> None:
        self.path = path
        self._live = live
        self._minimum_free_bytes = minimum_free_bytes
        self._write_lock = threading.Lock()
        self.rewriting = threading.Lock()
        self._desk = Desk()
        self._commits = 0
        self._ledger_commits = 0
        self._journal: Journal | None = None
        self.listeners = Listeners()
        with self.reading() as snapshot:
            kept = dict(zip(*snapshot.query("retention_marks").to_pydict().values(), strict=True))
        self._spans_kept_from_unix_nano: int | None = kept.get("spans")

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        memory_limit: str = "300MB",
        minimum_free_bytes: int | None = None,
    ) -> "Store":
        """Open or create the file and bring its schema up to date; remove what a crash left beside it.

        Raises StoreLocked, StoreNewer, StoreCorrupt or StoreUnavailable, each one clear line.
        """
        location = Path(path)
        live = LiveConnection(location, memory_limit)
        files.remove_scratch(location)  # ours: whoever else had made it would hold the file
        return cls(location, live, minimum_free_bytes)

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """A consistent snapshot. Raises Overloaded while a broken store is being reopened."""
        with self._cursor("begin transaction read only") as cursor:
            yield Snapshot(cursor)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """The write transaction, one at a time. Raises Overloaded when there is no room to write."""
        with self._write_lock:
            self._require_room()
            with self._cursor("begin transaction") as cursor:
                steps: list[Step] | None = None if self._journal is None else []
                transaction = Transaction(cursor, self._spans_kept_from_unix_nano, steps)
                transaction.changes = [] if self.listeners else None
                yield transaction
                cursor.execute("commit").fetchall()
                if self._journal is not None and steps:
                    self._journal.add(steps)
                # After the commit, never before: who reads the new number then reads the new rows.
                self._commits += 1
                self._ledger_commits += transaction.adds_to_ledger
                self.listeners.tell(transaction.changes)
            self._spans_kept_from_unix_nano = transaction.spans_kept_from_unix_nano

    def checkpoint(self) -> None:
        """Write the log into the file, so that blocks of deleted rows can be used again."""
        with self._write_lock:
            self._checkpoint()

    def _checkpoint(self) -> None:
        with self._live.cursor() as cursor, self._database_errors():
            cursor.execute("checkpoint").fetchall()

    def copy_file(self, target: Path, journal: Journal | None = None) -> None:
        """Copy the file as it is at one moment; writers wait, readers do not.

        What is committed from that moment on is noted in the ``journal``, until ``forget_journal``.
        """
        copier = files.Copier()  # before anybody has to wait for it
        try:
            with self._write_lock:
                self._checkpoint()
                copier.copy(self.path, target)
                self._journal = journal
        finally:
            copier.close()

    def forget_journal(self) -> None:
        """Note no longer what is committed."""
        with self._write_lock:
            self._journal = None

    def replace_file(self, fresh: Path, finish: Callable[[Snapshot], None]) -> None:
        """Put ``fresh`` in the place of the file; nobody writes meanwhile, and at the very end nobody reads.

        ``finish`` has the last look at the old one, and completes the new one. Raises Overloaded when somebody reads
        for longer than ingest should wait.
        """
        with self._write_lock:
            with self.reading() as snapshot:
                finish(snapshot)
            self._checkpoint()
            self._desk.stop_for_writer()
            with self._live.alone(_ALONE_SECONDS):
                files.replace(fresh, self.path)
            self._journal = None

    def ask(self, sql: str, bounds: Bounds, asking: Asking | None = None) -> SqlAnswer:
        """Answer a person's SELECT; one at a time.

        Raises QueryRefused, Forbidden, QueryTimeout, or Overloaded when busy.
        """
        how = asking or Asking()
        with self._asked(bounds, how) as cursor:
            return user_sql.as_rows(cursor, sql, bounds, how)

    def ask_arrow(self, sql: str, bounds: Bounds, asking: Asking | None = None) -> ArrowAnswer:
        """As ``ask``, for programs."""
        how = asking or Asking()
        with self._asked(bounds, how) as cursor:
            return user_sql.as_arrow(cursor, sql, bounds, how)

    @contextmanager
    def _asked(self, bounds: Bounds, asking: Asking) -> Iterator[duckdb.DuckDBPyConnection]:
        with (
            self._desk.turn(asking.stop, bounds.seconds),
            self._cursor("begin transaction read only") as cursor,
        ):
            yield cursor

    @property
    def commits(self) -> int:
        """How many writes were committed since it was opened: while it stands still, so does every answer."""
        return self._commits

    @property
    def ledger_commits(self) -> int:
        """How many of them added to the ledger: while it stands still, so does every sum of it."""
        return self._ledger_commits

    @property
    def schema_version(self) -> int:
        """Number of the newest migration applied."""
        with self.reading() as snapshot:
            return int(snapshot.query("schema_version")["version"][0].as_py())

    @property
    def file_bytes(self) -> int:
        """Size of the database file and its write-ahead log."""
        return files.size_with_log(self.path)

    @property
    def healthy(self) -> bool:
        """False between a fatal database error and the reopening."""
        return self._live.healthy

    def close(self) -> None:
        """Checkpoint and close; waits for a write under way."""
        with self._write_lock:
            self._live.close()

    @contextmanager
    def _cursor(self, begin: str) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._live.cursor() as cursor, self._database_errors():
            cursor.execute(begin).fetchall()
            yield cursor

    @contextmanager
    def _database_errors(self) -> Iterator[None]:
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            self._desk.stop_for_writer()  # a person's query goes before anybody's spans do
            raise Overloaded(f"the database is out of memory: {first_line(error)}") from error
        except (duckdb.FatalException, duckdb.InternalException) as error:
            self._live.broke()
            self._tell_damage(error)
            raise Overloaded(
                f"the database is being reopened after: {first_line(error)}"
            ) from error
        except duckdb.IOException as error:
            self._tell_damage(error)
            raise Overloaded(f"the database file cannot be used: {first_line(error)}") from error
        except duckdb.TransactionException as error:
            if "Failed to commit" not in str(error):
                raise
            # There is one writer and no constraint that a commit checks: what failed is the disk.
            raise Overloaded(
                f"the database cannot be written: {first_line(error)}", retry_after_seconds=30
            ) from error
        except duckdb.Error as error:  # a wrong checksum is of no class of its own
            self._tell_damage(error)
            raise

    def _tell_damage(self, error: duckdb.Error) -> None:
        if opening.damaged(str(error)):
            raise Overloaded(
                f"{self.path} is damaged ({first_line(error)}); stop the collector and restore a backup",
                retry_after_seconds=60,
            ) from error

    def _require_room(self) -> None:
        free = shutil.disk_usage(self.path.parent).free
        least = MINIMUM_FREE_BYTES if self._minimum_free_bytes is None else self._minimum_free_bytes
        if free < least:
            raise Overloaded(
                f"{free // 10**6} MB are free on the disk of {self.path}, fewer than the "
                f"{least // 10**6} MB below which nothing is written; make room",
                retry_after_seconds=30,
            )


def first_line(error: BaseException) -> str:
    """First line of an error's text: DuckDB appends its stack and hints."""
    return str(error).strip().partition("\n")[0]
