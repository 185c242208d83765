"""SQL written by people: one SELECT, in a read-only transaction, bounded in time, rows and bytes."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from gemledger_collector.errors import QueryRefused, QueryTimeout

_CHUNK_ROWS = 500


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a query may take."""

    seconds: float = 10.0
    rows: int = 10_000
    text_bytes: int = 32 * 2**20


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """Columns as (name, DuckDB type), rows as Python values, and whether a bound cut rows off."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[object]]
    truncated: bool


def answer(cursor: duckdb.DuckDBPyConnection, sql: str, bounds: Bounds) -> SqlAnswer:
    """Run one SELECT. Raises QueryRefused with DuckDB's own explanation, QueryTimeout when it takes too long."""
    statement = _single_select(cursor, sql)
    try:
        with _time_limit(cursor, bounds.seconds):
            cursor.execute(statement)
            columns = [(str(name), str(kind)) for name, kind, *_ in cursor.description or ()]
            rows, truncated = _rows(cursor, bounds)
    except duckdb.InterruptException as error:
        raise QueryTimeout(
            f"the query was stopped after {bounds.seconds:g} s; narrow its time range or aggregate more"
        ) from error
    except duckdb.FatalException:
        raise
    except duckdb.Error as error:
        raise QueryRefused(str(error).strip()) from error
    return SqlAnswer(columns, rows, truncated)


def _single_select(cursor: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    try:
        statements = cursor.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryRefused(str(error).strip()) from error
    if len(statements) != 1:
        raise QueryRefused(f"{len(statements)} statements; send exactly one SELECT")
    kind = statements[0].type
    if kind != duckdb.StatementType.SELECT:
        raise QueryRefused(f"{kind.name} is not allowed here; send one SELECT")
    if statements[0].named_parameters:
        raise QueryRefused("parameters are not supported; write the values into the SQL")
    return statements[0]


@contextmanager
def _time_limit(cursor: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _rows(
    cursor: duckdb.DuckDBPyConnection, bounds: Bounds
) -> tuple[list[tuple[object, ...]], bool]:
    rows: list[tuple[object, ...]] = []
    text_bytes = 0
    while chunk := cursor.fetchmany(min(_CHUNK_ROWS, bounds.rows + 1 - len(rows))):
        rows += chunk
        text_bytes += sum(
            len(value) for row in chunk for value in row if isinstance(value, str | bytes)
        )
        if len(rows) > bounds.rows or text_bytes > bounds.text_bytes:
            return rows[: bounds.rows], True
    return rows, False
