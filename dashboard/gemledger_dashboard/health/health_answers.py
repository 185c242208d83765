"""What the collector says of itself and of who reports, typed; and its JSON made into that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from gemledger_dashboard.spend.sums import Json

Counts = Mapping[str, int]
"""By reason, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Health:
    """Counts since ``started_at``; sizes in bytes, times in seconds; None: nothing to tell yet."""

    started_at: datetime
    accepted: int
    duplicate: int
    repaired: int
    left_out: Counts
    rejected_requests: Counts
    refused_requests: Counts
    repairs: Counts
    unpriced_calls: Counts
    estimated_calls: Counts
    lower_bound_calls: Counts
    queue_bytes: int
    queue_limit_bytes: int
    commit_seconds: float | None
    lag_seconds: float | None
    store_bytes: int
    used_bytes: int
    free_disk_bytes: int
    memory_bytes: int | None
    price_book_of: date | None


@dataclass(frozen=True, slots=True)
class Service:
    """One service that called in the last 30 days."""

    name: str
    first_seen: datetime
    last_seen: datetime
    calls_last_hour: int
    calls_last_day: int
    calls_last_week: int
    usual_gap_seconds: int | None
    quiet_since: datetime | None
    no_tokens: bool


def health(body: Json) -> Health:
    """What `/api/v1/status` says of the collector's health."""
    spans, store, queue = body["spans"], body["store"], body["queue"]
    return Health(
        started_at=datetime.fromisoformat(body["started_at"]),
        accepted=int(spans["accepted"]),
        duplicate=int(spans["duplicate"]),
        repaired=int(spans["repaired"]),
        left_out=_counts(body["left_out"]),
        rejected_requests=_counts(body["rejected_requests"]),
        refused_requests=_counts(body["refused_requests"]),
        repairs=_counts(body["repairs"]),
        unpriced_calls=_counts(body["unpriced_calls"]),
        estimated_calls=_counts(body["estimated_calls"]),
        lower_bound_calls=_counts(body["lower_bound_calls"]),
        queue_bytes=int(queue["bytes"]),
        queue_limit_bytes=int(queue["limit_bytes"]),
        commit_seconds=body["commit_seconds"],
        lag_seconds=body["lag_seconds"],
        store_bytes=int(store["bytes"]),
        used_bytes=int(store["used_bytes"]),
        free_disk_bytes=int(store["free_disk_bytes"]),
        memory_bytes=body["memory_bytes"],
        price_book_of=_date(str(body["price_book"])),
    )


def services(body: Json) -> tuple[Service, ...]:
    """`/api/v1/services`."""
    return tuple(
        Service(
            name=str(row["service"]),
            first_seen=datetime.fromisoformat(row["first_seen"]),
            last_seen=datetime.fromisoformat(row["last_seen"]),
            calls_last_hour=int(row["calls_last_hour"]),
            calls_last_day=int(row["calls_last_day"]),
            calls_last_week=int(row["calls_last_week"]),
            usual_gap_seconds=row["usual_gap_seconds"],
            quiet_since=None
            if row["quiet_since"] is None
            else datetime.fromisoformat(row["quiet_since"]),
            no_tokens=bool(row["no_tokens"]),
        )
        for row in body["services"]
    )


def _counts(found: Json) -> Counts:
    return {str(reason): int(count) for reason, count in found.items()}


def _date(version: str) -> date | None:
    """A book is named by its day; one of another name has none."""
    try:
        return date.fromisoformat(version[:10])
    except ValueError:
        return None
