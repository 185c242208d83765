"""What was said is told to those who may read it alone, by whichever way they ask, and each reading is in the audit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from support.blank import open_blank
from support.collector import RunningCollector, config_for
from support.judged import verdict
from support.otlp import NOON, SECOND, call, fill, payload
from support.tokens import Issued, extensions

from gemledger_collector.storage import evaluations
from gemledger_collector.storage.sql_scopes import SCOPE_OF_TABLE

from .test_every_route import EVERY

WRITER, READER, CURIOUS = (
    Issued("writer", ["ingest", "write", "read"]),
    Issued("reader", ["read"]),
    Issued("curious", ["read", "content"]),
)
ADMIN = Issued("root", ["admin"])
SPAN = call(1)
TRACE_ID, SPAN_ID = SPAN.trace_id.hex(), SPAN.span_id.hex()
PLACE = {"trace_id": TRACE_ID, "span_id": SPAN_ID}
WORDS = (
    "zq-prompted",
    "zq-quoted",
    "zq-reasoned",
    "zq-explained",
    "zq-chosen",
    "zq-noted",
    "zq-commented",
)
"""Each was said in one place: a prompt, a judge's two, another evaluator's, an event of a span, a label, a feedback."""
BETWEEN = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}
ASKED: dict[str, list[dict[str, Any]]] = {
    "/api/v1/labels/next": [{"dimension": "tone"}],
    "/api/v1/labels": [{}, {"notes": True}],
    "/api/v1/feedback": [BETWEEN, {**BETWEEN, "comments": True}],
}
"""What is asked of a route where a range of time is not all."""
EXPORTED = ("focus", "charges", "calls", "ledger", "evaluations", "contents")


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """It holds one call, of which much was said."""
    path = tmp_path_factory.mktemp("said") / "ledger.duckdb"
    _say_in_tables(path)
    config = config_for(path, extensions=extensions(WRITER, READER, CURIOUS, ADMIN))
    with RunningCollector(config, clock=lambda: NOON + 3600 * SECOND) as running:
        event = SPAN.events.add(name="gen_ai.choice", time_unix_nano=NOON)
        fill(event.attributes.add(key="gen_ai.completion").value, "zq-chosen")
        assert running.send(payload([SPAN]), **WRITER.header).status_code == 200
        label = PLACE | {"dimension": "accuracy", "label": "bad", "note": "zq-noted"}
        for route, body in (
            ("/api/v1/labels", {"labels": [label]}),
            ("/api/v1/feedback", PLACE | {"thumbs": "down", "comment": "zq-commented"}),
        ):
            answer = running.http.post(route, json=body, headers=WRITER.header)
            assert answer.is_success, answer.text
        yield running


def _say_in_tables(path: Path) -> None:
    store = open_blank(path)
    known = {**PLACE, "span_id": int(SPAN_ID, 16)}
    told = verdict(NOON, "bad", evidence="zq-quoted", reason="zq-reasoned", **known)
    unlabelled = told | {"dimension": "tone"}
    content = {
        **known,
        "start_time_unix_nano": NOON,
        "model": "gemini-2.5-flash",
        "input_messages": "zq-prompted",
        "output_messages": "zq-prompted",
    }
    external = {
        "digest": TRACE_ID,
        "time_unix_nano": NOON,
        "name": "x",
        "explanation": "zq-explained",
    }
    with store.writing() as transaction:
        evaluations.record(transaction, [told, unlabelled])
        transaction.append("contents", _table({**content, "answered": True}))
        transaction.append("external_evaluations", _table({**known, **external}))
    store.close()


def _table(row: dict[str, Any]) -> pa.Table:
    kinds = {"span_id": pa.uint64()}
    return pa.table({name: pa.array([said], kinds.get(name)) for name, said in row.items()})


def questions() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path, what httpx takes) of each way to ask for what is stored."""
    for method, route in EVERY:
        if method != "GET" or route in ("/api/v1/audit", "/api/v1/export/{dataset}"):
            continue
        path = route.replace("{name:path}", "none").format_map(PLACE | _MADE_UP)
        for asked in ASKED.get(route, [{}, BETWEEN]):
            yield method, path, {"params": asked}
    for dataset in EXPORTED:
        yield "GET", f"/api/v1/export/{dataset}", {"params": BETWEEN}
    for table in sorted({*SCOPE_OF_TABLE} - {"audit"}):
        yield "POST", "/api/v1/sql", {"json": {"sql": f"from {table}"}}


_MADE_UP = dict.fromkeys(("alert_id", "revision_id", "reservation_id"), "none")
TELLING = {
    f"/api/v1/contents/{TRACE_ID}/{SPAN_ID}": {"zq-prompted"},
    "/api/v1/evaluations": {"zq-quoted", "zq-reasoned"},
    f"/api/v1/calls/{TRACE_ID}/{SPAN_ID}": {"zq-chosen"},
    f"/api/v1/traces/{TRACE_ID}": {"zq-chosen"},
    "/api/v1/labels/next": {"zq-prompted"},
    "/api/v1/labels": {"zq-noted"},
    "/api/v1/feedback": {"zq-commented"},
    "/api/v1/export/contents": {"zq-prompted"},
    "/api/v1/datasets/answers": {
        "zq-prompted",
        "zq-quoted",
        "zq-reasoned",
        "zq-noted",
        "zq-commented",
    },
    "/api/v1/sql": set(WORDS) - {"zq-chosen"},  # which is told in hex, and noted all the same
}
"""What each way tells."""


def words_told(answer: httpx.Response) -> set[str]:
    """Which of the words an answer holds."""
    return {word for word in WORDS if word.encode() in answer.content}


def readings(collector: RunningCollector) -> int:
    """Lines of the audit about the one who may read."""
    asked: dict[str, str | int] = {"actor": CURIOUS.name, "limit": 1_000}
    answer = collector.http.get("/api/v1/audit", params=asked, headers=ADMIN.header)
    assert answer.status_code == 200, answer.text
    return len(answer.json()["lines"])


def test_without_the_scope_nothing_that_was_said_is_told(collector: RunningCollector) -> None:
    """By no route, export or table; what may not be had is refused, and the rest told without the words."""
    statuses = set()
    for method, path, asked in questions():
        answer = collector.http.request(method, path, headers=READER.header, **asked)
        statuses.add(answer.status_code)
        assert not words_told(answer), f"{path} {asked}"
    assert {200, 403} <= statuses


def test_with_the_scope_every_reading_is_in_the_audit(collector: RunningCollector) -> None:
    """Each word is told to somebody who may, and no answer that holds one leaves without a line."""
    found: dict[str, set[str]] = {}
    for method, path, asked in questions():
        before = readings(collector)
        answer = collector.http.request(method, path, headers=CURIOUS.header, **asked)
        if told := words_told(answer):
            assert readings(collector) > before, f"{path} {asked} told {told}"
            found.setdefault(path, set()).update(told)
    assert found == TELLING


def test_verdicts_of_one_trace_are_noted_with_the_trace(collector: RunningCollector) -> None:
    """So that the audit tells whose answer somebody read of, as alerts link to it."""
    asked = {"trace_id": TRACE_ID}
    answer = collector.http.get("/api/v1/evaluations", params=asked, headers=CURIOUS.header)
    assert "zq-quoted" in words_told(answer)
    about: dict[str, str] = {"actor": CURIOUS.name, "limit": "1"}
    found = collector.http.get("/api/v1/audit", params=about, headers=ADMIN.header)
    assert TRACE_ID in found.text
