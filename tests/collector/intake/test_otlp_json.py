"""OTLP as JSON lands as its protobuf does, and what is wrong with it is said with its place."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from support.collector import RunningCollector, config_for
from support.otlp import NOON, add_exchange, call, call_attributes, request
from support.otlp_json import as_json

from gemledger import semconv
from gemledger_collector.errors import Rejected
from gemledger_collector.receivers.otlp_json import to_protobuf

JSON = {"Content-Type": "application/json"}


def send(collector: RunningCollector, body: bytes, **headers: str) -> Any:
    """POST one request in JSON; its status and its answer."""
    answer = collector.http.post("/v1/traces", content=body, headers=JSON | headers)
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()


def story() -> ExportTraceServiceRequest:
    """Calls with everything a span can have."""
    several = call(1, attributes=call_attributes(response_id="r"))
    add_exchange(several, {semconv.RESPONSE_ID: "r", semconv.INPUT_TOKENS: 10})
    several.links.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    several.parent_span_id = b"p" * 8
    several.status.message = "no"
    several.status.code = Status.STATUS_CODE_ERROR
    odd = {"big": 2**63 - 1, "half": 0.5, "raw": b"\x00\xff", "no": False, "empty": ""}
    nested = {"list": [1, "two", [3.0]], "map": {"deep": {"er": None}}, "none": None}
    captured = {semconv.INPUT_MESSAGES: '[{"role":"user"}]'}
    every: dict[str, Any] = call_attributes() | odd | nested | captured
    return request([several, call(2, attributes=every, start=NOON + 1)])


def test_json_lands_as_its_protobuf_does(tmp_path: Path) -> None:
    """Every column of every table is the same, whichever way the request came."""
    kept = []
    for name in ("protobuf", "json"):
        with RunningCollector(config_for(tmp_path / f"{name}.duckdb")) as collector:
            if name == "json":
                assert send(collector, as_json(story())) == (200, {})
            else:
                assert collector.send(story().SerializeToString()).status_code == 200
            tables = ("spans", "contents", "ledger")
            kept.append([collector.select(f"select * from {each} order by all") for each in tables])
    assert kept[0] == kept[1]
    assert len(kept[0][0]) == 2


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(
    attributes=st.dictionaries(st.text(), values, max_size=5),
    start=st.integers(0, 2**64 - 1),
    kind=st.integers(0, 9),
    style=st.sampled_from(
        [{}, {"preserving_proto_field_name": True}, {"use_integers_for_enums": True}]
    ),
)
def test_printed_and_read_is_the_same_request(
    attributes: dict[str, Any], start: int, kind: int, style: dict[str, bool]
) -> None:
    """Whatever a protobuf request holds, its JSON in any style becomes the very same bytes."""
    span = call(1, attributes=attributes)
    span.start_time_unix_nano, span.kind = start, kind  # type: ignore[assignment]  # any number is one
    message = request([span], resource=attributes)
    read = to_protobuf(as_json(message, **style), ExportTraceServiceRequest)
    assert read == message.SerializeToString()


NAMES = ["resourceSpans", "scopeSpans", "spans", "attributes", "value", "stringValue", "values"]
NAMES += ["arrayValue", "kind", "traceId", "startTimeUnixNano"]
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


def refusal(body: bytes) -> str | None:
    """Why a body is refused; what is read is protobuf."""
    try:
        read = to_protobuf(body, ExportTraceServiceRequest)
    except Rejected as refused:
        return str(refused)
    ExportTraceServiceRequest.FromString(read)
    return None


@settings(max_examples=200, deadline=None)
@given(documents.map(lambda document: json.dumps(document).encode()) | st.binary())
def test_any_json_is_either_read_or_refused_in_one_line(body: bytes) -> None:
    """No body whatever gets anything but bytes or a clear line."""
    said = refusal(body)
    assert said is None or said.startswith(("the JSON is not OTLP: ", "the body is not JSON: "))


def spans_with(**changes: Any) -> bytes:
    """A request of one span with these fields."""
    span = {"traceId": "0a" * 16, "spanId": "0b" * 8, "startTimeUnixNano": NOON, **changes}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


SPAN = "resourceSpans[0].scopeSpans[0].spans[0]"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "the body is not JSON"),
        (b"{", "line 1 column 2"),
        (b"[]", "the body: an object is expected here"),
        (b'{"resourceSpans": {}}', "resourceSpans: an array is expected here"),
        (spans_with(traceId="xyz"), f"{SPAN}.traceId: hex digits are expected here"),
        (spans_with(kind="SPAN_KIND_ODD"), f"{SPAN}.kind: a number or a name of SpanKind"),
        (spans_with(endTimeUnixNano="soon"), f"{SPAN}.endTimeUnixNano: an integer is expected"),
        (spans_with(endTimeUnixNano=-1), f"{SPAN}.endTimeUnixNano: a value that this field"),
        (spans_with(endTimeUnixNano=True), f"{SPAN}.endTimeUnixNano: an integer is expected"),
        (spans_with(name="\ud800"), f"{SPAN}.name: a value that this field cannot hold"),
        (
            spans_with(attributes=[{"key": "k", "value": {"stringValue": 7}}]),
            f"{SPAN}.attributes[0].value.stringValue: a string is expected here",
        ),
        (
            spans_with(attributes=[{"key": "k", "value": {"stringValue": "a", "intValue": 1}}]),
            f"{SPAN}.attributes[0].value.intValue: stands beside another value",
        ),
        (b'{"resourceSpans": NaN}', "NaN without quotes is not JSON"),
        (b"[" * 10_000, "nested too deeply"),
        (b'{"a": "\xff"}', "not UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(body: bytes, says: str) -> None:
    """A path as in the JSON itself, and never the value: it may be a prompt."""
    with pytest.raises(Rejected) as caught:
        to_protobuf(body, ExportTraceServiceRequest)
    assert says in str(caught.value)


def test_deep_values_are_refused_before_protobuf_refuses_them() -> None:
    """Protobuf reads 100 messages inside each other; what is deeper would be lost later."""
    value: dict[str, Any] = {"stringValue": "end"}
    for _ in range(60):
        value = {"arrayValue": {"values": [value]}}
    with pytest.raises(Rejected, match="nested deeper than 90"):
        to_protobuf(
            spans_with(attributes=[{"key": "k", "value": value}]), ExportTraceServiceRequest
        )


def test_answers_are_json_too(collector: RunningCollector) -> None:
    """What was left out as partialSuccess, what is refused as google.rpc.Status, unknown keys passed over."""
    status, answer = send(collector, spans_with(traceId="0a", futureField={"x": 1}))
    assert (status, answer["partialSuccess"]["rejectedSpans"]) == (200, "1")
    status, answer = send(collector, b'{"resourceSpans": 7}')
    assert (status, answer["code"]) == (400, 3)
    assert answer["message"].endswith("resourceSpans: an array is expected here")


def test_large_json_is_read_beside_the_others_and_bounded(tmp_path: Path) -> None:
    """JSON needs many times its size of memory: it has a limit of its own, and its turn."""
    limits = {"max_json_bytes": "100KB"}
    with RunningCollector(config_for(tmp_path / "x.duckdb", http=limits)) as collector:
        spans = [call(number) for number in range(40)]
        body = as_json(request(spans))
        assert 16 * 2**10 < len(body) < 100_000
        assert send(collector, body) == (200, {})
        status, answer = send(collector, as_json(request(spans * 3)))
        assert (status, answer["code"]) == (413, 8)
        assert collector.select("select count(*) from calls") == [[40]]
        via = 'gemledger_collector_requests_received_total{via="traces http/json identity"}'
        assert collector.metric(via) == 1
