"""Parts of messages, in any form the SDK takes, as plain values of JSON. Pure, and duck-typed.

Only what is known is read: text, mappings, and models of the SDK. Of anything else there is the name of its kind; an
object of the user's may do work, or raise, when it is touched.
"""

import dataclasses
import datetime as dt
import decimal
import enum
import hashlib
import math
import uuid
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from gemledger.attributes import field
from gemledger.content.writer import kept_of

Part = dict[str, Any]

TEXT_KINDS = ("text", "reasoning")
_EVERYTHING = 2**62
_DEEPEST, _MOST_VALUES = 12, 500
"""Levels and values of a function's arguments that are worth reading."""
_WRITTEN_AS_TEXT = (dt.date, dt.time, dt.timedelta, decimal.Decimal, uuid.UUID)


def describe(part: Any, room: int = _EVERYTHING) -> Part:  # noqa: ANN401 - a part in any form the SDK takes
    """One part of a message, of its text as many characters as there is room for; never raises.

    Where the text was longer, ``missing_characters`` says by how much.
    """
    try:
        return _described(part, room)
    except Exception:  # noqa: BLE001 - an object of the user's may raise anything when it is touched
        return {"type": "unreadable"}


def is_model(value: object) -> bool:
    """Whether it is a model as the SDK's are, or a response read from raw JSON: reading a field of it does nothing."""
    return isinstance(value, SimpleNamespace) or hasattr(type(value), "model_fields")


def _described(part: Any, room: int) -> Part:  # noqa: ANN401 - a part in any form the SDK takes
    if isinstance(part, str):
        return _text("text", part, room)
    if not isinstance(part, Mapping) and not is_model(part):
        return _foreign(part)
    text = field(part, "text")
    if isinstance(text, str):
        return _text("reasoning" if field(part, "thought") else "text", text, room)
    for name, read in _READERS:
        value = field(part, name)
        if value is not None:
            return {key: each for key, each in read(value, room).items() if each is not None}
    return _standing_alone(part)


def _standing_alone(part: Any) -> Part:  # noqa: ANN401 - a model of the SDK
    """An uploaded file, or an image, which the SDK takes in a part's place; of what we do not know, the name."""
    uri, pixels = field(part, "uri") or field(part, "gcs_uri"), field(part, "image_bytes")
    if isinstance(uri, str):
        return _media("uri", field(part, "mime_type"), uri=kept_of(uri, 2_048))
    if isinstance(pixels, bytes):
        return _media("blob", field(part, "mime_type"), **_digest(pixels))
    return {"type": type(part).__name__.lower()}


def _text(kind: str, text: str, room: int) -> Part:
    if len(text) <= room:
        return {"type": kind, "content": str.__str__(text)}
    cut = str.__getitem__(text, slice(room))
    return {"type": kind, "content": cut, "missing_characters": len(text) - room}


def _foreign(part: object) -> Part:
    """What is none of the SDK's own. PIL reads a picture when its bytes are asked for, so we do not."""
    kind = type(part)
    if not any(base.__module__.startswith("PIL.") for base in kind.__mro__):
        return {"type": kind.__name__.lower()}
    form, size = getattr(part, "format", None), getattr(part, "size", (0, 0))
    mime_type = f"image/{form.lower()}" if isinstance(form, str) else None
    return _media("blob", mime_type, width=size[0], height=size[1], modality="image")


def _media(kind: str, mime_type: Any, **fields: Any) -> Part:  # noqa: ANN401 - a string, unless the user errs
    """A part that is not text, with OpenTelemetry's word for what it is."""
    media = kept_of(mime_type) if isinstance(mime_type, str) else ""
    modality = media.partition("/")[0]
    if modality in ("text", "application"):
        modality = "document"
    return {"type": kind, "mime_type": media, "modality": modality, **fields}


def _blob(value: Any, room: int) -> Part:  # noqa: ANN401, ARG001 - one signature for all readers
    """Media in the request: type, size and digest stand for the bytes."""
    content = field(value, "data")
    return _media("blob", field(value, "mime_type"), **_digest(content))


