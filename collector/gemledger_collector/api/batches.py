"""GET /api/v1/batches: the ledger of jobs, batches, videos, background interactions and tunings, open and settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from gemledger_collector.api.context import Ask, Instant, iso, unix_nano
from gemledger_collector.errors import NotFound
from gemledger_collector.storage import job_ledger
from gemledger_collector.storage.job_ledger import END_OF_TIME, JobQuestion, Kind, Row, State

router = APIRouter(tags=["batches"])


class Job(BaseModel):
    """One job. Money is picoUSD in a decimal string, null where there is none."""

    name: str
    kind: Kind | None
    model: str | None
    state: str
    google_state: str | None
    submitted_at: str
    settled_at: str | None
    age_seconds: int
    """Since its submission, for as long as it is open; else how long it took until it was settled."""
    requests: int | None
    results_ok: int | None
    results_failed: int | None
    results_broken: int | None
    committed_pico_usd: str | None
    overdue_pico_usd: str | None
    expected_pico_usd: str | None
    cost_pico_usd: str | None
    cost_status: str | None
    settlements: int
    settlements_expected: int
    team: str | None
    feature: str | None
    user_id: str | None
    environment: str | None
    prompt_version: str | None
    service_name: str | None
    purpose: str | None


class Totals(BaseModel):
    """Every job that was asked for, beyond the page."""

    jobs: int
    by_state: dict[str, int]
    committed_pico_usd: str
    overdue_pico_usd: str
    cost_pico_usd: str
    unpriced_jobs: int


class Jobs(BaseModel):
    """A page of jobs, the newest submission first."""

    jobs: list[Job]
    totals: Totals
    limit: int
    offset: int


class Settlement(BaseModel):
    """One charge of a job's bill: results that are priced alike."""

    settlement_id: str
    model: str | None
    service_tier: str | None
    calls: int
    errors: int
    input_tokens: int | None
    cache_read_tokens: int | None
    output_tokens: int | None
    cost_pico_usd: str | None
    cost_status: str
    cost_reasons: str | None
    price_row: str | None
    start_time: str


class JobWithBill(Job):
    """A job and the charges that make up its bill."""

    charges: list[Settlement]


@dataclass(frozen=True, slots=True)
class Which:
    """Jobs submitted in [since, until), in this state, of this kind; all where nothing is said."""

    since: Instant | None = None
    until: Instant | None = None
    state: State | None = None
    kind: Kind | None = None


@router.get("/api/v1/batches")
def batches(
    ask: Ask,
    which: Annotated[Which, Depends()],
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Jobs:
    """Jobs submitted in [since, until) (default: all), the newest first; totals are of all that match.

    A job is committed until it settles, or ends without a bill. What has not settled 48 hours after its submission is
    overdue: Google has ended it by then, or nobody fetches it.
    """
    now = ask.clock()
    question = JobQuestion(
        now_unix_nano=now,
        since_unix_nano=0 if which.since is None else unix_nano(which.since),
        until_unix_nano=END_OF_TIME if which.until is None else unix_nano(which.until),
        kind=which.kind,
        state=which.state,
    )
    with ask.store.reading() as snapshot:
        page = job_ledger.jobs(snapshot, question, limit=limit, offset=offset)
    return Jobs(
        jobs=[Job(**_job(row, now)) for row in page.jobs],
        totals=_totals(page.totals),
        limit=limit,
        offset=offset,
    )


@router.get("/api/v1/batches/{name:path}")
def batch(ask: Ask, name: str) -> JobWithBill:
    """One job by Google's name (batches/…, an operation's name, an interaction's id), with its charges."""
    now = ask.clock()
    with ask.store.reading() as snapshot:
        found = job_ledger.job(snapshot, name, now)
        charges = job_ledger.settlements(snapshot, name) if found else []
    if found is None:
        raise NotFound(
            f"no job named {name} was told of; GET /api/v1/batches lists those that were"
        )
    return JobWithBill(**_job(found, now), charges=[_charge(row) for row in charges])


def _job(row: Row, now_unix_nano: int) -> dict[str, Any]:
    submitted, settled = row["submitted_unix_nano"], row["settled_unix_nano"]
    until = now_unix_nano if settled is None else settled
    return {
        **{name: row[name] for name in Job.model_fields if name in row},
        **{name: _pico(row[name]) for name in Job.model_fields if name.endswith("_pico_usd")},
        "submitted_at": iso(submitted),
        "settled_at": iso(settled),
        "age_seconds": max(until - submitted, 0) // 10**9,
    }


def _totals(states: Sequence[Row]) -> Totals:
    def added(name: str) -> int:
        return sum(int(row[name]) for row in states)

    return Totals(
        jobs=added("jobs"),
        by_state={row["state"]: row["jobs"] for row in states},
        committed_pico_usd=str(added("committed_pico_usd")),
        overdue_pico_usd=str(added("overdue_pico_usd")),
        cost_pico_usd=str(added("cost_pico_usd")),
        unpriced_jobs=added("unpriced_jobs"),
    )


def _charge(row: Row) -> Settlement:
    return Settlement(
        **{name: row[name] for name in Settlement.model_fields if name in row}
        | {
            "model": row["response_model"] or row["request_model"],
            "cost_pico_usd": _pico(row["cost_pico_usd"]),
            "start_time": iso(row["start_time_unix_nano"]),
        }
    )


def _pico(value: object) -> str | None:
    """Money as a string: a browser's numbers end at 2**53."""
    return None if value is None else str(int(str(value)))
