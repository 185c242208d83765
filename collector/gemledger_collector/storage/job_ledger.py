"""The ledger of jobs, read: what each was expected to cost, what it came to, and what is still open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gemledger_collector.storage.transaction import Snapshot

Kind = Literal["batch", "video", "interaction", "tuning"]
State = Literal[
    "pending",
    "running",
    "ready",
    "settling",
    "settled",
    "overdue",
    "failed",
    "cancelled",
    "expired",
]
END_OF_TIME = 2**63 - 1

Row = Mapping[str, Any]
"""Columns of the view ``jobs``; times in unix nanoseconds, sums of money as whole Decimals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobQuestion:
    """Which jobs, by submission (unix nanoseconds, until exclusive), as of which moment."""

    now_unix_nano: int
    since_unix_nano: int = 0
    until_unix_nano: int = END_OF_TIME
    kind: Kind | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some of the jobs asked for, the newest submission first, and what all of them come to, by state."""

    jobs: Sequence[Row]
    totals: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Committed:
    """What unsettled jobs are expected to cost, in picoUSD, and apart from it what overdue ones were."""

    committed_pico_usd: int
    overdue_pico_usd: int


def jobs(snapshot: Snapshot, question: JobQuestion, *, limit: int, offset: int) -> JobPage:
    """A page of jobs, and their totals."""
    asked = {
        "now": question.now_unix_nano,
        "since": question.since_unix_nano,
        "until": question.until_unix_nano,
        "kind": question.kind,
        "state": question.state,
    }
    listed = snapshot.query("jobs_list", asked | {"limit": limit, "offset": offset})
    return JobPage(listed.to_pylist(), snapshot.query("jobs_totals", asked).to_pylist())


def job(snapshot: Snapshot, name: str, now_unix_nano: int) -> Row | None:
    """One job by Google's name; None where nobody told of it."""
    found = snapshot.query("job_by_name", {"name": name, "now": now_unix_nano}).to_pylist()
    return found[0] if found else None


def settlements(snapshot: Snapshot, name: str) -> Sequence[Row]:
    """The charges that make up a job's bill."""
    bounds = snapshot.query("job_bounds", {"name": name}).to_pylist()[0]
    found: list[Row] = snapshot.query("job_settlements", {"name": name} | bounds).to_pylist()
    return found


def committed(
    snapshot: Snapshot, since_unix_nano: int, until_unix_nano: int, now_unix_nano: int
) -> Committed:
    """What jobs submitted in [since, until) are expected to cost that have not settled."""
    bounds = {"since": since_unix_nano, "until": until_unix_nano, "now": now_unix_nano}
    if not snapshot.rows(
        "any_job_event"
    ):  # planning the rest costs as much as summing a month's ledger
        return Committed(0, 0)
    [row] = snapshot.records("committed_spend", bounds)
    return Committed(row["committed_pico_usd"], row["overdue_pico_usd"])
