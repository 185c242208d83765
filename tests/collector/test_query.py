"""SQL of people: one SELECT that harms nobody."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from support.collector import RunningCollector
from support.otlp import call, call_attributes, payload, payload_of

from gemledger_collector.errors import Overloaded, QueryRefused, QueryTimeout
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

ENDLESS = (
    "select count(*) from range(1000000000) a, range(1000000000) b where a.range + b.range < 0"
)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store for every attack, with a file beside it that nobody may read."""
    folder = tmp_path_factory.mktemp("attacked")
    folder.joinpath("secret.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    opened = Store.open(folder / "store.duckdb")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "sql",
    [
        "insert into ledger select * from ledger",
        "update spans set team = 'mine'",
        "delete from spans",
        "drop table spans",
        "create table x as select 1",
        "create temp table x as select 1",
        "attach '{file}' as other",
        "copy spans to '{file}'",
        "copy (select 1) to '{file}'",
        "export database '{file}'",
        "set memory_limit = '100GB'",
        "install httpfs",
        "load httpfs",
        "call force_checkpoint()",
        "begin",
        "vacuum",
        "prepare p as select 1",
        "explain analyze delete from spans",
        "with gone as (delete from spans returning *) select * from gone",
        "with more as (insert into contents select * from contents returning *) select * from more",
        "select 1; delete from spans",
        "select 1; select 2",
        "select * from '{file}'",
        "select * from read_text('{file}')",
        "select * from read_csv('{file}')",
        "select * from read_blob('{file}')",
        "select * from glob('/*')",
        "select * from read_parquet('https://example.com/x.parquet')",
        "select getenv('HOME')",
        "select $1",
        "copy (select 1) to stdout",
        "pragma database_list",
        "set global threads = 1",
        "reset memory_limit",
        "checkpoint",
        "use other",
        "detach store",
        "create or replace view calls as select 1",
        "create macro f() as 1",
        "create secret (type s3)",
        "alter table spans add column x int",
        "with gone as (update ledger set calls = 0 returning *) select * from gone",
        "select (with gone as (delete from spans returning *) select count(*) from gone)",
        "select * from (delete from spans returning *)",
        "explain select 1",
        "pivot calls on team using count(*)",
        "from '{file}'",
        'select * from "{file}"',
        "select * from read_csv_auto('{file}')",
        "select * from sniff_csv('{file}')",
        "select * from read_json('{file}')",
        "select * from read_parquet('{file}')",
        "select * from parquet_scan('{file}')",
        "select * from parquet_metadata('{file}')",
        "select * from 'https://example.com/x.parquet'",
        "select * from duckdb_secrets()",
        "select * from which_secret('s3://x', 's3')",
        "select * from duckdb_settings()",
        "select * from duckdb_variables()",
        "select * from duckdb_logs()",
        "select * from duckdb_external_file_cache()",
        "select * from pragma_storage_info('contents')",
        "select * from pragma_database_list()",
        "select * from query('select 1')",
        "select * from query_table('contents')",
        "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
        "select * from sqlite_scan('{file}', 't')",
        "select * from arrow_scan(1, 2, 3)",
        "select * from pandas_scan(1)",
        "select * from force_checkpoint()",
        "select * from seq_scan('spans')",
        "select * from enable_logging()",
        "",
        ";",
        "select * from nowhere",
        "selec 1",
    ],
)
def test_what_writes_reads_files_or_is_no_select_is_refused(attacked: Store, sql: str) -> None:
    """Nothing is written, no file is read or made, and the store goes on."""
    folder = attacked.path.parent
    before = sorted(folder.iterdir())
    with pytest.raises(QueryRefused) as refused:
        attacked.ask(sql.format(file=folder / "secret.csv"), Bounds())
    assert str(refused.value)
    assert sorted(folder.iterdir()) == before
    assert attacked.ask("select count(*) from spans", Bounds()).rows == [(0,)]


def test_a_query_that_never_ends_is_stopped(store: Store) -> None:
    """Within its time, and the next one runs."""
    started = time.monotonic()
    with pytest.raises(QueryTimeout, match="was stopped after"):
        store.ask(ENDLESS, Bounds(seconds=0.3))
    assert time.monotonic() - started < 5
    assert store.ask("select 1", Bounds()).rows == [(1,)]


def test_a_query_that_wants_all_memory_is_refused_and_the_store_goes_on(store: Store) -> None:
    """The memory limit is the database's, not the machine's."""
    with pytest.raises(QueryRefused, match="Out of Memory"):
        store.ask("select list(range::varchar || repeat('x', 100)) from range(100000000)", Bounds())
    assert store.ask("select 1", Bounds()).rows == [(1,)]


