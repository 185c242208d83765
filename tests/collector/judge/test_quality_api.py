"""The questions about quality, asked over HTTP of a real application on a real store."""

import time
from datetime import datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from gemledger_collector.access import LOOPBACK
from gemledger_collector.api.app import create_app
from gemledger_collector.api.context import Context
from gemledger_collector.api.doorway import CALLER
from gemledger_collector.api.hosts import Message, Receive, Send
from gemledger_collector.config import Config
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.telemetry import Telemetry

from .conftest import Bench

NOON = int(datetime.fromisoformat("2026-11-10T12:00:00+00:00").timestamp()) * 10**9
HOUR = 3600 * 10**9


def judged(number: int, label: str | None, **columns: Any) -> dict[str, Any]:
    """One evaluation as the judge writes it."""
    empty: dict[str, Any] = dict.fromkeys(evaluations.SCHEMA.names)
    return empty | {
        "rule": "support-quality",
        "dimension": "accuracy",
        "rubric_version": "1",
        "trace_id": f"{number:032x}",
        "span_id": number,
        "call_start_unix_nano": NOON,
        "feature": "support-chat",
        "prompt_version": "v7",
        "label": label,
        "score": {"good": 0.9, "bad": 0.1, "cannot_tell": 0.5}.get(label or ""),
        "error": None if label else "the judge answered nothing",
        "attempt": 1,
        "judge_model": "gemini-2.5-flash-lite",
        "sample_rate": 0.1,
        "judged_at_unix_nano": NOON,
        **columns,
    }


@pytest.fixture
def client(bench: Bench) -> TestClient:
    """A collector with twelve judgements of two prompt versions."""
    rows = [judged(number, "good") for number in range(1, 7)]
    rows += [judged(7, "bad"), judged(8, "cannot_tell"), judged(9, None)]
    rows += [
        judged(number, "bad", prompt_version="v8", call_start_unix_nano=NOON + 12 * HOUR)
        for number in (10, 11)
    ]
    rows += [judged(1, "good", dimension="tone")]
    with bench.store.writing() as transaction:
        evaluations.record(transaction, rows)
    context = Context(
        config=Config(),
        store=bench.store,
        pipeline=bench.pipeline,
        telemetry=Telemetry(),
        price_book="test",
        clock=lambda: NOON + 24 * HOUR,
        started_at_unix_nano=time.time_ns(),
        minutes=Minutes(bench.store),
    )
    app = create_app(context)

    async def inside(scope: Message, receive: Receive, send: Send) -> None:
        """The application as its own door hands it requests, on a collector without tokens."""
        await app({**scope, CALLER: LOOPBACK}, receive, send)

    return TestClient(inside)


def test_quality_is_counted_by_day_with_its_interval(client: TestClient) -> None:
    """Cannot tell is neither good nor bad; an error is no judgement."""
    answer = client.get("/api/v1/quality", params={"bucket": "day", "by": "prompt_version"}).json()
    first, tone, second = sorted(
        answer["rows"], key=lambda row: (row["bucket_start"], row["dimension"])
    )
    assert (first["bucket_start"], first["prompt_version"], first["dimension"]) == (
        "2026-11-10T00:00:00+00:00",
        "v7",
        "accuracy",
    )
    assert (first["judged"], first["bad"], first["cannot_tell"], first["errors"]) == (8, 1, 1, 1)
    assert first["bad_rate"] == pytest.approx(1 / 7)
    assert first["bad_rate_low"] < first["bad_rate"] < first["bad_rate_high"]
    assert first["mean_score"] == pytest.approx((6 * 0.9 + 0.1) / 7)
    assert (second["bucket_start"], second["bad_rate"]) == ("2026-11-11T00:00:00+00:00", 1.0)
    assert (tone["dimension"], tone["judged"]) == ("tone", 1)
    assert [(each["dimension"], each["judged"]) for each in answer["totals"]] == [
        ("accuracy", 10),
        ("tone", 1),
    ]
    assert answer["interval"] == "95 %, Wilson for rates, Student for scores"


def test_the_days_are_those_of_the_asked_zone(client: TestClient) -> None:
    """Noon and midnight UTC are one day's afternoon and the next day in Berlin, but one day in New York."""
    rows = client.get("/api/v1/quality", params={"timezone": "America/New_York"}).json()["rows"]
    assert {row["bucket_start"] for row in rows} == {"2026-11-10T00:00:00-05:00"}


def test_the_total_has_no_bucket(client: TestClient) -> None:
    """One row per dimension."""
    rows = client.get("/api/v1/quality", params={"bucket": "total"}).json()["rows"]
    assert [(row["bucket_start"], row["dimension"], row["bad"]) for row in rows] == [
        (None, "accuracy", 3),
        (None, "tone", 0),
    ]


def test_the_worst_answers_can_be_listed(client: TestClient) -> None:
    """Newest call first, with the judge's reason and its version."""
    found = client.get("/api/v1/evaluations", params={"label": "bad", "limit": 2}).json()[
        "evaluations"
    ]
    assert [each["prompt_version"] for each in found] == ["v8", "v8"]
    assert found[0]["call_start_time"] == "2026-11-11T00:00:00Z"
    assert len(found[0]["trace_id"]) == 32
    assert len(found[0]["span_id"]) == 16


def test_an_unknown_group_is_refused(client: TestClient) -> None:
    """400, naming what there is."""
    response = client.get("/api/v1/quality", params={"by": "weather"})
    assert response.status_code == 400
    assert "prompt_version" in response.json()["error"]["message"]
