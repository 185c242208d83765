"""Prompts and answers of other instrumentations, in the form in which ours are kept."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from gemledger_collector.processors.dialects.foreign_span import ForeignSpan, parsed

_LONGEST_CODE = 256
_BASE64 = re.compile(
    rf"(?:data:[\w/+.;=-]{{0,100}};base64,)?[A-Za-z0-9+/_\r\n-]{{{_LONGEST_CODE},}}={{0,2}}"
)
_CONTENT_COLUMNS = ("input_messages", "output_messages", "system_instructions", "tool_definitions")


def written(value: object) -> str:
    """As the content columns hold it."""
    return json.dumps(value, ensure_ascii=False)


def message(role: str, *parts: object) -> dict[str, object]:
    """A message of parts; a text becomes a part of its own."""
    return {
        "role": role,
        "parts": [
            {"type": "text", "content": part} if isinstance(part, str) else part for part in parts
        ],
    }


def keep(span: ForeignSpan, column: str, role: str, value: str | None) -> None:
    """Let a captured text be content, where the span has none yet; JSON of messages stays what it is."""
    if value is None or span.columns.get(column):
        return
    is_messages = isinstance(given := parsed(value), list) and all(
        isinstance(each, dict) for each in given
    )
    span.columns[column] = value if is_messages else written([message(role, value)])


def numbered(span: ForeignSpan, prefix: str) -> list[dict[str, Any]]:
    """Takes every attribute ``PREFIX.N.rest`` and gives, in order of N, what each had as ``rest`` → text."""
    found: dict[int, dict[str, Any]] = {}
    for key in [key for key in span.attributes if key.startswith(prefix)]:
        number, _, rest = key[len(prefix) :].lstrip(".").partition(".")
        if number.isdigit():
            found.setdefault(int(number), {})[rest] = span.attributes.pop(key)
    for key in [key for key in span.nested if key.startswith(prefix)]:
        span.take_json(key)
    return [found[number] for number in sorted(found)]


def is_text_alone(messages: str | None) -> bool:
    """Whether these messages certainly hold no picture, sound, video or file."""
    parts = list(parts_of(parsed(messages)))
    return bool(parts) and all(_kind(part) in _WORDS for part in parts)


_WORDS = ("text", "tool_call", "tool_call_response", "reasoning", "thinking")


def _kind(part: Mapping[str, Any]) -> object:
    return part.get("type")


def has_tool_call(messages: str | None) -> bool:
    """Whether the answer asks for a function to be called."""
    return any(_kind(part) == "tool_call" for part in parts_of(parsed(messages)))


def parts_of(messages: object) -> Iterable[dict[str, Any]]:
    """Every part of messages that were parsed; they may be changed in place."""
    for each in messages if isinstance(messages, list) else ():
        parts = each.get("parts") if isinstance(each, dict) else None
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict):
                yield part


def without_media(span: ForeignSpan) -> None:
    """Pictures and sounds out of the content; their size stays."""
    for column in _CONTENT_COLUMNS:
        text = span.columns.get(column)
        if text is None or len(text) < _LONGEST_CODE:
            continue
        slim = _BASE64.sub(_removed, text)
        if slim != text:
            span.columns[column] = slim
            span.repaired("media_removed")


def _removed(code: re.Match[str]) -> str:
    return f"[{len(code.group())} characters of base64]"
