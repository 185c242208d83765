"""The trimmed OTLP trace schema that Arrow can hold.

Field numbers and types are those of opentelemetry-proto's ``trace/v1/trace.proto``, with two changes.
``AnyValue.array_value`` and ``kvlist_value`` are declared ``bytes`` (the same wire type as the messages they
are), which ends the recursion and keeps nested values verbatim. So are ``Span.events`` and ``links``: few spans
have any, and those that do are read by handlers of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError
from ptars import HandlerPool

PACKAGE = "gemledger.otlp"
_Field = descriptor_pb2.FieldDescriptorProto


@dataclass(frozen=True, slots=True)
class Field:
    """One field: number, name, scalar type or message name, and whether it repeats."""

    number: int
    name: str
    kind: str
    repeated: bool = False
    oneof: bool = False


MESSAGES: dict[str, tuple[Field, ...]] = {
    "AnyValue": (
        Field(1, "string_value", "string", oneof=True),
        Field(2, "bool_value", "bool", oneof=True),
        Field(3, "int_value", "int64", oneof=True),
        Field(4, "double_value", "double", oneof=True),
        Field(5, "array_value", "bytes", oneof=True),
        Field(6, "kvlist_value", "bytes", oneof=True),
        Field(7, "bytes_value", "bytes", oneof=True),
    ),
    "ArrayValue": (Field(1, "values", "AnyValue", repeated=True),),
    "KeyValue": (Field(1, "key", "string"), Field(2, "value", "AnyValue")),
    "KeyValueList": (Field(1, "values", "KeyValue", repeated=True),),
    "Resource": (Field(1, "attributes", "KeyValue", repeated=True),),
    "Scope": (Field(1, "name", "string"), Field(2, "version", "string")),
    "Event": (
        Field(1, "time_unix_nano", "fixed64"),
        Field(2, "name", "string"),
        Field(3, "attributes", "KeyValue", repeated=True),
    ),
    "Link": (
        Field(1, "trace_id", "bytes"),
        Field(2, "span_id", "bytes"),
        Field(3, "trace_state", "string"),
        Field(4, "attributes", "KeyValue", repeated=True),
    ),
    "Status": (Field(2, "message", "string"), Field(3, "code", "int32")),
    "Span": (
        Field(1, "trace_id", "bytes"),
        Field(2, "span_id", "bytes"),
        Field(3, "trace_state", "string"),
        Field(4, "parent_span_id", "bytes"),
        Field(5, "name", "string"),
        Field(6, "kind", "int32"),
        Field(7, "start_time_unix_nano", "fixed64"),
        Field(8, "end_time_unix_nano", "fixed64"),
        Field(9, "attributes", "KeyValue", repeated=True),
        Field(11, "events", "bytes", repeated=True),
        Field(13, "links", "bytes", repeated=True),
        Field(15, "status", "Status"),
    ),
    "ScopeSpans": (Field(1, "scope", "Scope"), Field(2, "spans", "Span", repeated=True)),
    "ResourceSpans": (
        Field(1, "resource", "Resource"),
        Field(2, "scope_spans", "ScopeSpans", repeated=True),
    ),
    "ExportTraceServiceRequest": (Field(1, "resource_spans", "ResourceSpans", repeated=True),),
    "ExportTracePartialSuccess": (
        Field(1, "rejected_spans", "int64"),
        Field(2, "error_message", "string"),
    ),
    "ExportTraceServiceResponse": (Field(1, "partial_success", "ExportTracePartialSuccess"),),
}
"""Message → fields. Enumerations are int32: an unknown number then stays what it is."""

_SCALARS = {
    "string": _Field.TYPE_STRING,
    "bytes": _Field.TYPE_BYTES,
    "bool": _Field.TYPE_BOOL,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "double": _Field.TYPE_DOUBLE,
    "fixed64": _Field.TYPE_FIXED64,
}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="gemledger/otlp.proto", package=PACKAGE, syntax="proto3"
    )
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        if any(field.oneof for field in fields):
            message.oneof_decl.add(name="value")
        for field in fields:
            _add_field(message, field)
    return file


def _add_field(message: descriptor_pb2.DescriptorProto, field: Field) -> None:
    added = message.field.add(
        name=field.name,
        number=field.number,
        label=_Field.LABEL_REPEATED if field.repeated else _Field.LABEL_OPTIONAL,
    )
    if field.kind in _SCALARS:
        added.type = _SCALARS[field.kind]
    else:
        added.type = _Field.TYPE_MESSAGE
        added.type_name = f".{PACKAGE}.{field.kind}"
    if field.oneof:
        added.oneof_index = 0


@cache
def _descriptors() -> dict[str, Descriptor]:
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return {name: pool.FindMessageTypeByName(f"{PACKAGE}.{name}") for name in MESSAGES}


def message_class(message: str) -> Any:  # noqa: ANN401  made at run time
    """The ordinary protobuf class of a message, for the few we write."""
    return message_factory.GetMessageClass(_descriptors()[message])


def read_message(message: str, encoded: bytes) -> Any | None:  # noqa: ANN401  made at run time
    """The message, or None where Google's decoder, which is stricter than ptars, cannot read it."""
    try:
        return message_class(message).FromString(encoded)
    except DecodeError:
        return None


class Handler:
    """Reads messages of one kind into Arrow, and refuses what ptars does not survive."""

    def __init__(self, descriptor: Descriptor) -> None:
        self._handler: Any = HandlerPool([descriptor.file]).get_for_message(descriptor)

    def list_to_record_batch(self, encoded: Sequence[bytes | None]) -> pa.RecordBatch:
        """A row per message. Raises ValueError when any of them is not valid protobuf of this schema."""
        try:
            return self._handler.list_to_record_batch(encoded)
        except Exception:
            raise
        except BaseException as error:
            # A panic in Rust, which some malformed groups cause, is no Exception: it would end the thread.
            if type(error).__name__ != "PanicException":
                raise
            raise ValueError("the decoder gave up") from None


@cache
def handler(message: str) -> Handler:
    """The reader of a message of this schema."""
    return Handler(_descriptors()[message])
