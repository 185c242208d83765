"""``GET /api/v1/calls/{trace_id}/{span_id}``: everything of one call, and how each part of it was priced."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from gemledger import semconv
from gemledger_collector.api.book_rows import BookRow, rows_named
from gemledger_collector.api.call_rows import Call, Pico, Row, call_of, pico, words
from gemledger_collector.api.context import Ask, Who
from gemledger_collector.api.freshness import Versioned
from gemledger_collector.api.noting import note
from gemledger_collector.api.ranges import Around
from gemledger_collector.api.span_parts import (
    SpanEvent,
    SpanLink,
    attributes_of,
    events_of,
    links_of,
    tell_content,
)
from gemledger_collector.api.workings import Working, workings
from gemledger_collector.errors import NotFound
from gemledger_collector.storage.calls import span

router = APIRouter(tags=["calls"])

TraceId = Annotated[str, Path(pattern="^[0-9a-fA-F]{32}$")]
SpanId = Annotated[str, Path(pattern="^[0-9a-fA-F]{16}$")]

_QUANTITIES = (
    "grounding_queries",
    "grounded_prompts",
    "maps_queries",
    "enterprise_prompts",
    "images",
    "video_seconds",
    "audio_seconds",
    "songs",
    "resolution",
)
_REQUEST = ("stream", "temperature", "top_p", "top_k", "max_tokens", "seed", "choice_count")
_FACTS = (
    "account_project",
    "account_location",
    "account_key_digest",
    "traffic_type",
    "server_address",
    "server_port",
    "cache_name",
    "job_name",
    "stream_chunks",
    "stream_max_gap_seconds",
    "prompt_block_reason",
    "long_context",
    "total_tokens",
    "scope_version",
    "status_message",
    "trace_state",
)


class Tokens(BaseModel):
    """Tokens of one modality; null where the sender did not tell."""

    modality: str
    input: int | None
    output: int | None
    cache_read: int | None


class Line(BaseModel):
    """One line of the cost; lines sum to it. ``app`` is what the app reckoned, where that differs."""

    line: str
    pico_usd: Pico
    app_pico_usd: Pico


class Pricing(BaseModel):
    """By which rates: rows of the book in use now; a row of an older book is named, but not shown."""

    book: str | None
    price_row: list[str]
    rows: list[BookRow]


class AppPrice(BaseModel):
    """What the application itself reckoned."""

    cost_pico_usd: Pico
    cost_upper_pico_usd: Pico
    cost_status: str | None
    cost_reasons: list[str]
    book: str | None
    price_row: list[str]


class SingleCall(BaseModel):
    """Everything of one call."""

    call: Call
    parent_span_id: str | None
    name: str | None
    superseded_by: str | None = Field(
        description="the span that counts instead; null: this one does"
    )
    tokens: list[Tokens]
    quantities: dict[str, int | str | None] = Field(description="what is billed that is no token")
    lines: list[Line]
    workings: list[Working] = Field(
        description="what each line is the sum of; empty where the book in use now prices the call otherwise"
    )
    pricing: Pricing
    app: AppPrice
    exchanges: list[SpanEvent] = Field(description="of a call that made several: usage of each")
    retry_statuses: list[str]
    request: dict[str, int | float | bool | None]
    facts: dict[str, int | float | bool | str | None]
    resource: dict[str, Any]
    attributes: dict[str, Any]
    events: list[SpanEvent]
    links: list[SpanLink]


@router.get("/api/v1/calls/{trace_id}/{span_id}", dependencies=[Versioned("at")])
def get_call(ask: Ask, who: Who, trace_id: TraceId, span_id: SpanId, around: Around) -> SingleCall:
    """Tokens, cost lines and their rates, the app's own price, exchanges, retries, repairs, attribution.

    ``at``, its start_time as a list told it, finds it soonest. Attributes with content take the scope
    ``content``, and are noted in the audit.
    """
    with ask.store.reading() as snapshot:
        row = span(snapshot, trace_id, int(span_id, 16), (around.since, around.until))
    if row is None or row["cost_status"] is None:
        raise NotFound(
            f"no call {trace_id}/{span_id} is stored that began in the time looked at; "
            "without `at`, the last 400 days are"
        )
    with_content = who.may("content")
    if with_content and tell_content([row]):
        note(ask, who, "content", {"trace_id": trace_id.lower(), "span_id": span_id.lower()})
    return _single(ask, row, with_content=with_content)


def _single(ask: Ask, row: Row, *, with_content: bool) -> SingleCall:
    events = events_of(row, with_content=with_content)
    app_lines = json.loads(row["app_lines"] or "{}")
    superseded, parent = row["superseded_by"], row["parent_span_id"]
    return SingleCall(
        call=call_of(row),
        parent_span_id=None if parent is None else f"{parent:016x}",
        name=row["name"],
        superseded_by=None if superseded is None else f"{superseded:016x}",
        tokens=_tokens(row),
        quantities={name: row[name] for name in _QUANTITIES if row[name] is not None},
        lines=_lines(row, app_lines),
        workings=workings(row, ask.book),
        pricing=_pricing(ask, row),
        app=_app(row),
        exchanges=[event for event in events if event.name == semconv.EXCHANGE_EVENT],
        retry_statuses=words(row["retry_statuses"]),
        request={name: row[f"request_{name}"] for name in _REQUEST},
        facts={name: row[name] for name in _FACTS},
        resource=_resource(row["resource"]),
        attributes=attributes_of(row, with_content=with_content),
        events=[event for event in events if event.name != semconv.EXCHANGE_EVENT],
        links=links_of(row, with_content=with_content),
    )


def _tokens(row: Row) -> list[Tokens]:
    found = []
    for modality in semconv.MODALITIES:
        counts = [row[f"{modality}_{kind}_tokens"] for kind in ("input", "output", "cache_read")]
        if any(count is not None for count in counts):
            found.append(
                Tokens(modality=modality, input=counts[0], output=counts[1], cache_read=counts[2])
            )
    return found


def _lines(row: Row, app_lines: dict[str, int]) -> list[Line]:
    return [
        Line(line=line, pico_usd=pico(amount), app_pico_usd=pico(app_lines.get(line)))
        for line in semconv.COST_LINES
        if (amount := row[f"{line}_pico_usd"]) is not None or line in app_lines
    ]


def _pricing(ask: Ask, row: Row) -> Pricing:
    names = words(row["price_row"])
    return Pricing(book=row["price_book"], price_row=names, rows=rows_named(ask.book, names))


def _app(row: Row) -> AppPrice:
    return AppPrice(
        cost_pico_usd=pico(row["app_cost_pico_usd"]),
        cost_upper_pico_usd=pico(row["app_cost_upper_pico_usd"]),
        cost_status=row["app_cost_status"],
        cost_reasons=words(row["app_cost_reasons"]),
        book=row["app_price_book"],
        price_row=words(row["app_price_row"]),
    )


def _resource(written: str | None) -> dict[str, Any]:
    try:
        read = json.loads(written or "{}")
    except ValueError:
        return {"(not readable)": written}
    return read if isinstance(read, dict) else {}
