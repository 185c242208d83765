"""OTLP requests as senders make them, built with the reference implementation."""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from gemledger import semconv

NOON = 1_793_534_400_000_000_000
"""2026-11-01T12:00:00Z in unix nanoseconds."""
SECOND = 10**9

Value = str | int | float | bool | bytes | Sequence[Any] | Mapping[str, Any] | None


_SCALAR_FIELDS: tuple[tuple[type, str], ...] = (
    (bool, "bool_value"),  # before int, which it is
    (str, "string_value"),
    (int, "int_value"),
    (float, "double_value"),
    (bytes, "bytes_value"),
)


def fill(value: AnyValue, given: Value) -> None:
    """Write a Python value as OTLP has it; None leaves it empty."""
    for kind, name in _SCALAR_FIELDS:
        if isinstance(given, kind):
            setattr(value, name, given)
            return
    if isinstance(given, Mapping):
        value.kvlist_value.SetInParent()
        for key, item in given.items():
            fill(value.kvlist_value.values.add(key=key).value, item)
    elif isinstance(given, Sequence):
        value.array_value.SetInParent()
        for item in given:
            fill(value.array_value.values.add(), item)


def call_attributes(**changes: Value) -> dict[str, Value]:
    """The attributes of an ordinary call; names as in semconv, lower case."""
    attributes: dict[str, Value] = {
        semconv.OPERATION_NAME: "generate_content",
        semconv.PROVIDER_NAME: semconv.PROVIDER_GEMINI,
        semconv.REQUEST_MODEL: "gemini-2.5-flash",
        semconv.RESPONSE_MODEL: "gemini-2.5-flash",
        semconv.RESPONSE_FINISH_REASONS: ["stop"],
        semconv.SERVER_ADDRESS: "generativelanguage.googleapis.com",
        semconv.INPUT_TOKENS: 1000,
        semconv.OUTPUT_TOKENS: 100,
        semconv.CACHE_READ_INPUT_TOKENS: 0,
        semconv.PLATFORM: "gemini_api",
        semconv.SERVICE_TIER: "standard",
        semconv.ATTRIBUTION_TEAM: "search",
    }
    for name, value in changes.items():
        attributes[getattr(semconv, name.upper())] = value
    return {key: value for key, value in attributes.items() if value is not None}


def call(
    number: int,
    *,
    start: int = NOON,
    attributes: Mapping[str, Value] | None = None,
    trace: int | None = None,
    seconds: float = 1.0,
) -> Span:
    """A span whose ids follow from ``number``, so that the same number is the same span."""
    chance = random.Random(number)
    span = Span(
        trace_id=random.Random(number if trace is None else trace).randbytes(16),
        span_id=chance.randbytes(8),
        name="generate_content",
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=start,
        end_time_unix_nano=start + round(seconds * SECOND),
    )
    for key, value in (call_attributes() if attributes is None else attributes).items():
        fill(span.attributes.add(key=key).value, value)
    return span


def add_exchange(span: Span, attributes: Mapping[str, Value]) -> None:
    """Let a call tell of one of its exchanges."""
    event = span.events.add(name=semconv.EXCHANGE_EVENT, time_unix_nano=span.end_time_unix_nano)
    for key, value in attributes.items():
        fill(event.attributes.add(key=key).value, value)


def request(
    spans: Iterable[Span],
    *,
    scope: str = semconv.SCOPE_NAME,
    resource: Mapping[str, Value] | None = None,
) -> ExportTraceServiceRequest:
    """One export request."""
    message = ExportTraceServiceRequest()
    emitter = message.resource_spans.add()
    for key, value in ({"service.name": "shop"} if resource is None else resource).items():
        fill(emitter.resource.attributes.add(key=key).value, value)
    scoped = emitter.scope_spans.add()
    scoped.scope.name = scope
    scoped.spans.extend(spans)
    return message


def payload(spans: Iterable[Span], *, scope: str = semconv.SCOPE_NAME) -> bytes:
    """One encoded export request."""
    return request(spans, scope=scope).SerializeToString()


def payload_of(*numbers: int, **settings: Any) -> bytes:
    """A request of ordinary calls with these numbers."""
    return payload([call(number, **settings) for number in numbers])
