"""A file that an older version wrote opens, is brought up to date, and still tells the same bill."""

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from support.otlp import NOON, SECOND, call, payload

from gemledger.pricing import load_book
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.storage.spans import SpanWriter
from gemledger_collector.storage.spend import FIGURES, SpendAnswer, SpendQuestion, spend
from gemledger_collector.storage.statements import migrations
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

BEFORE_THE_EXACT_BILL = 3
SLOT = NOON // 900 // SECOND * 900

OLD_SPANS = f"""
insert into spans by name
select
    uuid() as trace_id, range::ubigint as span_id, {NOON} + range as start_time_unix_nano, 1000 as duration_nano,
    'generate_content' as operation, 'gcp.gemini' as provider, 'gemini-2.5-flash' as request_model,
    'gemini-2.5-flash' as response_model, 1000 as input_tokens, 100 as output_tokens,
    if(range < 3, 550, null) as cost_pico_usd,
    if(range < 3, 300, null) as input_pico_usd,
    if(range < 3, 0, null) as cache_read_pico_usd,
    if(range < 3, 0, null) as tool_use_pico_usd,
    if(range < 3, 250, null) as output_pico_usd,
    if(range < 3, 0, null) as thoughts_pico_usd,
    ['exact', 'exact', 'lower_bound', 'unpriced'][range + 1] as cost_status,
    if(range = 1, 7, null) as app_cost_pico_usd,
    if(range = 1, 5, null) as app_input_pico_usd,
    if(range = 1, 2, null) as app_output_pico_usd
from range(4)
"""
"""Four calls as the old version stored them; the app reckoned one of them otherwise."""

OLD_LEDGER = f"""
insert into ledger by name
select
    {SLOT} as slot_unix_seconds, 'gemini-2.5-flash' as response_model, cost_status,
    count(*) as calls, 0 as errors, 0 as rate_limited_errors, 0 as client_errors, 0 as server_errors,
    sum(input_tokens) as input_tokens, 0 as cache_read_tokens, 0 as tool_use_tokens,
    sum(output_tokens) as output_tokens, 0 as thoughts_tokens,
    coalesce(sum(input_pico_usd), 0) as input_pico_usd, 0 as cache_read_pico_usd, 0 as tool_use_pico_usd,
    coalesce(sum(output_pico_usd), 0) as output_pico_usd, 0 as thoughts_pico_usd,
    coalesce(sum(cost_pico_usd), 0) as cost_pico_usd
from spans
group by cost_status
"""


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """A database with the schema and the rows of the version before."""
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path), config={"storage_compatibility_version": "v1.5.0"}) as database:
        database.execute(
            "create table schema_migrations "
            "(version integer not null, name varchar not null, applied_at timestamp not null)"
        )
        for step in migrations()[:BEFORE_THE_EXACT_BILL]:
            database.execute(step.sql)
            database.execute(
                "insert into schema_migrations values (?, ?, now()::timestamp)",
                [step.version, step.name],
            )
        database.execute(OLD_SPANS)
        database.execute(OLD_LEDGER)
    return path


def all_spend(store: Store) -> SpendAnswer:
    """Everything there is, in one figure each."""
    with store.reading() as snapshot:
        return spend(snapshot, SpendQuestion(NOON - 10**15, NOON + 10**15))


def rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    """Rows of a SELECT."""
    return [tuple(row) for row in store.ask(sql, Bounds()).rows]


def test_an_old_file_is_brought_up_to_date_and_sums_as_before(old_file: Path) -> None:
    """Old rows have none of what is new: their new lines are zero, their calls are calls."""
    store = Store.open(old_file)
    assert store.schema_version == migrations()[-1].version
    totals = all_spend(store).totals
    assert {name: totals[name] for name in FIGURES if totals[name]} == {
        "calls": 4,
        "input_tokens": 4000,
        "output_tokens": 400,
        "cost_pico_usd": 1650,
        "known_pico_usd": 1650,
        "unowned_pico_usd": 1650,
        "cost_upper_pico_usd": 1650,
        "input_pico_usd": 900,
        "output_pico_usd": 750,
        "unpriced_calls": 1,
        "unbounded_calls": 2,  # the unpriced one, and the lower bound of which no more is known
    }
    lines = (
        "input_pico_usd + cache_read_pico_usd + tool_use_pico_usd + output_pico_usd + thoughts_pico_usd"
        " + grounding_pico_usd + maps_pico_usd + media_pico_usd + storage_pico_usd"
    )
    of_calls = f"select count(*), sum(cost_pico_usd), sum({lines}) from calls"
    assert rows(store, of_calls) == [(4, Decimal(1650), Decimal(1650))]
    of_charges = (
        "select charge_type, sum(calls)::bigint, sum(errors)::bigint from charges group by all"
    )
    assert rows(store, of_charges) == [("call", 4, 0)]
    store.close()


OPEN_AND_DIE = """
import os, sys
from gemledger_collector.storage.store import Store
store = Store.open(sys.argv[1])
os._exit(9)
"""


@pytest.mark.parametrize("is_new", [False, True], ids=["old file", "new file"])
def test_a_collector_killed_right_after_the_migration_starts_again(
    old_file: Path, is_new: bool
) -> None:
    """What it had done is still in the log only, which the next one must understand."""
    path = old_file.with_name("new.duckdb") if is_new else old_file
    for _ in range(2):
        killed = subprocess.run([sys.executable, "-c", OPEN_AND_DIE, path], check=False)
        assert killed.returncode == 9
    assert path.with_name(f"{path.name}.wal").exists()
    store = Store.open(path)
    assert all_spend(store).totals["calls"] == (0 if is_new else 4)
    assert rows(store, "select count(app_lines) from spans") == [(0 if is_new else 1,)]
    store.close()


def test_what_the_app_had_reckoned_otherwise_is_kept(old_file: Path) -> None:
    """Its lines move into one column; rows without a difference have none."""
    store = Store.open(old_file)
    found = rows(store, "select app_lines, count(*) from spans group by all order by all")
    assert found == [('{"input":5,"output":2}', 1), (None, 3)]
    store.close()


def test_new_calls_join_the_old_ones_in_the_same_file(old_file: Path) -> None:
    """Whether the file was opened once or twice since."""
    Store.open(old_file).close()
    store = Store.open(old_file)
    batch = Chain(load_book()).run(decode([payload([call(9)])]).batch).spans
    with store.writing() as transaction:
        assert len(SpanWriter().write(transaction, batch).fresh) == 1
    totals = all_spend(store).totals
    assert (totals["calls"], totals["cost_pico_usd"]) == (5, 1650 + 550_000_000)
    assert rows(store, "select count(*) from calls") == [(5,)]
    store.close()


def test_views_hold_nothing_that_the_older_duckdb_reads_as_another_thing(tmp_path: Path) -> None:
    """DuckDB 2 keeps `if` in a view as a function of that name: 1.5 opens the file, and has no such function."""
    path = tmp_path / "x.duckdb"
    Store.open(path).close()
    with duckdb.connect(str(path), read_only=True) as connection:
        kept = connection.execute(
            "select sql from duckdb_views() where not internal"
            " union all select macro_definition from duckdb_functions() where not internal"
        ).fetchall()
    assert len(kept) >= 4
    assert not [sql for (sql,) in kept if sql and re.search(r"\bif[\"']?\(", sql, re.IGNORECASE)]
