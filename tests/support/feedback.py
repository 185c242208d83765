"""Feedback as apps tell it: a span of its own."""

from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.otlp import NOON, call, call_attributes

from gemledger import semconv


def told(number: int, *, start: int = NOON, **said: Any) -> Span:
    """A feedback whose ids follow from ``number``; ``said`` as in ``gemledger.feedback.*``, None leaves one out."""
    attributes = {
        f"gemledger.feedback.{name}": value
        for name, value in ({"name": "user_feedback"} | said).items()
        if value is not None
    }
    span = call(number, start=start, attributes=attributes, seconds=0)
    span.name = semconv.FEEDBACK_SPAN
    span.kind = Span.SPAN_KIND_INTERNAL
    return span


def answered(number: int, response_id: str, *, start: int = NOON, **changes: Any) -> Span:
    """A call that was answered under this id."""
    return call(number, start=start, attributes=call_attributes(response_id=response_id, **changes))