def _digest(content: object) -> dict[str, Any]:
    raw = bytes(content) if isinstance(content, bytes | bytearray | memoryview) else b""
    if isinstance(content, str):  # as it is on the wire, in base64
        raw = content.encode("utf-8", "replace")
    return {"size_bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


def _file(value: Any, room: int) -> Part:  # noqa: ANN401, ARG001 - one signature for all readers
    """A file by address."""
    return _media(
        "uri", field(value, "mime_type"), uri=kept_of(str(field(value, "file_uri") or ""), 2_048)
    )


def _tool_call(value: Any, room: int) -> Part:  # noqa: ANN401 - one signature for all readers
    """A function the model asked for."""
    return {
        "type": "tool_call",
        "id": _word(field(value, "id")),
        "name": _word(field(value, "name")) or "",
        "arguments": plain(field(value, "args") or {}, room),
    }


def _tool_response(value: Any, room: int) -> Part:  # noqa: ANN401 - one signature for all readers
    """What a function answered; what it gave back beside its response, by kind."""
    beside = field(value, "parts")
    return {
        "type": "tool_call_response",
        "id": _word(field(value, "id")),
        "name": _word(field(value, "name")) or "",
        "response": plain(field(value, "response") or {}, room),
        "parts": [describe(part, room) for part in beside] if beside else None,
    }


def _code(value: Any, room: int) -> Part:  # noqa: ANN401 - one signature for all readers
    """Code that the model wrote and Google runs."""
    call = {"type": "code_execution", "language": _word(field(value, "language"))}
    call["code"] = plain(field(value, "code"), room)
    return {
        "type": "server_tool_call",
        "id": _word(field(value, "id")),
        "name": "code_execution",
        "server_tool_call": call,
    }


def _code_result(value: Any, room: int) -> Part:  # noqa: ANN401 - one signature for all readers
    """What came of it."""
    result = {"type": "code_execution", "outcome": _word(field(value, "outcome"))}
    result["output"] = plain(field(value, "output"), room)
    return {
        "type": "server_tool_call_response",
        "id": _word(field(value, "id")),
        "server_tool_call_response": result,
    }


def _server_call(value: Any, room: int) -> Part:  # noqa: ANN401 - one signature for all readers
    """A tool of Google's that the model used."""
    name = (_word(field(value, "tool_type")) or "").lower()
    return {
        "type": "server_tool_call",
        "id": _word(field(value, "id")),
        "name": name,
        "server_tool_call": {"type": name, "arguments": plain(field(value, "args"), room)},
    }


def _server_response(value: Any, room: int) -> Part:  # noqa: ANN401 - one signature for all readers
    """What such a tool gave the model."""
    name = (_word(field(value, "tool_type")) or "").lower()
    return {
        "type": "server_tool_call_response",
        "id": _word(field(value, "id")),
        "server_tool_call_response": {
            "type": name,
            "response": plain(field(value, "response"), room),
        },
    }


_READERS: tuple[tuple[str, Callable[[Any, int], Part]], ...] = (
    ("inline_data", _blob),
    ("file_data", _file),
    ("function_call", _tool_call),
    ("function_response", _tool_response),
    ("executable_code", _code),
    ("code_execution_result", _code_result),
    ("tool_call", _server_call),
    ("tool_response", _server_response),
)
"""Fields of a part, one of which is set, and who reads it."""


def _word(value: object) -> str | None:
    """A name or an enum's value."""
    value = getattr(value, "value", value) if isinstance(value, enum.Enum) else value
    return kept_of(str.__str__(value)) if isinstance(value, str) else None


def plain(value: object, room: int = _EVERYTHING) -> Any:  # noqa: ANN401 - plain values of JSON
    """A copy in plain values of JSON: bounded in depth, number of values and length of texts."""
    return _Copier(room).copy(value, 0)


class _Copier:
    """Copies what is JSON, or a model; of anything else there is the name of its kind."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._values = _MOST_VALUES

    def copy(self, value: Any, depth: int) -> Any:  # noqa: ANN401 - anything a user passes to a function
        """The value, in plain values of JSON."""
        self._values -= 1
        if self._values < 0 or depth > _DEEPEST:
            return "[…]"
        if isinstance(value, enum.Enum):
            return self.copy(value.value, depth + 1)
        if value is None or isinstance(value, bool | int | float | str):
            return self._scalar(value)
        if isinstance(value, Mapping):
            return {
                kept_of(str(key)): self.copy(each, depth + 1)
                for key, each in list(value.items())[: max(self._values, 0)]
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.copy(each, depth + 1) for each in list(value)[: max(self._values, 0)]]
        return self._object(value, depth)

    def _scalar(self, value: Any) -> Any:  # noqa: ANN401 - None, bool, int, float or str
        if isinstance(value, str):
            return str.__getitem__(value, slice(self._room))
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else str(float(value))
        # JSON readers know 64 bits; Python refuses to write an int of more than 4,300 digits at all.
        return value if not isinstance(value, int) or abs(value) < 2**63 else "[int]"

    def _object(self, value: Any, depth: int) -> Any:  # noqa: ANN401 - an object of the user's
        if isinstance(value, bytes | bytearray | memoryview):
            return {"type": "blob", **_digest(value)}
        if isinstance(value, _WRITTEN_AS_TEXT):
            return str(value)
        if is_model(value) or (dataclasses.is_dataclass(value) and not isinstance(value, type)):
            fields = {name: each for name, each in vars(value).items() if each is not None}
            return self.copy(fields, depth)
        return f"[{type(value).__name__}]"
