"""A store of many spans, loaded by SQL: the spans of one 15-minute slot, repeated through a month, ids anew.

One slot's spans go through the real processors and the real writer; its rows in every rollup are then repeated with it,
so that the ledger sums to the charges as in a store that took them in one by one.
"""

import time
from pathlib import Path

import duckdb
import pyarrow as pa
from otlp_load import Load, bodies

from gemledger.pricing import load_book
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.storage.spans import SpanWriter, stored_columns
from gemledger_collector.storage.store import Store

SLOT_SECONDS = 900
SLOTS = 30 * 96
SLOTS_A_PIECE = 96
ROLLUPS = {"ledger": "slot_unix_seconds", "latency": "slot_unix_seconds"}
"""Rollups by slot, and the column that says which."""


def load(path: Path, spans: int, until_unix_seconds: int) -> None:
    """Create ``path`` with about ``spans`` spans in the 30 days before ``until_unix_seconds``."""
    first = until_unix_seconds // SLOT_SECONDS * SLOT_SECONDS - SLOTS * SLOT_SECONDS
    slot = _one_slot(path, max(1, spans // SLOTS), first)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "storage_compatibility_version": "v1.5.0",
        "preserve_insertion_order": "false",
        "memory_limit": "4GB",
    }
    with duckdb.connect(str(path), config=settings) as connection:
        connection.register("template", slot)
        _repeat_rollups(connection, first)
        for piece in range(0, SLOTS, SLOTS_A_PIECE):
            _repeat_spans(connection, piece)
        _judge(connection)
        connection.execute("checkpoint")


def _one_slot(path: Path, spans: int, first: int) -> pa.Table:
    """Write the first slot's spans as the collector does; the rows of its rollups stay, its spans are returned."""
    body = next(iter(bodies(Load(spans, spans, 1), first * 10**9)))
    processed = Chain(load_book()).run(decode([body]).batch).spans
    columns = stored_columns(processed)
    width = SLOT_SECONDS * 10**9 // spans
    starts = pa.array([first * 10**9 + row * width for row in range(spans)])
    at = processed.schema.get_field_index("start_time_unix_nano")
    processed = processed.set_column(at, "start_time_unix_nano", starts)
    store = Store.open(path)
    with store.writing() as transaction:
        SpanWriter().write(transaction, processed)
    store.close()
    return columns.set_column(
        columns.schema.get_field_index("start_time_unix_nano"), "start_time_unix_nano", starts
    )


def _repeat_rollups(connection: duckdb.DuckDBPyConnection, first: int) -> None:
    known = {
        row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()
    }
    for table, slot in ROLLUPS.items():
        if table in known:
            connection.execute(
                f"insert into {table} select {table}.* replace ($first + number * {SLOT_SECONDS} as {slot}) "
                f"from {table}, range(1, {SLOTS}) as slots(number)",
                {"first": first},
            )
    if "ledger_user" in known:
        connection.execute(
            "insert into ledger_user "
            "select ledger_user.* replace (day_unix_seconds + number * 86400 as day_unix_seconds) "
            "from ledger_user, range(1, 30) as days(number)"
        )


def _repeat_spans(connection: duckdb.DuckDBPyConnection, piece: int) -> None:
    """The spans of further slots, in order of time, every id new. The first slot is there already."""
    connection.execute(
        f"""
        insert into spans by name
        select template.* replace (
            uuid() as trace_id,
            (random() * 9.2e18)::ubigint as span_id,
            start_time_unix_nano + number * {SLOT_SECONDS} * 1_000_000_000 as start_time_unix_nano
        )
        from range(greatest($piece, 1), $piece + {SLOTS_A_PIECE}) as slots(number), template
        order by start_time_unix_nano
        """,
        {"piece": piece},
    )


def _judge(connection: duckdb.DuckDBPyConnection) -> None:
    """Every hundredth answer was judged in two dimensions; one in twenty is bad."""
    connection.execute(
        """
        insert into evaluations by name
        select 'everything' as rule, dimension, '1' as rubric_version, trace_id, span_id,
            start_time_unix_nano as call_start_unix_nano, response_id, conversation_id, team, feature, environment,
            prompt_version, response_model as model,
            case when hash(span_id, dimension) % 20 = 0 then 'bad' else 'good' end as label,
            case label when 'bad' then 0.2 else 0.9 end as score, '' as evidence, 'as told' as reason, 1 as attempt,
            'gemini-2.5-flash-lite' as judge_model, 0.01 as sample_rate,
            start_time_unix_nano + 60_000_000_000 as judged_at_unix_nano, 'judge' as kind,
            0.01 as inclusion_probability, true as representative
        from spans, (values ('accuracy'), ('tone')) as dimensions(dimension)
        where hash(span_id) % 100 = 0
        """
    )


if __name__ == "__main__":
    import sys

    load(Path(sys.argv[1]), int(sys.argv[2]), int(time.time()))
