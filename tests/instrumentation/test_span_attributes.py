"""Attributes put onto a span the short way are what OpenTelemetry's own way would have made of them."""

from typing import Any

import pytest
from opentelemetry.sdk.trace import Span, SpanLimits, TracerProvider
from opentelemetry.trace import INVALID_SPAN

from gemledger import span_attributes
from gemledger.attributes import Attributes
from gemledger.span_attributes import set_attributes

OURS: Attributes = {
    "text": "a",
    "whole": 1,
    "part": 0.5,
    "yes": True,
    "several": ("a", "b"),
    "again": "new",
}


def made(limits: SpanLimits | None = None) -> Span:
    """A recording span that has two attributes already."""
    provider = TracerProvider(span_limits=limits, shutdown_on_exit=False)
    span = provider.get_tracer("t").start_span("s", attributes={"first": 1, "again": "old"})
    assert isinstance(span, Span)
    return span


@pytest.mark.parametrize(
    "limits",
    [
        None,
        SpanLimits(max_span_attributes=128),
        SpanLimits(max_span_attributes=4),
        SpanLimits(max_span_attributes=0),
        SpanLimits(max_span_attribute_length=2),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_every_way_leads_to_the_same_span(
    limits: SpanLimits | None, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With limits and without, and where OpenTelemetry keeps its attributes in a way we do not know."""
    monkeypatch.setattr(span_attributes, "_KNOWN", known)
    ours, theirs = made(limits), made(limits)
    set_attributes(ours, dict(OURS))
    theirs.set_attributes(OURS)

    assert dict(ours.attributes or {}) == dict(theirs.attributes or {})
    assert ours.dropped_attributes == theirs.dropped_attributes


def test_this_opentelemetry_is_one_we_know() -> None:
    """A canary: if it keeps attributes in another way one day, calls cost a third more, and this test says why."""
    assert span_attributes._KNOWN


def test_a_span_that_has_ended_or_is_none_of_theirs_takes_nothing(caplog: Any) -> None:
    """Whatever the span is, it is asked politely."""
    ended = made()
    ended.end()
    set_attributes(ended, dict(OURS))
    set_attributes(INVALID_SPAN, dict(OURS))

    assert set(ended.attributes or {}) == {"first", "again"}
