"""SQL written by people: one SELECT, in a read-only transaction, bounded in time, rows and bytes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

import duckdb
import pyarrow as pa

from gemledger_collector.access import LOOPBACK, Caller
from gemledger_collector.errors import QueryRefused, QueryTimeout
from gemledger_collector.storage.opening import damaged
from gemledger_collector.storage.sql_scopes import require_leave
from gemledger_collector.storage.sql_turns import Stop

_MOST_CHUNK_ROWS = 500
_CHUNK_BYTES = 2**20
_BATCH_ROWS = 2048
_T = TypeVar("_T")

Parameters = Mapping[str, object] | Sequence[object]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a query may take."""

    seconds: float = 10.0
    rows: int = 10_000
    text_bytes: int = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, with which values for ``$name`` or ``?``, and what ends it early."""

    caller: Caller = LOOPBACK
    parameters: Parameters = field(default_factory=dict)
    stop: Stop = field(default_factory=Stop)


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """Columns as (name, DuckDB type), rows as Python values, and whether a bound cut rows off."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[object]]
    truncated: bool


@dataclass(frozen=True, slots=True)
class ArrowAnswer:
    """The answer as an Arrow IPC stream, and whether a bound cut rows off."""

    stream: bytes
    rows: int
    truncated: bool


def as_rows(
    cursor: duckdb.DuckDBPyConnection, sql: str, bounds: Bounds, asking: Asking
) -> SqlAnswer:
    """The answer in Python values. Raises as ``_answer`` does."""

    def read(statement: duckdb.Statement) -> SqlAnswer:
        cursor.execute(statement, asking.parameters)
        columns = [(str(name), str(kind)) for name, kind, *_ in cursor.description or ()]
        if any("WITH TIME ZONE" in kind for _, kind in columns):
            return _zoned(cursor, statement, columns, (bounds, asking))
        rows, truncated = _rows(cursor, bounds, asking.stop)
        return SqlAnswer(columns, rows, truncated)

    return _answer(cursor, sql, (bounds, asking), read)


def _zoned(
    cursor: duckdb.DuckDBPyConnection,
    statement: duckdb.Statement,
    columns: Sequence[tuple[str, str]],
    terms: tuple[Bounds, Asking],
) -> SqlAnswer:
    """The rows by way of Arrow: DuckDB itself makes no moment with a time zone where pytz is not installed."""
    bounds, asking = terms
    if hasattr(cursor, "abort"):  # DuckDB 2 wants to be told that nobody reads the first result
        cursor.abort()
    relation = cursor.sql(statement, params=asking.parameters)
    found = _stream(relation.to_arrow_reader(_BATCH_ROWS), bounds, asking.stop)
    table = pa.ipc.open_stream(found.stream).read_all()
    values = [
        [
            int(value) if isinstance(value, Decimal) and "HUGEINT" in kind else value
            for value in column.to_pylist()
        ]
        for column, (_, kind) in zip(table.columns, columns, strict=True)
    ]
    return SqlAnswer(columns, list(zip(*values, strict=True)), found.truncated)


def as_arrow(
    cursor: duckdb.DuckDBPyConnection, sql: str, bounds: Bounds, asking: Asking
) -> ArrowAnswer:
    """The answer as Arrow, money exact: HUGEINT is decimal128(38, 0). Raises as ``_answer`` does."""

    def read(statement: duckdb.Statement) -> ArrowAnswer:
        # sql() rather than execute(): in DuckDB 2.0 Arrow out of execute() copies every row, and warns.
        relation = cursor.sql(statement, params=asking.parameters)
        return _stream(relation.to_arrow_reader(_BATCH_ROWS), bounds, asking.stop)

    return _answer(cursor, sql, (bounds, asking), read)


def _answer(
    cursor: duckdb.DuckDBPyConnection,
    sql: str,
    terms: tuple[Bounds, Asking],
    read: Callable[[duckdb.Statement], _T],
) -> _T:
    """Run one SELECT.

    Raises QueryRefused with DuckDB's own explanation, Forbidden for what the caller may not read, QueryTimeout when it
    takes too long, and whatever the asking's ``stop`` was told.
    """
    bounds, asking = terms
    try:
        with asking.stop.over(cursor, bounds.seconds):
            asking.stop.heed()
            statement = _single_select(cursor, sql, asking.parameters)
            require_leave(cursor, sql, asking.caller)
            return read(statement)
    except duckdb.InterruptException as error:
        raise asking.stop.reason or QueryTimeout("the query was stopped") from error
    except duckdb.FatalException:
        raise
    except (duckdb.Error, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if damaged(str(error)):
            raise  # not the query is wrong, the file is: the store says what to do
        asking.stop.heed()
        raise QueryRefused(str(error).strip()) from error


def _single_select(
    cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters
) -> duckdb.Statement:
    statements = cursor.extract_statements(sql)
    if len(statements) != 1:
        raise QueryRefused(f"{len(statements)} statements; send exactly one SELECT")
    kind = statements[0].type
    if kind != duckdb.StatementType.SELECT:
        raise QueryRefused(f"{kind.name} is not allowed here; send one SELECT")
    wanted = statements[0].named_parameters
    if len(wanted) != len(parameters):
        raise QueryRefused(
            f"the SQL has {len(wanted)} parameters and {len(parameters)} values were sent; "
            "send one for each in params"
        )
    return statements[0]


def _rows(
    cursor: duckdb.DuckDBPyConnection, bounds: Bounds, stop: Stop
) -> tuple[list[tuple[object, ...]], bool]:
    rows: list[tuple[object, ...]] = []
    total_bytes = 0
    chunk_rows = 1  # until it is known how large a row is
    while chunk := cursor.fetchmany(min(chunk_rows, bounds.rows + 1 - len(rows))):
        stop.heed()
        rows += chunk
        chunk_bytes = sum(_weight(value) for row in chunk for value in row)
        total_bytes += chunk_bytes
        if len(rows) > bounds.rows or total_bytes > bounds.text_bytes:
            return rows[: bounds.rows], True
        largest = chunk_bytes // len(chunk) + 1
        chunk_rows = max(1, min(_MOST_CHUNK_ROWS, 4 * chunk_rows, _CHUNK_BYTES // largest))
    return rows, False


def _weight(value: object) -> int:
    """About how many bytes a value takes in JSON."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, list | tuple):
        return 8 + sum(_weight(item) for item in value)
    if isinstance(value, dict):
        return 8 + sum(_weight(key) + _weight(item) for key, item in value.items())
    return 8


def _stream(reader: pa.RecordBatchReader, bounds: Bounds, stop: Stop) -> ArrowAnswer:
    sink, rows, taken_bytes, truncated = pa.BufferOutputStream(), 0, 0, False
    with reader, pa.ipc.new_stream(sink, reader.schema) as writer:
        for batch in reader:
            stop.heed()
            taken_bytes += batch.nbytes
            if taken_bytes > bounds.text_bytes:
                truncated = True
                break
            kept = batch.slice(0, bounds.rows - rows)
            writer.write_batch(kept)
            rows += len(kept)
            if len(kept) < len(batch):
                truncated = True
                break
    return ArrowAnswer(sink.getvalue().to_pybytes(), rows, truncated)
