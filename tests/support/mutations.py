"""Ways to spoil what senders send, each drawn from a seeded source of chance."""

import math
import random
from collections.abc import Callable, Sequence

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.otlp import NOON, SECOND

from gemledger_collector.processors.columns import SPAN_COLUMNS

KEYS = tuple(column.attribute for column in SPAN_COLUMNS)
INTEGERS = (0, 1, -1, 10**9, 10**9 + 1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
DOUBLES = (0.0, -0.0, 1e308, 5e-324, math.nan, math.inf, -math.inf)
TEXTS = (
    "",
    "\x00",
    "é" * 50,
    "\U0001f600",
    "'; drop table spans; --",
    "{}",
    "null",
    "429",
    "a,b,,c",
)
TIMES = (
    0,
    1,
    SECOND,
    NOON - 365 * 86_400 * SECOND,
    4_102_444_800 * SECOND,
    2**63 - 1,
    2**63,
    2**64 - 1,
)

BytesMutation = Callable[[random.Random, bytes], bytes]
SpanMutation = Callable[[random.Random, Span], None]


def flip_bits(chance: random.Random, body: bytes) -> bytes:
    """One to eight bits turned."""
    spoiled = bytearray(body)
    for _ in range(chance.randint(1, 8) if body else 0):
        spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
    return bytes(spoiled)


def truncate(chance: random.Random, body: bytes) -> bytes:
    """Cut off anywhere."""
    return body[: chance.randrange(len(body) + 1)]


def insert(chance: random.Random, body: bytes) -> bytes:
    """Some bytes more."""
    at = chance.randrange(len(body) + 1)
    return body[:at] + chance.randbytes(chance.randint(1, 8)) + body[at:]


def remove(chance: random.Random, body: bytes) -> bytes:
    """Some bytes fewer."""
    at = chance.randrange(len(body) + 1)
    return body[:at] + body[at + chance.randint(1, 8) :]


def repeat(chance: random.Random, body: bytes) -> bytes:
    """A piece twice, or many times."""
    at = chance.randrange(len(body) + 1)
    piece = body[at : at + chance.randint(1, 40)]
    return body[:at] + piece * chance.choice([2, 2, 3, 100]) + body[at:]


def lie_about_length(chance: random.Random, body: bytes) -> bytes:
    """A byte becomes a varint of any size, the longest included."""
    if not body:
        return b"\x0a\xff\xff\xff\xff\x0f"
    at = chance.randrange(len(body))
    return (
        body[:at]
        + varint(chance.choice([0, 127, 128, 2**31, 2**32, 2**63, 2**64 - 1]))
        + body[at + 1 :]
    )


def nest_deeply(chance: random.Random, body: bytes) -> bytes:
    """A field that holds itself, up to some thousand times."""
    inner = b""
    for _ in range(chance.choice([3, 50, 99, 101, 1000])):
        inner = b"\x0a" + varint(len(inner)) + inner
        if len(inner) > 4000:
            break
    return body + inner if chance.random() < 0.5 else body + b"\x0b" * chance.choice([5, 100, 5000])


def varint(number: int) -> bytes:
    """A number as protobuf writes it."""
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes([*encoded, number])


BYTES: Sequence[BytesMutation] = (
    *(flip_bits, truncate, insert, remove, repeat, lie_about_length, nest_deeply),
)


def strange_value(chance: random.Random, value: AnyValue, depth: int = 0) -> None:
    """Any kind of value, extreme ones before others."""
    match chance.randrange(9 if depth < 4 else 6):
        case 0 | 1:
            value.string_value = chance.choice(TEXTS)
        case 2 | 3:
            value.int_value = chance.choice(INTEGERS)
        case 4:
            value.double_value = chance.choice(DOUBLES)
        case 5:
            value.bool_value = chance.random() < 0.5
        case 6:
            value.bytes_value = chance.randbytes(chance.randint(0, 9))
        case kind:
            strange_values(chance, value, depth + 1, keyed=kind == 8)


def strange_values(chance: random.Random, value: AnyValue, depth: int, *, keyed: bool) -> None:
    """An array or a map of some."""
    for _ in range(chance.randint(0, 3)):
        if keyed:
            inner = value.kvlist_value.values.add(key=chance.choice(TEXTS)).value
        else:
            inner = value.array_value.values.add()
        strange_value(chance, inner, depth)


def strange_attributes(chance: random.Random, span: Span) -> None:
    """Values nobody expects under names we know."""
    for _ in range(chance.randint(1, 6)):
        strange_value(chance, span.attributes.add(key=chance.choice(KEYS)).value)


def strange_times(chance: random.Random, span: Span) -> None:
    """From 1970 to beyond 2262."""
    span.start_time_unix_nano = chance.choice(TIMES)
    span.end_time_unix_nano = chance.choice(TIMES)


def strange_ids(chance: random.Random, span: Span) -> None:
    """Of any length, or all zeros."""
    size = chance.choice([0, 1, 7, 8, 9, 15, 16, 17, 100])
    identity = bytes(size) if chance.random() < 0.3 else chance.randbytes(size)
    setattr(span, chance.choice(["trace_id", "span_id", "parent_span_id"]), identity)


def strange_event(chance: random.Random, span: Span) -> None:
    """An exchange that says what no exchange says, or another event."""
    event = span.events.add(
        name=chance.choice(["gemledger.exchange", "gemledger.exchange", "x", ""])
    )
    for _ in range(chance.randint(0, 4)):
        strange_value(chance, event.attributes.add(key=chance.choice(KEYS)).value)


def flood(chance: random.Random, span: Span) -> None:
    """Ten thousand attributes, or a value of a megabyte; not often, for they are slow to make."""
    if chance.random() < 0.995:
        strange_attributes(chance, span)
    elif chance.random() < 0.5:
        pairs = [KeyValue(key=f"k{n}", value=AnyValue(int_value=n)) for n in range(10_000)]
        span.attributes.extend(pairs)
    else:
        span.attributes.add(key=chance.choice(KEYS)).value.string_value = "x" * 2**20


SPANS: Sequence[SpanMutation] = (
    *(strange_attributes, strange_attributes, strange_times, strange_ids, strange_event, flood),
)


def spoil_message(chance: random.Random, message: ExportTraceServiceRequest) -> None:
    """Change a request that stays good protobuf."""
    for emitter in message.resource_spans:
        if chance.random() < 0.2:
            strange_value(chance, emitter.resource.attributes.add(key=chance.choice(KEYS)).value)
        for scoped in emitter.scope_spans:
            if chance.random() < 0.2:
                scoped.scope.name = chance.choice(TEXTS)
            for span in scoped.spans:
                chance.choice(SPANS)(chance, span)


def spoil_text(chance: random.Random, text: str) -> str:
    """Change JSON: numbers become monsters, brackets multiply, bytes get lost."""
    kind = chance.randrange(5)
    if kind == 0:
        at = chance.randrange(len(text) + 1)
        return (
            text[:at]
            + chance.choice(['"', "{", "[" * 500, "}", "1e999", "NaN", "\\u0000", "null", ","])
            + text[at:]
        )
    if kind == 1:
        digit = chance.choice("0123456789")
        return text.replace(
            digit, chance.choice(["-1", "1e400", "9" * 30, '"x"', "null"]), chance.randint(1, 3)
        )
    if kind == 2:
        return "[" * chance.choice([10, 1000, 50_000]) + text
    spoiled = chance.choice((flip_bits, truncate, insert, remove, repeat))(chance, text.encode())
    return spoiled.decode("utf-8", "surrogateescape") if kind == 3 else spoiled.decode("latin-1")
