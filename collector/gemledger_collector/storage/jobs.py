"""What runs on at Google's: events of batches, videos, interactions and tunings, kept from the spans that name them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.storage.transaction import Transaction

KINDS = {
    "batch": ("batch", "batch_create", "batch_get", "batch_list", "batch_cancel", "batch_delete"),
    "video": ("generate_videos", "operation_get"),
    "interaction": ("interaction", "interaction_get", "interaction_cancel", "interaction_delete"),
    "tuning": ("tune", "tune_get"),
}
_KIND_OF_OPERATION = {each: kind for kind, operations in KINDS.items() for each in operations}
_SUBMITTING = ("batch_create", "generate_videos", "interaction", "tune")
"""Operations that make a job. A settlement of a video or an interaction has theirs, and another name."""

PAYER = (
    "service_name",
    "team",
    "cost_center",
    "attribution_rule",
    "feature",
    "user_id",
    "environment",
    "prompt_version",
    "purpose",
)
"""Who pays, as columns of ``spans``; labels are in its map of attributes."""

_FACTS = (
    *("trace_id", "span_id", "start_time_unix_nano", "duration_nano", "name", "operation"),
    *("request_model", "response_model", "job_name", "settlement_id"),
    *("cost_pico_usd", "cost_status", "attributes", *PAYER),
)
_COUNTS = {
    "requests": semconv.JOB_REQUESTS,
    "committed_pico_usd": semconv.JOB_COMMITTED_PICO_USD,
    "results_ok": semconv.JOB_RESULTS_OK,
    "results_failed": semconv.JOB_RESULTS_FAILED,
    "results_broken": semconv.JOB_RESULTS_BROKEN,
    "settlements": semconv.JOB_SETTLEMENTS,
}
_SUCCESS = ("succeeded", "partially_succeeded", "completed", "requires_action", "incomplete")

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """What Google itself says of a job, by a webhook: its ``state`` as in ``gemledger.job.state``."""

    job_name: str
    kind: str
    state: str
    at_unix_nano: int


def note(transaction: Transaction, notice: Notice) -> None:
    """Keep what Google said. A job that succeeded is ready: whoever has a key can fetch and so settle it."""
    event = {
        "job_name": notice.job_name,
        "event": "ready" if notice.state in _SUCCESS else "seen",
        "kind": notice.kind,
        "state": notice.state,
        "at_unix_nano": notice.at_unix_nano,
        "submitted_unix_nano": notice.at_unix_nano,
    }
    _append(transaction, [event])


def is_submission(spans: pa.RecordBatch) -> pa.Array:
    """Which spans are the calls that make a job."""
    submits = pc.is_in(spans.column("operation"), value_set=pa.array(_SUBMITTING))
    is_call = pc.not_equal(spans.column("name"), semconv.SETTLEMENT_SPAN).fill_null(True)
    return pc.and_(pc.and_(submits, is_call), spans.column("job_name").is_valid())


def append_events(transaction: Transaction, spans: pa.RecordBatch) -> None:
    """Keep what arriving spans, each of them new, tell of jobs. A call that settles itself tells of none."""
    telling = pc.and_(spans.column("job_name").is_valid(), spans.column("cost_status").is_valid())
    if "superseded_by" in spans.schema.names:
        is_call = pc.not_equal(spans.column("name"), semconv.SETTLEMENT_SPAN).fill_null(True)
        settles = pc.and_(
            spans.column("settlement_id").is_valid(), spans.column("superseded_by").is_null()
        )
        telling = pc.and_not(telling, pc.and_(is_call, settles))
    rows = spans.select(_FACTS).filter(telling).to_pylist()
    _append(transaction, [_event(span) for span in rows])


def _append(transaction: Transaction, events: list[Event]) -> None:
    """A look that finds nothing new is dropped: apps poll."""
    if not events:
        return
    ordered = sorted(events, key=lambda event: (event["event"] != "seen", event["at_unix_nano"]))
    fresh: dict[object, Event] = {}
    for position, event in enumerate(ordered):
        seen = event["event"] == "seen"
        fresh.setdefault((event["job_name"], event["state"]) if seen else position, event)
    schema = transaction.query("no_job_events").schema
    types = [(each.name, _ARRIVING_TYPES.get(each.name, each.type)) for each in schema]
    rows = pa.Table.from_pylist(list(fresh.values()), schema=pa.schema(types))
    with transaction.bound("arriving_events", rows):
        transaction.execute("append_job_events")


_ARRIVING_TYPES = {"trace_id": pa.binary(16)}


def _event(span: Mapping[str, Any]) -> Event:
    attributes = dict(span["attributes"] or ())
    event: Event = {
        "job_name": span["job_name"],
        "event": "seen",
        "kind": _KIND_OF_OPERATION.get(span["operation"]),
        "at_unix_nano": span["start_time_unix_nano"],
        "submitted_unix_nano": span["start_time_unix_nano"],
        "state": attributes.get(semconv.JOB_STATE),
        "model": span["response_model"] or span["request_model"],
        "labels": labels(attributes.items()),
        **{name: _count(attributes.get(key)) for name, key in _COUNTS.items()},
        **{name: span[name] for name in ("trace_id", "span_id", *PAYER)},
    }
    if span["name"] == semconv.SETTLEMENT_SPAN:
        return event | _settled(span, attributes)
    if span["operation"] in _SUBMITTING:
        event["event"] = "submitted"
    return event


def _settled(span: Mapping[str, Any], attributes: Mapping[str, str]) -> Event:
    """A settlement begins when the job was submitted, and ends when it was told."""
    return {
        "event": "settled",
        "at_unix_nano": span["start_time_unix_nano"] + (span["duration_nano"] or 0),
        "settlement_id": span["settlement_id"],
        "settlements_digest": attributes.get(semconv.JOB_SETTLEMENTS_DIGEST),
        "cost_pico_usd": span["cost_pico_usd"],
        "cost_status": span["cost_status"],
    }


def labels(attributes: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The labels among attributes, by which people break spend down as well."""
    return [(key, value) for key, value in attributes if key.startswith(semconv.LABEL_PREFIX)]


def _count(text: str | None) -> int | None:
    """A whole number that a column holds; None for anything else somebody may send."""
    if text is None or not text.isdecimal() or len(text) > _MOST_DIGITS:
        return None
    return int(text)


_MOST_DIGITS = 18
