"""Decoding compared with the reference implementation, on requests nobody would think of."""

import random
from typing import Any

import pyarrow as pa
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.fuzz_corpus import requests as good_requests
from support.mutations import BYTES, spoil_message
from support.otlp import NOON, call, call_attributes, fill, payload, request

from gemledger import semconv
from gemledger_collector.processors.chain import read
from gemledger_collector.processors.columns import RESOURCE_COLUMNS, SPAN_COLUMNS, Column, Kind
from gemledger_collector.processors.decode import decode

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = st.one_of(
    st.none(),
    TEXT,
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=6),
)
VALUES = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(TEXT, SCALARS, max_size=2)
)
KEYS = st.one_of(TEXT.filter(bool), st.sampled_from([column.attribute for column in SPAN_COLUMNS]))
PAIRS = st.lists(st.tuples(KEYS, VALUES), max_size=8)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """A span with any ids, times and attributes."""
    width = st.sampled_from([0, 8, 16])
    span = Span(
        trace_id=draw(st.binary(min_size=16, max_size=16)),
        span_id=draw(st.binary(min_size=8, max_size=8)),
        parent_span_id=draw(width.flatmap(lambda size: st.binary(min_size=size, max_size=size))),
        name=draw(TEXT),
        kind=draw(st.integers(0, 5)),  # type: ignore[arg-type]  # any number may arrive
        start_time_unix_nano=draw(st.integers(0, 2**64 - 1)),
        end_time_unix_nano=draw(st.integers(0, 2**64 - 1)),
    )
    for key, value in draw(PAIRS):
        fill(span.attributes.add(key=key).value, value)
    return span


@st.composite
def requests(draw: st.DrawFn) -> ExportTraceServiceRequest:
    """An export request of several resources and scopes, some of them empty."""
    message = ExportTraceServiceRequest()
    for _ in range(draw(st.integers(0, 2))):
        emitter = message.resource_spans.add()
        for key, value in draw(st.dictionaries(KEYS, SCALARS, max_size=3)).items():
            fill(emitter.resource.attributes.add(key=key).value, value)
        for _ in range(draw(st.integers(0, 2))):
            scoped = emitter.scope_spans.add()
            scoped.scope.name = draw(TEXT)
            scoped.spans.extend(draw(st.lists(spans(), max_size=3)))
    return message


def is_valid(span: Span) -> bool:
    """What OTLP demands of a span."""
    identified = len(span.trace_id) == 16 and len(span.span_id) == 8
    return (
        identified
        and any(span.trace_id)
        and any(span.span_id)
        and span.start_time_unix_nano < 2**63
    )


def in_column(column: Column, value: AnyValue) -> Any:
    """What the reference says belongs into a column; None where the value is of another kind."""
    kind = value.WhichOneof("value")
    fits = {
        Kind.TEXT: ("string_value",),
        Kind.INTEGER: ("int_value",),
        Kind.FLAG: ("bool_value",),
        Kind.REAL: ("double_value", "int_value"),
    }
    if column.kind is not Kind.WORDS:
        found = getattr(value, kind) if kind in fits[column.kind] else None
        # A whole number in a column of fractions is the nearest double: 2^53 + 1 is not one.
        return float(found) if column.kind is Kind.REAL and found is not None else found
    if kind == "string_value":
        return value.string_value
    words = [word.WhichOneof("value") for word in value.array_value.values]
    if kind != "array_value" or not set(words) <= {"string_value", "int_value"}:
        return None
    return ",".join(
        str(getattr(word, str(word.WhichOneof("value")))) for word in value.array_value.values
    )


def as_text(value: AnyValue) -> str | None:
    """A scalar as the map of further attributes has it."""
    match value.WhichOneof("value"):
        case None:
            return None
        case "bool_value":
            return str(value.bool_value).lower()
        case "double_value":
            return str(pa.scalar(value.double_value).cast(pa.string()).as_py())
        case kind:
            return str(getattr(value, kind))


NESTED = {"array_value": b"a", "kvlist_value": b"k", "bytes_value": b"b"}


def expected_row(span: Span) -> tuple[dict[str, Any], dict[str, Any], dict[str, bytes]]:
    """Columns, further attributes and nested attributes of one span, by the reference."""
    last = {pair.key: pair.value for pair in span.attributes}
    columns: dict[str, Any] = {}
    for column in SPAN_COLUMNS:
        value = last.get(column.attribute)
        found = None if value is None else in_column(column, value)
        columns[column.name] = found
        if found is not None:
            del last[column.attribute]
    text = {
        key: as_text(value)
        for key, value in last.items()
        if value.WhichOneof("value") not in NESTED
    }
    nested = {
        key: encoded(value) for key, value in last.items() if value.WhichOneof("value") in NESTED
    }
    return columns, text, nested


