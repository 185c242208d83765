"""OTLP requests printed as JSON by the reference: protobuf's own mapping, but for ids, which OTLP has in hex."""

import base64
import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

_IDS = {"traceId", "spanId", "parentSpanId"}


def as_json(request: Message, **settings: Any) -> bytes:
    """The request as exporters of other languages print it; ``settings`` are those of ``MessageToDict``."""
    return json.dumps(_with_hex(MessageToDict(request, **settings))).encode()


def _with_hex(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_hex(each) for each in value]
    if isinstance(value, dict):
        return {
            key: base64.b64decode(each).hex()
            if key in _IDS or key in ("trace_id", "span_id", "parent_span_id")
            else _with_hex(each)
            for key, each in value.items()
        }
    return value