def test_a_query_nested_beyond_measure_is_answered_or_refused(attacked: Store) -> None:
    """Whichever the database's version makes of it, the next one is answered."""
    for depth in (500, 5_000, 40_000):
        with suppress(QueryRefused):
            attacked.ask("select " + "(" * depth + "1" + ")" * depth, Bounds())
    assert attacked.ask("select 1", Bounds()).rows == [(1,)]


def test_rows_and_bytes_are_capped_and_the_answer_says_so(store: Store) -> None:
    """Cut off, not refused."""
    cut = store.ask("select * from range(1000)", Bounds(rows=10))
    assert (len(cut.rows), cut.truncated) == (10, True)
    whole = store.ask("select * from range(10)", Bounds(rows=10))
    assert (len(whole.rows), whole.truncated) == (10, False)
    heavy = store.ask("select repeat('x', 1000) from range(5000)", Bounds(text_bytes=100_000))
    assert heavy.truncated
    assert len(heavy.rows) < 1000


def test_one_query_runs_at_a_time(store: Store) -> None:
    """The second is told to come back."""

    def first() -> None:
        with pytest.raises(QueryTimeout):
            store.ask(ENDLESS, Bounds(seconds=1.5))

    running = threading.Thread(target=first)
    running.start()
    time.sleep(0.3)
    with pytest.raises(Overloaded, match="another query is running"):
        store.ask("select 1", Bounds(seconds=0.2))
    running.join()


def test_values_arrive_as_json_without_losing_digits(collector: RunningCollector) -> None:
    """Integers of any size as integers, decimals as text, times in ISO 8601, bytes in hex."""
    sql = (
        "select 170141183460469231731687303715884105727::hugeint, 1.10::decimal(5,2), "
        "timestamp '2026-11-01 12:00:00', date '2026-11-01', 'ab'::blob, [1, null], {'a': 1.5::double}, "
        "map {'k': 'v'}, 'nan'::double, true, null, uuid '00000000-0000-0000-0000-000000000001'"
    )
    assert collector.select(sql) == [
        [
            2**127 - 1,
            "1.10",
            "2026-11-01T12:00:00",
            "2026-11-01",
            "6162",
            [1, None],
            {"a": 1.5},
            {"k": "v"},
            None,
            True,
            None,
            "00000000-0000-0000-0000-000000000001",
        ]
    ]


def test_moments_with_a_time_zone_arrive_in_iso_8601(collector: RunningCollector) -> None:
    """Also beside money, and cut like any other answer."""
    sql = "select to_timestamp(1793534400) as hour, sum(10::hugeint) as pico, 1.5::decimal(4, 2) from range(3) t(i)"
    assert collector.select(sql) == [["2026-11-01T12:00:00+00:00", 30, "1.50"]]
    assert len(collector.select("select now()")) == 1
    cut = {"sql": "select now() from range(9)", "max_rows": 2}
    answer = collector.http.post("/api/v1/sql", json=cut).json()
    assert (len(answer["rows"]), answer["truncated"]) == (2, True)


def test_columns_have_names_and_types(collector: RunningCollector) -> None:
    """For programs that read tables."""
    answer = collector.http.post("/api/v1/query", json={"sql": "select 1 as n, 'x' as text"})
    assert answer.json() == {
        "columns": [{"name": "n", "type": "INTEGER"}, {"name": "text", "type": "VARCHAR"}],
        "rows": [[1, "x"]],
        "truncated": False,
    }


def test_errors_over_http_say_what_is_wrong(collector: RunningCollector) -> None:
    """DuckDB's own explanation, in the shape of every error."""
    wrong = collector.http.post("/api/v1/query", json={"sql": "select nope from calls"})
    assert wrong.status_code == 400
    assert wrong.json()["error"]["type"] == "query"
    assert '"nope"' in wrong.json()["error"]["message"]
    wrong_bodies: tuple[Any, ...] = (
        {"sql": ""},
        {"sql": "select 1", "max_rows": 0},
        {"query": "select 1"},
        [],
    )
    for body in wrong_bodies:
        answer = collector.http.post("/api/v1/query", json=body)
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid")


def test_a_query_sees_every_acknowledged_call_while_more_arrive(
    collector: RunningCollector,
) -> None:
    """Reading never waits for writing."""
    for number in range(5):
        assert collector.send(payload_of(number)).status_code == 200
        assert collector.select("select count(*) from calls") == [[number + 1]]


def test_labels_can_be_asked_for_by_name(collector: RunningCollector) -> None:
    """The map of further attributes is in the view."""
    attributes = call_attributes() | {"gemledger.label.tier": "gold"}
    assert collector.send(payload([call(1, attributes=attributes)])).status_code == 200
    assert collector.select("select attributes['gemledger.label.tier'] from calls") == [["gold"]]