def encoded(value: AnyValue) -> bytes:
    """A nested value as it is kept: a mark, and the protobuf bytes."""
    kind = str(value.WhichOneof("value"))
    inner = getattr(value, kind)
    return NESTED[kind] + (inner if isinstance(inner, bytes) else inner.SerializeToString())


@settings(max_examples=150, deadline=None)
@given(messages=st.lists(requests(), min_size=1, max_size=3))
def test_every_span_is_decoded_as_the_reference_decodes_it(
    messages: list[ExportTraceServiceRequest],
) -> None:
    """Same rows, same columns, same maps; spans that OTLP excludes are counted, per payload."""
    assert_decoded_alike([message.SerializeToString() for message in messages], messages)


def same(ours: Any, theirs: Any) -> bool:
    """Equal, or both no number."""
    return bool(ours == theirs or str(ours) == str(theirs) == "nan")


def assert_decoded_alike(payloads: list[bytes], messages: list[ExportTraceServiceRequest]) -> None:
    """Our rows say what the reference's objects say."""
    decoded = decode(payloads)
    told = [
        [
            span
            for emitter in message.resource_spans
            for scoped in emitter.scope_spans
            for span in scoped.spans
        ]
        for message in messages
    ]
    expected = [span for every in told for span in every if is_valid(span)]
    rows = decoded.batch.spans.to_pylist()
    assert len(rows) == len(expected)
    assert decoded.invalid_spans.tolist() == [
        sum(not is_valid(span) for span in every) for every in told
    ]
    inherited = {column.name for column in RESOURCE_COLUMNS}
    for row, span in zip(rows, expected, strict=True):
        columns, text, nested = expected_row(span)
        for name, value in columns.items():
            if name not in inherited:
                assert same(row[name], value), name
        assert row["trace_id"] == span.trace_id
        assert row["span_id"] == int.from_bytes(span.span_id)
        assert row["start_time_unix_nano"] == span.start_time_unix_nano
        assert row["name"] == span.name
        assert dict(row["attributes"] or []) == text
        assert dict(row["nested_attributes"] or []) == nested


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_the_reference_reads_of_spoiled_bytes_we_read_alike(seed: int) -> None:
    """Bits turned, pieces doubled or lost, values nobody expects: what it accepts we accept, and say the same.

    We accept a little more: what is kept verbatim or not at all is not looked into.
    """
    chance = random.Random(seed)
    message = ExportTraceServiceRequest.FromString(chance.choice(good_requests()))
    spoil_message(chance, message)
    spoiled = message.SerializeToString()
    if chance.random() < 0.7:
        spoiled = chance.choice(BYTES)(chance, spoiled)
    try:
        reference = ExportTraceServiceRequest.FromString(spoiled)
    except DecodeError:
        return
    assert_decoded_alike([spoiled], [reference])


def test_every_attribute_we_know_has_a_column_or_lands_in_the_map() -> None:
    """Nothing that semconv names is lost on the way into the store."""
    names = {
        value
        for name, value in vars(semconv).items()
        if name.isupper() and isinstance(value, str) and "." in value and "/" not in value
    }
    names |= {
        semconv.modality_tokens(modality, direction)
        for modality in semconv.MODALITIES
        for direction in ("input_tokens", "output_tokens", "cache_read.input_tokens")
    }
    names |= {semconv.cost_line(line) for line in semconv.COST_LINES}
    names -= {semconv.SERVICE_NAME, semconv.LABEL_PREFIX, semconv.EXCHANGE_EVENT}
    known = {column.attribute: column for column in SPAN_COLUMNS}
    written: dict[str, Any] = {name: value_for(known.get(name)) for name in names}
    row = decode([payload([call(1, attributes=written)])]).batch.spans.to_pylist()[0]
    rest = dict(row["attributes"] or [])
    for name in names:
        assert (row[known[name].name] is not None) if name in known else (name in rest), name


def value_for(column: Column | None) -> Any:
    """A value of the kind a column takes."""
    kinds: dict[Kind, Any] = {
        Kind.INTEGER: 7,
        Kind.REAL: 0.5,
        Kind.FLAG: True,
        Kind.WORDS: ["a", "b"],
        Kind.TEXT: "text",
    }
    return "text" if column is None else kinds[column.kind]


