"""Single calls as the collector lists them, typed. Money is an integer of picoUSD."""

from dataclasses import dataclass
from datetime import datetime

from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.spend.sums import Json

_TOKENS = ("input", "output", "cache_read", "thoughts", "tool_use")
_PAYER = (
    "team",
    "cost_center",
    "feature",
    "user_id",
    "environment",
    "prompt_version",
    "attribution_rule",
    "purpose",
)
_SERVED = (
    "operation",
    "model",
    "request_model",
    "service_tier",
    "platform",
    "region",
    "service",
    "instrumentation",
)
"""The API's names, in the order of the fields below."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call cost (None: nobody knows), the most it can have been, and how sure that is."""

    pico_usd: int | None
    upper_pico_usd: int | None
    status: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens as they are on the wire: input has cache reads and tools in it, output thoughts."""

    input: int | None
    output: int | None
    cache_read: int | None
    thoughts: int | None
    tool_use: int | None


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, and by which of the collector's rules (None: the app said so)."""

    team: str | None
    cost_center: str | None
    feature: str | None
    user: str | None
    environment: str | None
    prompt_version: str | None
    rule: str | None
    purpose: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call went."""

    error_type: str | None
    error_kind: str | None
    finish_reasons: tuple[str, ...]
    stream_state: str | None
    attempts: int | None
    exchanges: int | None


@dataclass(frozen=True, slots=True)
class Served:
    """Who was asked for what, and where."""

    operation: str | None
    model: str | None
    request_model: str | None
    tier: str | None
    platform: str | None
    region: str | None
    service: str | None
    instrumentation: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """One call."""

    trace_id: str
    span_id: str
    start: datetime
    duration_ms: float | None
    first_chunk_ms: float | None
    cost: Cost
    tokens: Tokens
    payer: Payer
    outcome: Outcome
    served: Served
    repairs: tuple[str, ...]
    conversation_id: str | None
    response_id: str | None


@dataclass(frozen=True, slots=True)
class Calls:
    """One page of calls, and the cursor of the next; None: there is none."""

    calls: tuple[Call, ...]
    next: str | None


def calls(body: Json) -> Calls:
    """`/api/v1/calls`."""
    return Calls(tuple(call(row) for row in body["calls"]), body["next"])


def call(row: Json) -> Call:
    """One call, as lists and traces have it."""
    return Call(
        trace_id=str(row["trace_id"]),
        span_id=str(row["span_id"]),
        start=datetime.fromisoformat(row["start_time"]),
        duration_ms=row["duration_ms"],
        first_chunk_ms=row["time_to_first_chunk_ms"],
        cost=cost(row),
        tokens=Tokens(*(row[f"{name}_tokens"] for name in _TOKENS)),
        payer=_payer(row),
        outcome=_outcome(row),
        served=_served(row),
        repairs=tuple(row["repairs"]),
        conversation_id=row["conversation_id"],
        response_id=row["response_id"],
    )


def cost(row: Json) -> Cost:
    """The fields of a cost, where they stand together."""
    return Cost(
        pico(row["cost_pico_usd"]),
        pico(row["cost_upper_pico_usd"]),
        row["cost_status"],
        tuple(row["cost_reasons"]),
    )


def pico(text: str | None) -> int | None:
    """An amount that may be unknown."""
    return None if text is None else parse_pico(text)


def _payer(row: Json) -> Payer:
    return Payer(*(row[name] for name in _PAYER))


def _outcome(row: Json) -> Outcome:
    return Outcome(
        row["error_type"],
        row["error_kind"],
        tuple(row["finish_reasons"]),
        row["stream_state"],
        row["attempts"],
        row["exchanges"],
    )


def _served(row: Json) -> Served:
    return Served(*(row[name] for name in _SERVED))
