"""What webhooks told, kept until it is done: deliveries that were taken, and jobs to be fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from gemledger_collector.errors import Overloaded, Repeated
from gemledger_collector.storage import jobs
from gemledger_collector.storage.transaction import Snapshot, Transaction

DAY_NS = 86_400 * 10**9
REMEMBERED_NS = 3 * DAY_NS
"""How long a delivery is known again; Google repeats one for a day."""
KEPT_NS = 30 * DAY_NS
MOST_REMEMBERED = 200_000
"""Deliveries known at a time: beyond it none is taken, because one could be a repetition."""

VIDEO_GRACE_NS = 600 * 10**9

_IDS = pa.schema([("webhook_id", pa.string()), ("received_at_unix_nano", pa.int64())])
_EVENTS = pa.schema(
    [
        ("webhook_id", pa.string()),
        ("event_type", pa.string()),
        ("kind", pa.string()),
        ("job_name", pa.string()),
        ("received_at_unix_nano", pa.int64()),
        ("state", pa.string()),
        ("attempts", pa.int32()),
        ("next_attempt_unix_nano", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Told:
    """A job, and what Google said of it."""

    event_type: str
    kind: str
    job_name: str
    state: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job to be fetched; ``attempts`` is how often that has failed."""

    webhook_id: str
    kind: str
    job_name: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of trying to fetch a job."""

    webhook_id: str
    state: Literal["pending", "fetched", "settled", "given_up"]
    attempts: int
    next_attempt_unix_nano: int
    error: str | None = None


def take(
    transaction: Transaction, webhook_ids: Sequence[str], told: Told | None, received_at: int
) -> None:
    """Remember a delivery, and what it told if that matters; the first id names it.

    Raises Repeated when any of its ids was taken before, Overloaded when no more can be remembered.
    """
    transaction.execute("webhooks_forget", {"before": received_at - REMEMBERED_NS})
    if _number(transaction, "webhooks_known", {"webhook_ids": list(webhook_ids)}):
        raise Repeated("this delivery was taken before; it counts once")
    if _number(transaction, "webhooks_remembered", {}) >= MOST_REMEMBERED:
        raise Overloaded("more deliveries than can be remembered", retry_after_seconds=3600)
    ids = [{"webhook_id": each, "received_at_unix_nano": received_at} for each in webhook_ids]
    transaction.append("webhook_ids", pa.Table.from_pylist(ids, schema=_IDS))
    if told is not None:
        _keep(transaction, webhook_ids[0], told, received_at)


def due(snapshot: Snapshot, now: int, limit: int) -> list[Waiting]:
    """Jobs that may be fetched now, the one that waits longest first."""
    rows = snapshot.query("webhooks_due", {"now": now, "limit": limit}).to_pylist()
    return [Waiting(**row) for row in rows]


def next_due(snapshot: Snapshot) -> int | None:
    """When the next job may be fetched, in unix nanoseconds; None when none waits."""
    found: int | None = snapshot.query("webhooks_next_due")["next_due"][0].as_py()
    return found


def settled(snapshot: Snapshot, job_name: str) -> bool:
    """Whether somebody fetched the job before, so that there is nothing left to settle."""
    return bool(_number(snapshot, "webhooks_settled", {"job_name": job_name}))


def attempted(transaction: Transaction, attempt: Attempt) -> None:
    """Keep what came of an attempt."""
    transaction.execute(
        "webhooks_attempted",
        {
            "webhook_id": attempt.webhook_id,
            "state": attempt.state,
            "attempts": attempt.attempts,
            "next_attempt": attempt.next_attempt_unix_nano,
            "error": attempt.error,
        },
    )


def listed(snapshot: Snapshot, limit: int) -> list[dict[str, Any]]:
    """What was told, the latest first."""
    rows: list[dict[str, Any]] = snapshot.query("webhooks_list", {"limit": limit}).to_pylist()
    return rows


def _keep(transaction: Transaction, webhook_id: str, told: Told, received_at: int) -> None:
    transaction.execute("webhooks_forget_events", {"before": received_at - KEPT_NS})
    known = transaction.query("webhooks_full_name", {"kind": told.kind, "name": told.job_name})
    name = known["job_name"][0].as_py() if len(known) else told.job_name
    jobs.note(transaction, jobs.Notice(name, told.kind, told.state, received_at))
    if _number(transaction, "webhooks_waiting", {"job_name": name}):
        return
    event = {
        "webhook_id": webhook_id,
        "event_type": told.event_type,
        "kind": told.kind,
        "job_name": name,
        "received_at_unix_nano": received_at,
        "state": "pending",
        "attempts": 0,
        "next_attempt_unix_nano": received_at + _grace_ns(transaction, told.kind, name),
    }
    transaction.append("webhook_events", pa.Table.from_pylist([event], schema=_EVENTS))


def _grace_ns(transaction: Transaction, kind: str, name: str) -> int:
    """How long the app that asked for a video has to look first: it alone knows how long the video is."""
    if kind != "video" or not _number(transaction, "webhooks_submitted", {"job_name": name}):
        return 0
    return VIDEO_GRACE_NS


def _number(snapshot: Snapshot, name: str, parameters: dict[str, object]) -> int:
    return int(snapshot.query(name, parameters)[0][0].as_py())
