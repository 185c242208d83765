"""``GET /api/v1/traces/{trace_id}``: every span of a trace as a tree, those that are no model calls included."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gemledger_collector.api.call_rows import (
    Call,
    Pico,
    Row,
    call_of,
    hex_span,
    milliseconds,
    moment,
)
from gemledger_collector.api.context import Ask, Who
from gemledger_collector.api.freshness import Versioned
from gemledger_collector.api.noting import note
from gemledger_collector.api.ranges import Around
from gemledger_collector.api.single_call import TraceId
from gemledger_collector.api.span_parts import (
    SpanEvent,
    SpanLink,
    attributes_of,
    events_of,
    links_of,
    tell_content,
)
from gemledger_collector.errors import NotFound
from gemledger_collector.storage.calls import trace

router = APIRouter(tags=["calls"])

_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_STATUSES = ("unset", "ok", "error")


class TraceSpan(BaseModel):
    """One span. ``call`` is there where it is a model call that may be billed."""

    span_id: str
    parent_span_id: str | None
    depth: int = Field(description="0: nobody's child, or of a span that is not stored")
    name: str | None
    kind: str
    status: str
    status_message: str | None
    service: str | None
    instrumentation: str | None
    start_time: str
    offset_ms: float = Field(description="after the first span of the trace")
    duration_ms: float | None
    superseded_by: str | None
    call: Call | None
    attributes: dict[str, Any]
    events: list[SpanEvent]
    links: list[SpanLink]


class Trace(BaseModel):
    """Spans in the order of a waterfall: each one's children after it, by start."""

    trace_id: str
    start_time: str
    duration_ms: float
    calls: int
    cost_pico_usd: Pico = Field(description="of the calls that count; null: none has a price")
    unpriced_calls: int
    services: list[str]
    truncated: bool
    spans: list[TraceSpan]


@router.get("/api/v1/traces/{trace_id}", dependencies=[Versioned("at")])
def get_trace(
    ask: Ask,
    who: Who,
    trace_id: TraceId,
    around: Around,
    limit: Annotated[int, Query(ge=1, le=5_000)] = 1_000,
) -> Trace:
    """Every span, with kind, events and links; the first ``limit`` of them by start.

    ``at``, the start_time of one of its calls, finds it soonest. Attributes with content take that scope,
    and are noted in the audit.
    """
    with ask.store.reading() as snapshot:
        rows = trace(snapshot, trace_id, (around.since, around.until), limit + 1)
    if not rows:
        raise NotFound(
            f"no span of trace {trace_id} is stored that began in the time looked at; "
            "without `at`, the last 400 days are"
        )
    shown, with_content = rows[:limit], who.may("content")
    if with_content and tell_content(shown):
        note(ask, who, "content", {"trace_id": trace_id.lower()})
    return _trace(trace_id.lower(), shown, len(rows) > limit, with_content=with_content)


def _trace(trace_id: str, rows: Sequence[Row], truncated: bool, *, with_content: bool) -> Trace:
    first = rows[0]["start_time_unix_nano"]
    last = max(row["start_time_unix_nano"] + (row["duration_nano"] or 0) for row in rows)
    counting = [row for row in rows if row["cost_status"] and row["superseded_by"] is None]
    costs = [row["cost_pico_usd"] for row in counting if row["cost_pico_usd"] is not None]
    return Trace(
        trace_id=trace_id,
        start_time=moment(first),
        duration_ms=(last - first) / 1e6,
        calls=len(counting),
        cost_pico_usd=str(sum(costs)) if costs else None,
        unpriced_calls=len(counting) - len(costs),
        services=sorted({row["service_name"] for row in rows if row["service_name"]}),
        truncated=truncated,
        spans=[_span(row, depth, first, with_content) for row, depth in _in_order(rows)],
    )


def _in_order(rows: Sequence[Row]) -> Iterator[tuple[Row, int]]:
    """Each span before its children, with its depth; what is in a circle hangs on the first of it."""
    children: dict[int | None, list[Row]] = {}
    there = {row["span_id"] for row in rows}
    for row in rows:
        parent = row["parent_span_id"]
        children.setdefault(parent if parent in there else None, []).append(row)
    told: set[int] = set()
    for start in (*children.get(None, ()), *rows):  # rows again: circles have no root
        waiting = [(start, 0)]
        while waiting:
            row, depth = waiting.pop()
            if row["span_id"] in told:
                continue
            told.add(row["span_id"])
            yield row, depth
            below = children.get(row["span_id"], ())
            waiting.extend((child, depth + 1) for child in reversed(below))


def _span(row: Row, depth: int, first: int, with_content: bool) -> TraceSpan:
    parent, superseded = row["parent_span_id"], row["superseded_by"]
    return TraceSpan(
        span_id=hex_span(row["span_id"]),
        parent_span_id=None if parent is None else hex_span(parent),
        depth=depth,
        name=row["name"],
        kind=_named(_KINDS, row["kind"]),
        status=_named(_STATUSES, row["status_code"]),
        status_message=row["status_message"],
        service=row["service_name"],
        instrumentation=row["scope_name"],
        start_time=moment(row["start_time_unix_nano"]),
        offset_ms=(row["start_time_unix_nano"] - first) / 1e6,
        duration_ms=milliseconds(row["duration_nano"]),
        superseded_by=None if superseded is None else hex_span(superseded),
        call=call_of(row) if row["cost_status"] else None,
        attributes=attributes_of(row, with_content=with_content),
        events=events_of(row, with_content=with_content),
        links=links_of(row, with_content=with_content),
    )


def _named(names: Sequence[str], number: int | None) -> str:
    return names[number] if number is not None and number < len(names) else names[0]
