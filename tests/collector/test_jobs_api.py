"""GET /api/v1/batches: the ledger of jobs, by page, with totals, and each job with its charges."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.collector import RunningCollector, config_for
from support.jobs import BATCH, DAY, HOUR, created, estimated, settlement
from support.otlp import NOON, call, payload


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Callable[[int], RunningCollector]]:
    """Start collectors on one store, each at another time."""
    running: list[RunningCollector] = []

    def start(now: int) -> RunningCollector:
        if running:
            running.pop().__exit__(None, None, None)
        running.append(
            RunningCollector(config_for(tmp_path / "x.duckdb"), clock=lambda: now).__enter__()
        )
        return running[-1]

    yield start
    for collector in running:
        collector.__exit__(None, None, None)


def test_the_ledger_of_jobs_over_http(later: Callable[[int], RunningCollector]) -> None:
    """Newest first, by page; totals are of everything that matches."""
    collector = later(NOON + 2 * DAY + HOUR)
    spans = [
        estimated(1, "batches/old"),
        estimated(2, "batches/new", start=NOON + DAY),
        created(
            3, "models/veo/operations/o1", start=NOON + 2 * HOUR, operation_name="generate_videos"
        ),
        estimated(4, "batches/done", start=NOON + DAY + HOUR),
        settlement("batch:batches/done:flash", "batches/done", start=NOON + DAY + HOUR),
    ]
    assert collector.send(payload(spans)).status_code == 200
    answer = collector.get("/api/v1/batches", limit=2)
    assert [job["name"] for job in answer["jobs"]] == ["batches/done", "batches/new"]
    assert answer["totals"] == {
        "jobs": 4,
        "by_state": {"overdue": 1, "pending": 2, "settled": 1},
        "committed_pico_usd": "3000000000",
        "overdue_pico_usd": "3000000000",
        "cost_pico_usd": "2750000000",
        "unpriced_jobs": 0,
    }
    rest = collector.get("/api/v1/batches", limit=2, offset=2)
    assert [job["name"] for job in rest["jobs"]] == ["models/veo/operations/o1", "batches/old"]
    overdue = collector.get("/api/v1/batches", state="overdue")["jobs"]
    assert [(job["name"], job["age_seconds"]) for job in overdue] == [("batches/old", 49 * 3600)]
    videos = collector.get("/api/v1/batches", kind="video", since="2026-11-01T12:30:00Z")
    assert videos["totals"]["jobs"] == 1
    assert collector.get("/api/v1/batches", until="2026-11-01T12:00:00Z")["jobs"] == []
    totals = collector.get(
        "/api/v1/spend", since="2026-11-01T00:00:00Z", until="2026-11-04T00:00:00Z"
    )["totals"]
    assert totals["cost_pico_usd"] == "2750000000"
    assert (totals["committed_pico_usd"], totals["overdue_pico_usd"]) == ("3000000000",) * 2


def test_one_job_with_its_charges(collector: RunningCollector) -> None:
    """By Google's name, slashes and all; the team is the submitter's although it came last."""
    flash = settlement(f"batch:{BATCH}:flash", start=NOON + DAY)
    assert collector.send(payload([flash, call(9)])).status_code == 200
    assert collector.send(payload([estimated()])).status_code == 200
    job = collector.get(f"/api/v1/batches/{BATCH}")
    assert {name: job[name] for name in ("name", "kind", "state", "team", "cost_pico_usd")} == {
        "name": BATCH,
        "kind": "batch",
        "state": "settled",
        "team": "search",
        "cost_pico_usd": "2750000000",
    }
    assert (job["submitted_at"], job["settled_at"]) == (
        "2026-11-01T12:00:00Z",
        "2026-11-02T12:10:00Z",
    )
    (charge,) = job["charges"]
    assert (charge["calls"], charge["cost_pico_usd"], charge["service_tier"]) == (
        10,
        "2750000000",
        "batch",
    )
    assert charge["start_time"] == "2026-11-01T12:00:00Z"


@pytest.mark.parametrize(
    ("path", "status", "complaint"),
    [
        ("/api/v1/batches/batches/b7", 404, "no job named batches/b7 was told of"),
        ("/api/v1/batches?state=lost", 400, "state: "),
        ("/api/v1/batches?kind=poem", 400, "kind: "),
        ("/api/v1/batches?limit=0", 400, "limit: "),
        ("/api/v1/batches?since=yesterday", 400, "since: "),
    ],
)
def test_a_wrong_question_is_named(
    collector: RunningCollector, path: str, status: int, complaint: str
) -> None:
    """In the shape of every error."""
    answer = collector.http.get(path)
    assert answer.status_code == status
    assert complaint in answer.json()["error"]["message"]
