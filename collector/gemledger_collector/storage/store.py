"""The store: one DuckDB file, asked for an intent, never for a connection.

``reading()`` gives a snapshot of the last commit, any number at a time, from any thread.
``writing()`` gives the one transaction: it commits when the block ends well and rolls back when it does not.
"""

import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from gemledger_collector.errors import Overloaded, StoreError
from gemledger_collector.storage import opening, user_sql
from gemledger_collector.storage.sql_turns import Desk
from gemledger_collector.storage.statements import statement
from gemledger_collector.storage.user_sql import ArrowAnswer, Asking, Bounds, SqlAnswer

MINIMUM_FREE_BYTES = 256 * 10**6
"""Below this much free disk nothing is written: a full disk invalidates a DuckDB instance, reads included."""

Parameters = Mapping[str, object]


class Snapshot:
    """What the store held when the block began. Valid inside the ``with`` only."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def query(self, name: str, parameters: Parameters | None = None) -> pa.Table:
        """Rows of ``queries/NAME.sql``. Every ``$name`` in it must be given, and no others."""
        # sql() rather than execute(): in DuckDB 2.0 Arrow out of execute() copies every row, and warns.
        relation = self._cursor.sql(statement(name), params=dict(parameters or {}))
        return relation.to_arrow_table()

    def rows(self, name: str, parameters: Parameters | None = None) -> list[tuple[object, ...]]:
        """The same for a few rows, as Python values: half the cost where planning costs more than answering."""
        found = self._cursor.execute(statement(name), dict(parameters or {})).fetchall()
        return [tuple(row) for row in found]


class Transaction(Snapshot):
    """Everything done through it is committed together, or not at all.

    ``spans_kept_from_unix_nano`` is the mark of retention: what starts before it may have been deleted.
    """

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, spans_kept_from_unix_nano: int | None
    ) -> None:
        super().__init__(cursor)
        self.spans_kept_from_unix_nano = spans_kept_from_unix_nano

    def execute(self, name: str, parameters: Parameters | None = None) -> None:
        """Run ``queries/NAME.sql`` for its effect."""
        self._cursor.execute(statement(name), dict(parameters or {})).fetchall()

    def append(self, table: str, rows: pa.Table) -> None:
        """Insert Arrow rows into ``table``, columns matched by name; absent columns become null."""
        if len(rows) == 0:
            return
        with self.bound("appended_rows", rows):
            insert = f'insert into "{table}" by name select * from appended_rows'  # noqa: S608 - our code names the table
            self._cursor.execute(insert).fetchall()

    @contextmanager
    def bound(self, name: str, rows: pa.Table) -> Iterator[None]:
        """Let statements inside the block read Arrow ``rows`` as table ``name``."""
        self._cursor.register(name, rows)
        yield
        # Not after an error: the transaction is aborted then, and the name ends with its cursor.
        self._cursor.unregister(name)


class Store:
    """The open database. Threads may share it; other processes cannot open it meanwhile."""

    def __init__(
        self, path: Path, connection: duckdb.DuckDBPyConnection, memory_limit: str
    ) -> None:
        self.path = path
        self._connection = connection
        self._memory_limit = memory_limit
        self._write_lock = threading.Lock()
        self._connection_lock = threading.Lock()
        self._desk = Desk()
        self._commits = 0
        self._broken = False
        with self.reading() as snapshot:
            kept = dict(zip(*snapshot.query("retention_marks").to_pydict().values(), strict=True))
        self._spans_kept_from_unix_nano: int | None = kept.get("spans")

    @classmethod
    def open(cls, path: Path | str, *, memory_limit: str = "300MB") -> "Store":
        """Open or create the file and bring its schema up to date.

        Raises StoreLocked, StoreNewer, StoreCorrupt or StoreUnavailable, each one clear line.
        """
        location = Path(path)
        return cls(location, opening.connect(location, memory_limit), memory_limit)

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
                transaction = Transaction(cursor, self._spans_kept_from_unix_nano)
                yield transaction
                cursor.execute("commit").fetchall()
                # After the commit, never before: who reads the new number then reads the new rows.
                self._commits += 1
            self._spans_kept_from_unix_nano = transaction.spans_kept_from_unix_nano

    def checkpoint(self) -> None:
        """Write the log into the file, so that blocks of deleted rows can be used again."""
        with self._write_lock, self._fresh_cursor() as cursor, self._database_errors():
            cursor.execute("checkpoint").fetchall()

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
    def schema_version(self) -> int:
        """Number of the newest migration applied."""
        with self.reading() as snapshot:
            return int(snapshot.query("schema_version")["version"][0].as_py())

    @property
    def file_bytes(self) -> int:
        """Size of the database file and its write-ahead log."""
        files = (self.path, self.path.with_name(self.path.name + ".wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    @property
    def healthy(self) -> bool:
        """False between a fatal database error and the reopening."""
        return not self._broken

    def close(self) -> None:
        """Checkpoint and close; waits for a write under way."""
        with self._write_lock, self._connection_lock:
            self._connection.close()

    @contextmanager
    def _cursor(self, begin: str) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._fresh_cursor()
        try:
            with self._database_errors():
                cursor.execute(begin).fetchall()
                yield cursor
        finally:
            cursor.close()  # rolls back what was not committed

    def _fresh_cursor(self) -> duckdb.DuckDBPyConnection:
        with self._connection_lock:
            if self._broken:
                self._reopen()
            return self._connection.cursor()

    def _reopen(self) -> None:
        self._connection.close()
        try:
            self._connection = opening.connect(self.path, self._memory_limit)
        except StoreError as error:
            raise Overloaded(f"the database cannot be reopened yet: {error}") from error
        self._broken = False

    @contextmanager
    def _database_errors(self) -> Iterator[None]:
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            self._desk.stop_for_writer()  # a person's query goes before anybody's spans do
            raise Overloaded(f"the database is out of memory: {first_line(error)}") from error
        except (duckdb.FatalException, duckdb.InternalException) as error:
            self._broken = True  # DuckDB refuses everything from now on, until it is opened again
            raise Overloaded(
                f"the database is being reopened after: {first_line(error)}"
            ) from error
        except duckdb.IOException as error:
            raise Overloaded(f"the database file cannot be used: {first_line(error)}") from error

    def _require_room(self) -> None:
        free = shutil.disk_usage(self.path.parent).free
        if free < MINIMUM_FREE_BYTES:
            raise Overloaded(
                f"{free // 10**6} MB are free on the disk of {self.path}, fewer than the "
                f"{MINIMUM_FREE_BYTES // 10**6} MB below which nothing is written; make room",
                retry_after_seconds=30,
            )


def first_line(error: BaseException) -> str:
    """First line of an error's text: DuckDB appends its stack and hints."""
    return str(error).strip().partition("\n")[0]
