"""What decode kept verbatim, as JSON has it: nested attributes, events, links. For reading one span, not for intake."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.message import DecodeError

from gemledger_collector.processors.otlp_schema import message_class

Json = Any
_DEEPEST = 32
_NO_MORE = "(nested more deeply than is shown)"
_BROKEN = "(not readable)"


def nested_value(marked: bytes) -> Json:
    """A value of the column ``nested_attributes``: its first byte says of which kind it is."""
    kind, encoded = marked[:1], marked[1:]
    if kind == b"b":
        return encoded.hex()
    try:
        return _array(encoded, _DEEPEST) if kind == b"a" else _pairs(encoded, _DEEPEST)
    except DecodeError:
        return _BROKEN


def event(encoded: bytes) -> Mapping[str, Json]:
    """A span event: name, time_unix_nano, attributes."""
    try:
        read = message_class("Event").FromString(encoded)
    except DecodeError:
        return {"name": _BROKEN, "time_unix_nano": None, "attributes": {}}
    return {
        "name": read.name,
        "time_unix_nano": read.time_unix_nano,
        "attributes": _attributes(read.attributes, _DEEPEST),
    }


def link(encoded: bytes) -> Mapping[str, Json]:
    """A link to another span: trace_id and span_id in hex, attributes."""
    try:
        read = message_class("Link").FromString(encoded)
    except DecodeError:
        return {"trace_id": _BROKEN, "span_id": _BROKEN, "attributes": {}}
    return {
        "trace_id": read.trace_id.hex(),
        "span_id": read.span_id.hex(),
        "attributes": _attributes(read.attributes, _DEEPEST),
    }


def _attributes(pairs: Iterable[Any], depth: int) -> dict[str, Json]:
    return {pair.key: _value(pair.value, depth) for pair in pairs}


def _value(value: Any, depth: int) -> Json:  # noqa: ANN401, PLR0911 - made at run time; a table of types
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    given = getattr(value, kind)
    if kind == "bytes_value":
        return given.hex()
    if kind == "double_value":
        return given if math.isfinite(given) else str(given)
    if kind not in ("array_value", "kvlist_value"):
        return given
    if depth == 0:
        return _NO_MORE
    try:
        return _array(given, depth - 1) if kind == "array_value" else _pairs(given, depth - 1)
    except DecodeError:
        return _BROKEN


def _array(encoded: bytes, depth: int) -> list[Json]:
    return [
        _value(value, depth) for value in message_class("ArrayValue").FromString(encoded).values
    ]


def _pairs(encoded: bytes, depth: int) -> dict[str, Json]:
    # A KeyValueList looks on the wire as a resource does: pairs under the number 1.
    return _attributes(message_class("Resource").FromString(encoded).attributes, depth)
