"""``POST /api/v1/sql`` over real sockets: Arrow, parameters, hanging up, memory, and the audit."""

import json
import socket
import threading
import time
from decimal import Decimal

import duckdb
import httpx
import pyarrow as pa
import pytest
from support.collector import RunningCollector
from support.otlp import payload_of
from support.waiting import eventually

from gemledger_collector.errors import Overloaded
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

ARROW = "application/vnd.apache.arrow.stream"
ENDLESS = (
    "select count(*) from range(1000000000) a, range(1000000000) b where a.range + b.range < 0"
)


def test_the_same_answer_as_an_arrow_stream_with_money_exact(collector: RunningCollector) -> None:
    """Integers beyond 2**63 arrive as decimals, never as floats."""
    assert collector.send(payload_of(1, 2)).status_code == 200
    sql = "select team, sum(cost_pico_usd) as pico, sum(10::hugeint ** 30) as huge from charges group by team"
    answer = collector.http.post("/api/v1/sql", json={"sql": sql}, headers={"Accept": ARROW})
    assert answer.headers["content-type"] == ARROW
    assert answer.headers["gemledger-truncated"] == "false"
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.column_names == ["team", "pico", "huge"]
    [[_, pico, _]] = collector.select(sql)
    assert table.to_pylist()[0]["pico"] == Decimal(pico)


def test_an_arrow_stream_keeps_to_the_bounds_and_says_so(store: Store) -> None:
    """Rows and bytes alike, whole batches read no further than needed."""
    cut = store.ask_arrow("select * from range(10000)", Bounds(rows=10))
    assert (pa.ipc.open_stream(cut.stream).read_all().num_rows, cut.rows, cut.truncated) == (
        10,
        10,
        True,
    )
    heavy = store.ask_arrow(
        "select repeat('x', 1000) from range(50000)", Bounds(rows=100_000, text_bytes=5_000_000)
    )
    assert heavy.truncated
    assert len(heavy.stream) < 6_000_000
    whole = store.ask_arrow("select * from range(10)", Bounds(rows=10))
    assert (whole.rows, whole.truncated) == (10, False)


def test_lists_count_towards_the_bytes_of_an_answer(store: Store) -> None:
    """A thousand rows of ten thousand numbers are no small answer."""
    found = store.ask("select range(10000) from range(1000)", Bounds(text_bytes=2**20))
    assert found.truncated
    assert len(found.rows) < 100


def test_values_are_sent_beside_the_sql(collector: RunningCollector) -> None:
    """By position or by name; too few or too many is said."""

    def ask(sql: str, params: object) -> tuple[int, object]:
        answer = collector.http.post("/api/v1/sql", json={"sql": sql, "params": params})
        body = answer.json()
        return answer.status_code, body.get("rows", body.get("error", {}).get("message"))

    assert ask("select ?::int + ?::int", [1, 2]) == (200, [[3]])
    assert ask("select $name", {"name": "x'; drop table spans"}) == (
        200,
        [["x'; drop table spans"]],
    )
    status, message = ask("select ?::int", [])
    assert status == 400
    assert "1 parameters and 0 values" in str(message)
    assert ask("select 1", [1])[0] == 400
    assert ask("select $a", {"b": 1})[0] == 400


def test_hanging_up_stops_the_query_and_the_next_one_runs_at_once(
    collector: RunningCollector,
) -> None:
    """A real socket, closed in the middle of a query that would take its full ten seconds."""
    body = json.dumps({"sql": ENDLESS}).encode()
    host, port = collector.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as caller:
        caller.sendall(
            b"POST /api/v1/sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        eventually(lambda: _is_busy(collector), bool)
    started = time.monotonic()
    assert collector.select("select 1") == [[1]]
    assert time.monotonic() - started < 5


def _is_busy(collector: RunningCollector) -> bool:
    """Whether a query has to wait; it then hangs up, too."""
    try:
        collector.http.post("/api/v1/sql", json={"sql": "select 1"}, timeout=0.4)
    except httpx.ReadTimeout:
        return True
    return False


def test_a_writer_short_of_memory_has_the_query_stopped_and_its_caller_may_ask_again(
    store: Store,
) -> None:
    """503 for the person, and no word of ten seconds."""
    problems: list[Exception] = []

    def ask() -> None:
        try:
            store.ask(ENDLESS, Bounds(seconds=20))
        except Overloaded as error:
            problems.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while asking.is_alive():
        with pytest.raises(Overloaded, match="out of memory"), store.writing():
            raise duckdb.OutOfMemoryException("Out of Memory Error: no more")
        asking.join(0.05)
    assert "memory is needed to store what arrives" in str(problems[0])
    assert store.ask("select 1", Bounds()).rows == [(1,)]


def test_each_query_is_in_the_audit_before_it_runs_without_the_secrets_in_it(
    collector: RunningCollector,
) -> None:
    """Its beginning, redacted; those that fail, too."""
    collector.http.post("/api/v1/sql", json={"sql": "select 'jane@example.com' from nowhere"})
    collector.http.post("/api/v1/query", json={"sql": "select 1 -- " + "x" * 500})
    found = collector.select("select actor, action, detail from audit order by time_unix_nano")
    assert [(actor, action) for actor, action, _ in found] == [("loopback", "sql")] * 3
    details = [json.loads(detail)["sql"] for _, _, detail in found]
    assert details[0] == "select '[email]' from nowhere"
    assert details[1].startswith("select 1 -- xxx")
    assert len(details[1]) == 200
