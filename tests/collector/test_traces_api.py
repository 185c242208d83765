"""A trace as a tree, what its spans hold, and content only for those who may read it."""

import json

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from support.collector import RunningCollector
from support.otlp import NOON, SECOND, Value, call, call_attributes, fill, payload

from gemledger_collector.api.span_parts import attributes_of, events_of
from gemledger_collector.processors.content_attributes import WITHHELD, is_content


def step(number: int, parent: int | None, name: str, **attributes: Value) -> Span:
    """A span of trace 1 that is no model call."""
    span = call(number, trace=1, start=NOON + number * SECOND, attributes=attributes)
    span.name, span.kind = name, Span.SPAN_KIND_INTERNAL
    if parent is not None:
        span.parent_span_id = call(parent).span_id
    return span


@pytest.fixture
def trace() -> list[Span]:
    """An agent with two steps; the first one calls the model."""
    asked = call(2, trace=1, start=NOON + 2 * SECOND)
    asked.parent_span_id = call(1).span_id
    told = asked.events.add(name="gen_ai.choice", time_unix_nano=NOON + 3 * SECOND)
    fill(told.attributes.add(key="gen_ai.completion").value, "an answer")
    fill(told.attributes.add(key="index").value, 0)
    linked = asked.links.add(trace_id=b"\1" * 16, span_id=b"\2" * 8)
    fill(linked.attributes.add(key="why").value, {"of": ["a", 1, 2.5, True, None, b"\xff"]})
    failed = step(3, 0, "tool", deep={"a": [{"b": "c"}]})
    failed.status.code, failed.status.message = Status.STATUS_CODE_ERROR, "no"
    return [step(0, None, "agent"), step(1, 0, "plan"), asked, failed]


def test_a_trace_is_told_as_a_waterfall(collector: RunningCollector, trace: list[Span]) -> None:
    """Parents before children, by start, with kinds, status, events and links readable."""
    assert collector.send(payload(reversed(trace))).status_code == 200
    found = collector.get(f"/api/v1/traces/{trace[0].trace_id.hex()}", at="2026-11-01T12:00:00Z")
    assert [(each["name"], each["depth"]) for each in found["spans"]] == [
        ("agent", 0),
        ("plan", 1),
        ("generate_content", 2),
        ("tool", 1),
    ]
    agent, _, asked, failed = found["spans"]
    assert (agent["kind"], agent["call"], asked["kind"]) == ("internal", None, "client")
    assert (failed["status"], failed["status_message"]) == ("error", "no")
    assert failed["attributes"] == {"deep": {"a": [{"b": "c"}]}}
    assert asked["offset_ms"] == 2000
    assert asked["events"] == [
        {
            "name": "gen_ai.choice",
            "time": "2026-11-01T12:00:03Z",
            "attributes": {"gen_ai.completion": "an answer", "index": 0},
        }
    ]
    [link] = asked["links"]
    assert link["trace_id"] == "01" * 16
    assert link["attributes"] == {"why": {"of": ["a", 1, 2.5, True, None, "ff"]}}
    assert (found["calls"], found["cost_pico_usd"]) == (1, asked["call"]["cost_pico_usd"])
    assert found["services"] == ["shop"]


def test_orphans_and_circles_are_told_once_each(collector: RunningCollector) -> None:
    """A parent that is not stored, and spans that are each other's parents."""
    spans = [step(1, 99, "orphan"), step(2, 3, "left"), step(3, 2, "right")]
    assert collector.send(payload(spans)).status_code == 200
    path = f"/api/v1/traces/{spans[0].trace_id.hex()}"
    found = collector.get(path, at="2026-11-01T12:00:00Z")
    assert [(each["name"], each["depth"]) for each in found["spans"]] == [
        ("orphan", 0),
        ("left", 0),
        ("right", 1),
    ]
    cut = collector.get(path, at="2026-11-01T12:00:00Z", limit=2)
    assert (len(cut["spans"]), cut["truncated"]) == (2, True)
    assert collector.http.get(f"/api/v1/traces/{'1' * 32}").status_code == 404


def test_content_in_attributes_and_events_takes_the_scope_content(
    trace: list[Span],
) -> None:
    """Whichever instrumentation wrote it there; everything else shows."""
    row = {
        "attributes": [("gen_ai.prompt.0.content", "hello"), ("gemledger.label.tier", "gold")],
        "nested_attributes": None,
        "events": [trace[2].events[0].SerializeToString(), b"\xff"],
    }
    assert attributes_of(row, with_content=False) == {
        "gen_ai.prompt.0.content": WITHHELD,
        "gemledger.label.tier": "gold",
    }
    shown, broken = events_of(row, with_content=False)
    assert shown.attributes == {"gen_ai.completion": WITHHELD, "index": 0}
    assert broken.name == "(not readable)"
    assert attributes_of(row, with_content=True)["gen_ai.prompt.0.content"] == "hello"


@pytest.mark.parametrize(
    ("attribute", "content"),
    [
        ("gen_ai.prompt.0.content", True),
        ("gen_ai.completion", True),
        ("gen_ai.input.messages", True),
        ("llm.input_messages.0.message.content", True),
        ("input.value", True),
        ("traceloop.entity.output", True),
        ("gen_ai.tool.call.arguments", True),
        ("gen_ai.usage.input_tokens", False),
        ("gen_ai.response.id", False),
        ("gen_ai.prompt_version", False),
        ("llm.token_count.prompt", False),
        ("gemledger.label.team", False),
    ],
)
def test_what_counts_as_content(attribute: str, content: bool) -> None:
    """Prompts and answers of every instrumentation, and no figure."""
    assert is_content(attribute) is content


def test_captured_content_is_told_and_noted(collector: RunningCollector) -> None:
    """As messages where they are, as text where they were cut; each look is in the audit, also a vain one."""
    messages = [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]
    attributes = call_attributes(input_messages=json.dumps(messages), output_messages="[{cut")
    asked = call(1, attributes=attributes)
    assert collector.send(payload([asked])).status_code == 200
    path = f"/api/v1/contents/{asked.trace_id.hex()}/{asked.span_id.hex()}"
    answer = collector.http.get(path)
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert answer.json()["input_messages"] == messages
    assert answer.json()["output_messages"] == "[{cut"
    assert answer.json()["system_instructions"] is None
    assert collector.http.get(f"/api/v1/contents/{'0' * 32}/{'0' * 16}").status_code == 404
    noted = collector.select("select detail from audit where action = 'content'")
    assert [json.loads(detail)["span_id"] for [detail] in noted] == [
        asked.span_id.hex(),
        "0" * 16,
    ]
