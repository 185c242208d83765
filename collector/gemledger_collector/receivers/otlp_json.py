"""OTLP as JSON to OTLP as protobuf, by the mapping of the OTLP specification.

Ids are hex, other bytes base64; enumerations are numbers or names, 64-bit integers numbers or strings; keys are
lowerCamelCase, or as in the protobuf; keys that are not known are passed over. An error says where in the JSON it
is, and never repeats a value: that may be somebody's prompt.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from gemledger_collector.errors import Rejected

_IDS = ("trace_id", "span_id", "parent_span_id")
_DEEPEST = 90
"""Most messages inside each other: protobuf itself reads 100."""
_WHOLE = re.compile(r"-?\d{1,20}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?|NaN|-?Infinity")


class _Wrong(Exception):  # noqa: N818 - becomes a Rejected once its path is known
    """A value that does not fit; the path grows as it is handed up."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.path: list[str] = []

    def within(self, part: str) -> "_Wrong":
        self.path.insert(0, part)
        return self

    def __str__(self) -> str:
        where = "".join(self.path).removeprefix(".") or "the body"
        return f"{where}: {super().__str__()}"


@dataclass(frozen=True, slots=True)
class _Field:
    """How one field is written: ``convert`` for scalars, ``message`` for the others."""

    name: str
    convert: Callable[[Any], Any] | None
    message: Descriptor | None
    repeated: bool
    oneof: str | None


def to_protobuf(body: bytes, request: type[Message]) -> bytes:
    """The JSON of one export request, encoded as protobuf. Raises Rejected with the place that is wrong."""
    message = request()
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
        _fill(message, document, 0)
        return message.SerializeToString()
    except _Wrong as wrong:
        raise Rejected(f"the JSON is not OTLP: {wrong}") from None
    except RecursionError:
        raise Rejected("the JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Rejected(f"the body is not JSON: {error}; check Content-Type") from None
    except ValueError:  # not text at all, or a number of thousands of digits
        raise Rejected(
            "the body is not JSON: it is not UTF-8, or holds an impossible number"
        ) from None


def _refuse_constant(name: str) -> NoReturn:
    raise _Wrong(f"{name} without quotes is not JSON")


def _fill(message: Message, given: object, depth: int) -> None:
    if type(given) is not dict:
        raise _Wrong("an object is expected here")
    if depth > _DEEPEST:
        raise _Wrong(f"nested deeper than {_DEEPEST} objects")
    fields = _fields(message.DESCRIPTOR)
    for key, value in given.items():
        field = fields.get(key)
        if field is None or value is None:
            continue
        try:
            _put(message, field, value, depth)
        except _Wrong as wrong:
            raise wrong.within(f".{key}") from None


def _put(message: Message, field: _Field, value: object, depth: int) -> None:
    if field.repeated:
        _extend(getattr(message, field.name), field, value, depth)
        return
    if field.oneof is not None and message.WhichOneof(field.oneof) is not None:
        raise _Wrong(f"stands beside another {field.oneof}; only one is allowed")
    if field.convert is None:
        part = getattr(message, field.name)
        part.SetInParent()
        _fill(part, value, depth + 1)
        return
    try:
        setattr(message, field.name, field.convert(value))
    except (ValueError, OverflowError):  # out of range, or a lone surrogate
        raise _Wrong("a value that this field cannot hold") from None


def _extend(values: Any, field: _Field, given: object, depth: int) -> None:  # noqa: ANN401 - made by protobuf
    if type(given) is not list:
        raise _Wrong("an array is expected here")
    for index, item in enumerate(given):
        try:
            if field.convert is None:
                _fill(values.add(), item, depth + 1)
            else:
                values.append(field.convert(item))
        except _Wrong as wrong:
            raise wrong.within(f"[{index}]") from None
        except (ValueError, OverflowError):
            raise _Wrong("a value that this field cannot hold").within(f"[{index}]") from None


@cache
def _fields(descriptor: Descriptor) -> Mapping[str, _Field]:
    """Field by its name in JSON and by its name in protobuf."""
    fields: dict[str, _Field] = {}
    for each in descriptor.fields:
        oneof = each.containing_oneof
        made = _Field(
            each.name,
            None if each.message_type is not None else _converter(each),
            each.message_type,
            each.is_repeated,
            oneof.name if oneof is not None else None,
        )
        fields[each.name] = fields[each.json_name] = made
    return fields


def _converter(field: FieldDescriptor) -> Callable[[Any], Any]:
    if field.enum_type is not None:
        return _enumeration(field.enum_type)
    kind = field.cpp_type
    if kind == FieldDescriptor.CPPTYPE_STRING:
        if field.type == FieldDescriptor.TYPE_STRING:
            return _text
        return _hex if field.name in _IDS else _base64
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return _boolean
    if kind in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return _floating
    return _integer


def _text(value: object) -> str:
    if type(value) is not str:
        raise _Wrong("a string is expected here")
    return value


def _boolean(value: object) -> bool:
    if type(value) is not bool:
        raise _Wrong("true or false is expected here")
    return value


def _integer(value: object) -> int:
    if type(value) is int:
        return value
    if type(value) is str and _WHOLE.fullmatch(value):
        return int(value)
    if type(value) is float and value.is_integer():
        return int(value)
    raise _Wrong("an integer is expected here, as a number or a string of digits")


def _floating(value: object) -> float:
    if type(value) is float or type(value) is int:
        return float(value)
    if type(value) is str and _NUMBER.fullmatch(value):
        return float(value)
    raise _Wrong('a number is expected here, or one of "NaN", "Infinity" and "-Infinity"')


def _hex(value: object) -> bytes:
    try:
        return binascii.unhexlify(_text(value))
    except (binascii.Error, ValueError):
        raise _Wrong("hex digits are expected here (OTLP has ids in hex, not base64)") from None


def _base64(value: object) -> bytes:
    text = _text(value).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _Wrong("base64 is expected here") from None


def _enumeration(kind: EnumDescriptor) -> Callable[[Any], int]:
    numbers = {name: value.number for name, value in kind.values_by_name.items()}

    def number(value: object) -> int:
        if type(value) is int:
            return value
        if type(value) is str and value in numbers:
            return numbers[value]
        raise _Wrong(f"a number or a name of {kind.name} is expected here")

    return number
