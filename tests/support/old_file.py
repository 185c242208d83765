"""A database as an older version wrote it, with as many calls as one likes."""

from pathlib import Path

import duckdb
from support.otlp import NOON, SECOND

from gemledger_collector.storage.statements import migrations

VERSION = 3
SLOT = NOON // 900 // SECOND * 900
_PICO = 550_000_000


def write_old_file(path: Path, calls: int) -> int:
    """Write it; the cost of all its calls in picoUSD."""
    with duckdb.connect(str(path), config={"storage_compatibility_version": "v1.5.0"}) as database:
        database.execute(
            "create table schema_migrations "
            "(version integer not null, name varchar not null, applied_at timestamp not null)"
        )
        for step in migrations()[:VERSION]:
            database.execute(step.sql)
            database.execute(
                "insert into schema_migrations values (?, ?, now()::timestamp)",
                [step.version, step.name],
            )
        database.execute(
            f"insert into spans by name select md5(range::varchar)::uuid as trace_id, range::ubigint as span_id, "
            f"{NOON} + range as start_time_unix_nano, 1000 as duration_nano, 'generate_content' as operation, "
            f"'gcp.gemini' as provider, 'gemini-2.5-flash' as request_model, 'gemini-2.5-flash' as response_model, "
            f"1000 as input_tokens, 100 as output_tokens, {_PICO} as cost_pico_usd, 300000000 as input_pico_usd, "
            f"0 as cache_read_pico_usd, 0 as tool_use_pico_usd, 250000000 as output_pico_usd, "
            f"0 as thoughts_pico_usd, 'exact' as cost_status, 'search' as team from range({calls})"
        )
        database.execute(
            f"insert into ledger by name select {SLOT} as slot_unix_seconds, 'gemini-2.5-flash' as response_model, "
            f"'exact' as cost_status, {calls} as calls, 0 as errors, 0 as rate_limited_errors, 0 as client_errors, "
            f"0 as server_errors, {calls} * 1000 as input_tokens, 0 as cache_read_tokens, 0 as tool_use_tokens, "
            f"{calls} * 100 as output_tokens, 0 as thoughts_tokens, {calls} * 300000000::hugeint as input_pico_usd, "
            f"0 as cache_read_pico_usd, 0 as tool_use_pico_usd, {calls} * 250000000::hugeint as output_pico_usd, "
            f"0 as thoughts_pico_usd, {calls} * {_PICO}::hugeint as cost_pico_usd"
        )
    return calls * _PICO