def test_a_span_takes_from_its_resource_what_it_does_not_say_itself() -> None:
    """Attribution on the resource holds for every span that has none of its own."""
    resource = {
        "service.name": "shop",
        semconv.ATTRIBUTION_TEAM: "web",
        semconv.ATTRIBUTION_FEATURE: "chat",
    }
    attributes = call_attributes(attribution_team="search")
    encoded_request = request(
        [call(1, attributes=attributes)], resource=resource
    ).SerializeToString()
    row = decode([encoded_request]).batch.spans.to_pylist()[0]
    assert (row["team"], row["feature"], row["service_name"]) == ("search", "chat", "shop")


def test_what_else_a_resource_says_is_kept_as_json() -> None:
    """Quotes and control characters included."""
    resource: dict[str, Any] = {"service.name": "shop", "host.name": 'a "b"\\\n', "process.pid": 7}
    encoded_request = request([call(1)], resource=resource).SerializeToString()
    row = decode([encoded_request]).batch.spans.to_pylist()[0]
    assert row["resource"] == '{"host.name": "a \\"b\\"\\\\ ", "process.pid": "7"}'


def test_of_a_key_given_twice_the_last_value_counts() -> None:
    """In columns and in the map alike."""
    span = call(1, attributes={"x": "1", semconv.INPUT_TOKENS: 1})
    for key, value in (("x", "2"), (semconv.INPUT_TOKENS, 2)):
        pair = KeyValue(key=key)
        fill(pair.value, value)
        span.attributes.append(pair)
    row = decode([payload([span])]).batch.spans.to_pylist()[0]
    assert (row["input_tokens"], dict(row["attributes"])) == (2, {"x": "2"})


def test_a_clock_that_runs_backwards_leaves_no_duration() -> None:
    """An end before the start is no negative duration."""
    span = call(1)
    span.end_time_unix_nano = NOON - 1
    assert decode([payload([span])]).batch.spans.column("duration_nano").to_pylist() == [None]


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        (
            b"\x0a\x05\x0a",
            "at byte 1 of 3, in resource_spans[0]: a length of 5 where 1 bytes are left",
        ),
        (b"\xff" * 12, "at byte 0 of 12, in the top level: a varint of more than ten bytes"),
        (b"\x08", "in resource_spans[0]: wire type 0 where ResourceSpans has wire type 2"),
        (b"\x5c", "at byte 1 of 1, in the top level: the end of a group that never began"),
        (b'{"resourceSpans": []}', "it looks like JSON; send protobuf"),
        (b"<html></html>", "it looks like a web page"),
        (b"\x1f\x8b\x08\x00", "it looks like gzip; say so with Content-Encoding: gzip"),
    ],
)
def test_a_broken_payload_is_told_where_it_broke(broken: bytes, where: str) -> None:
    """By byte offset and field path."""
    readable = read([payload([call(1)]), broken, payload([call(2)])])
    assert list(readable.good) == [0, 2]
    assert where in readable.bad[1]
    assert len(readable.decoded.batch.spans) == 2


def test_text_that_is_not_utf8_is_found_deep_inside() -> None:
    """The path leads to the attribute."""
    good = payload([call(1), call(2, attributes={"first": "a", "second": "needle"})])
    readable = read([good.replace(b"needle", b"nee\xffle")])
    expected = "resource_spans[0].scope_spans[0].spans[1].attributes[1].value.string_value"
    offset = good.index(b"needle") + 3
    assert (
        f"at byte {offset} of {len(good)}, in {expected}: text that is not UTF-8" in readable.bad[0]
    )


def test_a_broken_event_breaks_its_payload() -> None:
    """Events are kept as bytes, and checked all the same."""
    span = call(1)
    span.events.add(name="needle")
    good = payload([span])
    readable = read([good.replace(b"needle", b"nee\xffle")])
    assert "spans[0].events[0].name: text that is not UTF-8" in readable.bad[0]


@settings(max_examples=200, deadline=None)
@given(
    position=st.floats(0, 1, exclude_max=True),
    replacement=st.binary(max_size=4),
    removed=st.integers(0, 6),
)
def test_a_mutated_payload_is_read_or_refused_and_never_takes_its_neighbours_along(
    position: float, replacement: bytes, removed: int
) -> None:
    """Cut, overwritten or lengthened anywhere, it fails alone or yields spans."""
    original = payload([call(number) for number in range(3)])
    at = int(position * len(original))
    mutated = original[:at] + replacement + original[at + removed :]
    readable = read([payload([call(10)]), mutated, payload([call(11)])])
    assert {0, 2} <= set(readable.good)
    assert 1 in readable.good or readable.bad[1].startswith("the body is not an OTLP trace request")
