"""A trace and all of one call, as the collector tells them, typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.frame.json_parts import moment
from gemledger_dashboard.spend.sums import Json
from gemledger_dashboard.traces.call_answers import Call, Cost, call, cost, pico

EXCHANGE = "gemledger.exchange"
"""The event of one exchange, of a call that made several."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened within a span; ``time`` is None where it cannot be."""

    name: str
    time: datetime | None
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TraceSpan:
    """One span of a trace; ``call`` where it is a model call. ``superseded_by`` names the span that counts instead."""

    span_id: str
    depth: int
    name: str
    kind: str
    status: str
    status_message: str | None
    service: str | None
    instrumentation: str | None
    start: datetime
    offset_ms: float
    duration_ms: float | None
    superseded_by: str | None
    call: Call | None
    attributes: Mapping[str, Any]
    events: tuple[Event, ...]

    @property
    def failed(self) -> bool:
        """Whether it ended in an error, by its own account or as a call."""
        error = self.call is not None and self.call.outcome.error_type is not None
        return error or self.status == "error"


@dataclass(frozen=True, slots=True)
class Trace:
    """Spans in the order of a waterfall: each one's children after it."""

    trace_id: str
    start: datetime
    duration_ms: float
    calls: int
    cost_pico_usd: int | None
    unpriced_calls: int
    services: tuple[str, ...]
    truncated: bool
    spans: tuple[TraceSpan, ...]

    def span(self, span_id: str | None) -> TraceSpan | None:
        """The span of that id; None where it is not here."""
        return next((span for span in self.spans if span.span_id == span_id), None)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cost; ``app`` is what the app reckoned, where that differs."""

    line: str
    pico_usd: int | None
    app_pico_usd: int | None


@dataclass(frozen=True, slots=True)
class Modality:
    """Tokens of one kind of input and output; None where the sender did not tell."""

    modality: str
    input: int | None
    output: int | None
    cache_read: int | None


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One dated set of rates: where it was read, and when."""

    row: str
    from_day: date
    until_day: date | None
    per_token: Mapping[str, int]
    per_unit: Mapping[str, int]
    confidence: str
    inferred: tuple[str, ...]
    source: str
    read_on: str
    layer: str


@dataclass(frozen=True, slots=True)
class Working:
    """So many of a cell or unit times its rate; ``exchange`` counts from 1 where there were several."""

    exchange: int | None
    cell: str
    line: str
    count: int
    rate_pico_usd: int
    pico_usd: int
    row: str


@dataclass(frozen=True, slots=True)
class AppPrice:
    """What the application itself reckoned."""

    cost: Cost
    book: str | None


@dataclass(frozen=True, slots=True)
class SingleCall:
    """Everything of one call. ``workings`` is empty where the book of that day is no longer in use."""

    call: Call
    superseded_by: str | None
    modalities: tuple[Modality, ...]
    quantities: Mapping[str, Any]
    lines: tuple[Line, ...]
    workings: tuple[Working, ...]
    book: str | None
    row_names: tuple[str, ...]
    rows: tuple[PriceRow, ...]
    app: AppPrice
    exchanges: tuple[Event, ...]
    retry_statuses: tuple[str, ...]
    others: Mapping[str, Mapping[str, Any]]


def trace(body: Json) -> Trace:
    """`/api/v1/traces/{trace_id}`."""
    return Trace(
        trace_id=str(body["trace_id"]),
        start=datetime.fromisoformat(body["start_time"]),
        duration_ms=float(body["duration_ms"]),
        calls=int(body["calls"]),
        cost_pico_usd=pico(body["cost_pico_usd"]),
        unpriced_calls=int(body["unpriced_calls"]),
        services=tuple(body["services"]),
        truncated=bool(body["truncated"]),
        spans=tuple(_span(row) for row in body["spans"]),
    )


def single_call(body: Json) -> SingleCall:
    """`/api/v1/calls/{trace_id}/{span_id}`."""
    pricing = body["pricing"]
    return SingleCall(
        call=call(body["call"]),
        superseded_by=body["superseded_by"],
        modalities=tuple(
            Modality(*(row[name] for name in ("modality", "input", "output", "cache_read")))
            for row in body["tokens"]
        ),
        quantities=dict(body["quantities"]),
        lines=tuple(
            Line(row["line"], pico(row["pico_usd"]), pico(row["app_pico_usd"]))
            for row in body["lines"]
        ),
        workings=tuple(_working(row) for row in body.get("workings", ())),
        book=pricing["book"],
        row_names=tuple(pricing["price_row"]),
        rows=tuple(_price_row(row) for row in pricing["rows"]),
        app=AppPrice(cost(body["app"]), body["app"]["book"]),
        exchanges=tuple(_event(row) for row in body["exchanges"]),
        retry_statuses=tuple(str(status) for status in body["retry_statuses"]),
        others={name: body[name] for name in ("request", "facts", "attributes", "resource")},
    )


def _span(row: Json) -> TraceSpan:
    return TraceSpan(
        span_id=str(row["span_id"]),
        depth=int(row["depth"]),
        name=row["name"] or "(no name)",
        kind=str(row["kind"]),
        status=str(row["status"]),
        status_message=row["status_message"],
        service=row["service"],
        instrumentation=row["instrumentation"],
        start=datetime.fromisoformat(row["start_time"]),
        offset_ms=float(row["offset_ms"]),
        duration_ms=row["duration_ms"],
        superseded_by=row["superseded_by"],
        call=None if row["call"] is None else call(row["call"]),
        attributes=dict(row["attributes"]),
        events=tuple(_event(event) for event in row["events"]),
    )


def _event(row: Json) -> Event:
    return Event(str(row["name"]), moment(row["time"]), dict(row["attributes"]))


def _working(row: Json) -> Working:
    return Working(
        row["exchange"],
        str(row["cell"]),
        str(row["line"]),
        int(row["count"]),
        parse_pico(row["rate_pico_usd"]),
        parse_pico(row["pico_usd"]),
        str(row["row"]),
    )


def _price_row(row: Json) -> PriceRow:
    until = row["until_date"]
    return PriceRow(
        row=str(row["row"]),
        from_day=date.fromisoformat(row["from_date"]),
        until_day=None if until is None else date.fromisoformat(until),
        per_token=_picos(row["pico_usd_per_token"]),
        per_unit=_picos(row["pico_usd_per_unit"]),
        confidence=str(row["confidence"]),
        inferred=tuple(row["inferred"]),
        source=str(row["source"]),
        read_on=str(row["read_on"]),
        layer=str(row["layer"]),
    )


def _picos(rates: Json) -> Mapping[str, int]:
    return {str(name): parse_pico(text) for name, text in rates.items()}
