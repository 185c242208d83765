"""Stores with many rows, made in SQL: a hundred thousand spans in a second, which a sender would need longer for."""

from pathlib import Path

import duckdb

from gemledger_collector.storage.store import Store

_SPANS = """
insert into spans by name
select
    uuid() as trace_id,
    i::ubigint as span_id,
    $start + i * $step as start_time_unix_nano,
    1_000_000_000 as duration_nano,
    'generate_content' as name,
    'gemledger' as scope_name,
    'shop' as service_name,
    'gemini-2.5-flash' as response_model,
    'user-' || i % 1000 as user_id,
    'exact' as cost_status,
    550 + i % 7 as cost_pico_usd,
    map {'note': sha256(i::varchar)} as attributes
from range($rows) numbers(i)
"""
_LEDGER = """
insert into ledger by name
select
    start_time_unix_nano // 900_000_000_000 * 900 as slot_unix_seconds,
    service_name, response_model, cost_status,
    count(*) as calls, sum(cost_pico_usd) as cost_pico_usd,
    0 as errors, 0 as rate_limited_errors, 0 as client_errors, 0 as server_errors,
    0 as input_tokens, 0 as cache_read_tokens, 0 as tool_use_tokens, 0 as output_tokens, 0 as thoughts_tokens,
    0 as input_pico_usd, 0 as cache_read_pico_usd, 0 as tool_use_pico_usd, 0 as output_pico_usd,
    0 as thoughts_pico_usd
from spans
group by all
"""


def store_of(path: Path, rows: int, *, start: int, step: int = 10**9) -> None:
    """Write a store with ``rows`` calls, one every ``step`` nanoseconds, and their ledger."""
    Store.open(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute(_SPANS, {"start": start, "step": step, "rows": rows})
        connection.execute(_LEDGER)
