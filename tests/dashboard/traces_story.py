"""Traces as apps send them: an agent with calls of every fate, one with too many spans, one of another library."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from support.collector import RunningCollector
from support.otlp import SECOND, Value, add_exchange, call, call_attributes, payload

from gemledger import semconv

NOW = datetime.now(UTC).replace(microsecond=0)
BEGIN = int((NOW - timedelta(hours=1)).timestamp()) * SECOND
AGENT, MANY, FOREIGN = 1_000, 2_000, 3_000
"""Numbers of traces, from which their ids follow."""
STREAMED, FAILED, UNPRICED, ABANDONED, SEVERAL, TOOL = range(AGENT + 1, AGENT + 7)
NOBODY = "nobody-knows"
HOSTILE = "<b>search</b> =cmd() \N{SNAKE} " + "x" * 10_000
QUESTION, ANSWER = "How *long* does <b>it</b> last?", "Six weeks, $5 and $6. " * 200


def trace_id(number: int) -> str:
    """The id of a trace, in hex."""
    return call(number).trace_id.hex()


def span_id(number: int) -> str:
    """The id of a span, in hex."""
    return call(number).span_id.hex()


def send(collector: RunningCollector, *spans: Span, scope: str = semconv.SCOPE_NAME) -> None:
    """Store spans."""
    answer = collector.send(payload(spans, scope=scope))
    assert answer.status_code == 200, answer.text


def step(number: int, trace: int, after: float, seconds: float, **attributes: Value) -> Span:
    """A span that is no model call, so many seconds after its trace began."""
    span = call(
        number,
        trace=trace,
        start=BEGIN + round(after * SECOND),
        seconds=seconds,
        attributes=attributes,
    )
    span.name, span.kind = "step", Span.SPAN_KIND_INTERNAL
    return span


def asked(
    number: int, after: float, seconds: float, *, trace: int = AGENT, **changes: Value
) -> Span:
    """A model call of the agent."""
    given: dict[str, Value] = {
        "exchanges": 1,
        "attempts": 1,
        "response_id": f"response-{number}",
        "conversation_id": "conversation-7",
        "attribution_feature": HOSTILE,
        "attribution_user_id": "ada",
    }
    span = call(
        number,
        trace=trace,
        start=BEGIN + round(after * SECOND),
        seconds=seconds,
        attributes=call_attributes(**(given | changes)),
    )
    span.parent_span_id = call(trace).span_id
    return span


def agent() -> list[Span]:
    """A streamed call with content, a failed, an unpriced, an abandoned one, one of two requests, and a tool."""
    root = step(AGENT, AGENT, 0, 10)
    root.name = "answer a customer"
    tool = step(TOOL, AGENT, 9, 0.5, deep={"a": [1, "<i>"]})
    tool.name, tool.parent_span_id = "look up", root.span_id
    tool.status.code, tool.status.message = Status.STATUS_CODE_ERROR, "no such order"
    return [root, streamed(), failed(), *doubtful(), several(), tool]


def streamed() -> Span:
    """A stream that came to its end, with what was asked and answered."""
    return asked(
        STREAMED,
        0.5,
        2,
        request_stream=True,
        stream_state="complete",
        time_to_first_chunk_seconds=0.4,
        cache_read_input_tokens=300,
        reasoning_output_tokens=40,
        input_messages=said("user", QUESTION),
        output_messages=said("assistant", ANSWER),
    )


def failed() -> Span:
    """Three tries, all refused."""
    span = asked(
        FAILED,
        3,
        1,
        error_type="ResourceExhausted",
        error_kind="rate_limited_per_minute",
        attempts=3,
        exchanges=0,
        retry_statuses=["429", "503"],
        input_tokens=None,
        output_tokens=None,
        cache_read_input_tokens=None,
        response_finish_reasons=None,
    )
    span.status.code = Status.STATUS_CODE_ERROR
    return span


def doubtful() -> Iterable[Span]:
    """A call without a price, and one whose app stopped listening."""
    yield asked(UNPRICED, 4.5, 1, request_model=NOBODY, response_model=NOBODY)
    yield asked(
        ABANDONED,
        5.5,
        1,
        request_stream=True,
        stream_state="abandoned",
        time_to_first_chunk_seconds=0.25,
        cost_reasons=["partial_usage"],
    )


def several() -> Span:
    """Two requests of one call, the second above the step of price."""
    model: dict[str, Any] = dict.fromkeys(("request_model", "response_model"), "gemini-2.5-pro")
    span = asked(
        SEVERAL, 7, 2, exchanges=2, attempts=2, input_tokens=400_000, output_tokens=20, **model
    )
    for tokens in (150_000, 250_000):
        add_exchange(
            span,
            {
                semconv.RESPONSE_MODEL: "gemini-2.5-pro",
                semconv.SERVICE_TIER: "standard",
                semconv.INPUT_TOKENS: tokens,
                semconv.OUTPUT_TOKENS: 10,
                semconv.CACHE_READ_INPUT_TOKENS: 0,
            },
        )
    span.events[0].time_unix_nano -= SECOND
    return span


def many(count: int) -> list[Span]:
    """One trace of so many spans."""
    root = step(MANY, MANY, 0, count / 10)
    children = [step(MANY + place, MANY, place / 10, 0.05) for place in range(1, count)]
    for child in children:
        child.parent_span_id = root.span_id
    return [root, *children]


def foreign() -> Span:
    """A call as OpenInference tells of it."""
    attributes: dict[str, Value] = {
        "openinference.span.kind": "LLM",
        "llm.provider": "google",
        "llm.model_name": "gemini-2.5-flash",
        "llm.token_count.prompt": 1_000,
        "llm.token_count.completion": 100,
        "llm.token_count.total": 1_100,
    }
    span = call(FOREIGN, trace=FOREIGN, start=BEGIN, attributes=attributes)
    span.name = "GenerateContent"
    return span


def said(role: str, text: str) -> str:
    """Captured messages as the attribute holds them."""
    messages: list[dict[str, Any]] = [{"role": role, "parts": [{"type": "text", "content": text}]}]
    return json.dumps(messages)


def tell_all(collector: RunningCollector) -> None:
    """Send all of it."""
    send(collector, *agent())
    send(collector, *many(620))
    send(collector, foreign(), scope="openinference.instrumentation.google_genai")
