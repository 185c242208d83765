"""Writing a database anew: what is not used any more is left out, and every block is read and found good on the way."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from gemledger_collector.errors import StoreCorrupt
from gemledger_collector.storage import files, opening
from gemledger_collector.storage.statements import statement
from gemledger_collector.storage.transaction import Snapshot, Transaction

_MEMORY_LIMIT = "150MB"
"""DuckDB 1.5 cannot checkpoint an updated table of so many columns in 100 MB."""
_SCHEMA = "schema_migrations"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something is, in rows, bytes or steps of ``what``."""

    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds, without its order."""

    rows: int
    checksum: int


def rewrite(source: Path, target: Path) -> Iterator[Progress]:
    """Write what the database ``source`` holds to the new file ``target``, and see that it is the same.

    ``source`` must be nobody else's, as a copy is. Raises StoreCorrupt when the two differ or one cannot be read.
    """
    opening.connect(target, _MEMORY_LIMIT).close()
    with _opened(source) as connection, _explained(source):
        connection.execute(f"attach '{_quoted(target)}' as target").fetchall()
        tables = _tables(connection)
        rows = {table: _count(connection, table) for table in tables}
        total, done = 2 * sum(rows.values()), 0
        for table in tables:
            yield Progress(table, done, total)
            # One table, one transaction: DuckDB writes full row groups as it goes, so that memory stays bounded.
            connection.execute(f'delete from target."{table}"').fetchall()  # noqa: S608 - names of our own schema
            connection.execute(
                f'insert into target."{table}" by name select * from "{table}"'  # noqa: S608
            ).fetchall()
            done += rows[table]
        connection.execute("checkpoint target").fetchall()
        for table in tables:
            yield Progress(table, done, total)
            _require_same(connection, table)
            done += rows[table]
        connection.execute("detach target").fetchall()
    yield Progress("written", total, total)


def contents_of(path: Path) -> Mapping[str, Content]:
    """Every table of a database file that nobody has open, read in full. Raises StoreError."""
    with _opened(path) as connection, _explained(path):
        return {table: _content(connection, f'"{table}"') for table in _tables(connection)}


def single_value(path: Path, name: str) -> int:
    """The one number that ``queries/NAME.sql`` answers for a file that nobody has open. Raises StoreError."""
    with _opened(path) as connection, _explained(path):
        ((value,),) = connection.execute(statement(name)).fetchall()
    return int(value)


def counts(snapshot: Snapshot) -> Mapping[str, int]:
    """Rows of each table of an open store, and what the bill comes to: cheap, unlike checksums."""
    found = snapshot.query("store_counts")
    names = found.column_names
    return {name: int(found[name][0].as_py() or 0) for name in names}


@contextmanager
def transaction_on(path: Path) -> Iterator[Transaction]:
    """A transaction on a file that is no store's yet."""
    with _opened(path) as connection, _explained(path):
        connection.execute("begin transaction").fetchall()
        yield Transaction(connection)
        connection.execute("commit").fetchall()
        connection.execute("checkpoint").fetchall()


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY_LIMIT,
        "threads": 1,  # whoever sends has the others
        "temp_directory": f"{files.scratch(path, 'spill')}",
        "storage_compatibility_version": opening.STORAGE_VERSION,
        "python_enable_replacements": "false",
    }
    try:
        connection = duckdb.connect(str(path), config=settings)
    except duckdb.Error as error:
        raise opening.explain(path, error) from error
    try:
        connection.execute("set TimeZone = 'UTC'").fetchall()
        yield connection
    finally:
        connection.close()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise opening.explain(path, error) from error


def _tables(connection: duckdb.DuckDBPyConnection) -> Sequence[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database() order by estimated_size"
    ).fetchall()
    return [str(name) for (name,) in rows]


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((rows,),) = connection.execute(f'select count(*) from "{table}"').fetchall()  # noqa: S608
    return int(rows)


def _content(connection: duckdb.DuckDBPyConnection, table: str) -> Content:
    ((rows, checksum),) = connection.execute(
        f"select count(*), coalesce(sum(hash(r)::hugeint), 0) from {table} r"  # noqa: S608
    ).fetchall()
    return Content(int(rows), int(checksum))


def _require_same(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    ours, theirs = (_content(connection, name) for name in (f'"{table}"', f'target."{table}"'))
    if ours != theirs:
        raise StoreCorrupt(f"{table} was not written as it was read: {ours} became {theirs}")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
