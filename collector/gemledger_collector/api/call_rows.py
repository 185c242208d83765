"""Calls and spans as the API shows them: ids in hex, times in ISO 8601, money as strings of picoUSD."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from gemledger_collector.api.context import iso

Row = Mapping[str, Any]
Pico = str | None
"""PicoUSD in a decimal string; null: unknown, which is not zero."""


class Call(BaseModel):
    """One call, as a list shows it. Tokens are totals as on the wire: input has cache reads in it, output thoughts."""

    trace_id: str
    span_id: str
    start_time: str
    duration_ms: float | None
    time_to_first_chunk_ms: float | None
    operation: str | None
    provider: str | None
    model: str | None = Field(description="that answered, else that was asked for: what is priced")
    request_model: str | None
    response_model: str | None
    platform: str | None
    region: str | None
    service_tier: str | None
    service: str | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    thoughts_tokens: int | None
    tool_use_tokens: int | None
    cost_pico_usd: Pico
    cost_upper_pico_usd: Pico
    cost_status: str | None
    cost_reasons: list[str]
    repairs: list[str] = Field(description="what the collector mended of the sender's counts")
    error_type: str | None
    error_kind: str | None
    finish_reasons: list[str]
    stream_state: str | None
    attempts: int | None
    exchanges: int | None
    team: str | None
    cost_center: str | None
    feature: str | None
    user_id: str | None
    environment: str | None
    prompt_version: str | None
    attribution_rule: str | None = Field(description="the collector's rule that said who pays")
    purpose: str | None
    conversation_id: str | None
    response_id: str | None
    instrumentation: str | None


_WORDS = ("cost_reasons", "repairs", "finish_reasons")
_RENAMED = {"service": "service_name", "instrumentation": "scope_name"}
_MADE = (
    "trace_id",
    "span_id",
    "start_time",
    "duration_ms",
    "time_to_first_chunk_ms",
    "cost_pico_usd",
    "cost_upper_pico_usd",
    "model",
    *_WORDS,
)
_PLAIN = {name: _RENAMED.get(name, name) for name in Call.model_fields if name not in _MADE}


def call_of(row: Row) -> Call:
    """A row of ``spans`` as a list shows it."""
    first_chunk = row["time_to_first_chunk_seconds"]
    return Call.model_construct(
        **{name: row[column] for name, column in _PLAIN.items()},
        **{name: words(row[name]) for name in _WORDS},  # type: ignore[arg-type]  # not the first argument
        trace_id=hex_trace(row["trace_id"]),
        span_id=hex_span(row["span_id"]),
        start_time=moment(row["start_time_unix_nano"]),
        duration_ms=milliseconds(row["duration_nano"]),
        time_to_first_chunk_ms=None if first_chunk is None else first_chunk * 1000,
        model=row["response_model"] or row["request_model"],
        cost_pico_usd=pico(row["cost_pico_usd"]),
        cost_upper_pico_usd=pico(row["cost_upper_pico_usd"]),
    )


def hex_trace(trace_id: object) -> str:
    """32 hex digits."""
    return str(trace_id).replace("-", "")


def hex_span(span_id: int) -> str:
    """16 hex digits."""
    return f"{span_id:016x}"


def moment(unix_nano: int) -> str:
    """ISO 8601 in UTC."""
    text = iso(unix_nano)
    assert text is not None
    return text


def milliseconds(nano: int | None) -> float | None:
    """Of nanoseconds."""
    return None if nano is None else nano / 1e6


def pico(amount: int | None) -> Pico:
    """A string: a browser's numbers end at 2**53."""
    return None if amount is None else str(int(amount))


def words(joined: str | None) -> list[str]:
    """What one column holds joined by commas."""
    return joined.split(",") if joined else []
