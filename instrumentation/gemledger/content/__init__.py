"""Prompts and answers as span attributes: off by default, media replaced by type, size and digest, redacted, capped.

The shape is OpenTelemetry's for GenAI: a JSON list of messages, each with a role and typed parts. Nothing here raises,
changes an object of the user's, or keeps one: what cannot be read is named as such and nothing else is lost with it.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gemledger import semconv
from gemledger.attributes import Request, field
from gemledger.content.parts import TEXT_KINDS, Part, describe, is_model
from gemledger.content.tools import definitions
from gemledger.content.writer import Redact, Writer, kept_of

_logger = logging.getLogger("gemledger")

_ROLES = {"model": "assistant", "": "user", "function": "tool"}
_FINISH_REASONS = {
    "max_tokens": "length",
    "safety": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "spii": "content_filter",
    "image_safety": "content_filter",
}
"""Gemini's word to OpenTelemetry's, where there is one."""
_PART = 256
"""Characters that a part other than text is counted as while an answer comes in."""


def request_attributes(
    request: Request, max_characters: int, redact: Redact | None = None
) -> dict[str, str]:
    """Prompt, system instruction and tools of a request, each capped, by attribute name.

    ``redact`` takes a text and gives it back without secrets; None is the redaction without a key.
    """
    written = (
        (semconv.INPUT_MESSAGES, input_messages, request.contents),
        (
            semconv.SYSTEM_INSTRUCTIONS,
            system_instructions,
            field(request.config, "system_instruction"),
        ),
        (semconv.TOOL_DEFINITIONS, tool_definitions, field(request.config, "tools") or None),
    )
    return {
        name: text
        for name, write, value in written
        if value is not None and (text := _unless_it_fails(write, value, max_characters, redact))
    }


def _unless_it_fails(write: Callable[..., str], *arguments: Any) -> str:  # noqa: ANN401 - of the three functions below
    """What is written; nothing where an object of the user's cannot be read, in a way nobody thought of."""
    try:
        return write(*arguments)
    except Exception:  # their objects may raise anything; the call is recorded without its content
        _logger.debug("content that could not be read is left out", exc_info=True)
        return ""


def input_messages(contents: Any, max_characters: int, redact: Redact | None = None) -> str:  # noqa: ANN401 - every form the SDK takes
    """``gen_ai.input.messages`` of a request's contents: text, parts, contents, dicts, or lists of them.

    The newest message has the first claim on the cap: it is what was asked.
    """
    writer = Writer(max_characters, redact)
    messages = list(_messages(contents))
    written: list[Mapping[str, Any]] = []
    for asked, parts in reversed(messages):
        if writer.is_full:
            break
        described = [describe(part, writer.room) for part in parts]
        written.append({"role": _role(asked, described), "parts": writer.parts(described)})
    omitted = len(messages) - len(written)
    if omitted:
        written.append({"role": "system", "parts": [{"type": "omitted", "messages": omitted}]})
    return writer.json(written[::-1])


def system_instructions(
    instruction: Any,  # noqa: ANN401 - every form the SDK takes
    max_characters: int,
    redact: Redact | None = None,
) -> str:
    """``gen_ai.system_instructions``: a list of parts."""
    writer = Writer(max_characters, redact)
    parts = [part for _, message in _messages(instruction) for part in message]
    return writer.json(writer.parts(describe(part, writer.room) for part in parts))


def tool_definitions(tools: Any, max_characters: int, redact: Redact | None = None) -> str:  # noqa: ANN401 - every form the SDK takes
    """``gen_ai.tool.definitions``: functions with their descriptions and parameters, other tools by name."""
    writer = Writer(max_characters, redact)
    return writer.json(writer.parts(definitions(tools)))


def _messages(contents: Any) -> Iterator[tuple[Any, list[Any]]]:  # noqa: ANN401 - every form the SDK takes
    """Role and parts of each message; loose parts in a row are one message of the user's, as in the SDK."""
    loose: list[Any] = []
    for item in contents if isinstance(contents, list | tuple) else (contents,):
        try:
            message = _message(item)
        except Exception:  # noqa: BLE001 - an object of the user's may raise anything when it is touched
            message = None
        if message is None:
            loose.append(item)
            continue
        if loose:
            yield "user", loose
            loose = []
        yield message
    if loose:
        yield "user", loose


def _message(item: Any) -> tuple[Any, list[Any]] | None:  # noqa: ANN401 - every form the SDK takes
    """Role and parts of what is a message; None for what is itself a part."""
    if isinstance(item, list | tuple):
        return "user", list(item)
    if not isinstance(item, Mapping) and not is_model(item):
        return None
    role, parts = field(item, "role"), field(item, "parts")
    if parts is None:
        return None if role is None else (role, [])
    return role, list(parts) if isinstance(parts, list | tuple) else [parts]


def _role(asked: object, parts: list[Part]) -> str:
    """OpenTelemetry's word for a role. The answers of functions are the tool's, though Gemini calls them the user's."""
    word = asked if isinstance(asked, str) else ""
    role = _ROLES.get(word, kept_of(word, 32))
    if role == "user" and parts and all(part["type"] == "tool_call_response" for part in parts):
        return "tool"
    return role


class Answer:
    """Candidates as they come in, whole or chunk by chunk; texts that follow each other are joined.

    Holds plain copies only, and hardly more text than will be written: the response is free to go.
    """

    def __init__(self, max_characters: int, redact: Redact | None = None) -> None:
        self._writer = Writer(max_characters, redact)
        self._left = self._writer.room
        self._parts: dict[int, list[Part]] = {}

    def add(self, position: int, candidate: Any) -> None:  # noqa: ANN401 - a candidate of the SDK
        """Take note of a candidate's parts."""
        parts = self._parts.setdefault(position, [])
        found = field(field(candidate, "content"), "parts")
        for part in found if isinstance(found, list | tuple) else ():
            described = describe(part, max(self._left, 0))
            kind = described["type"]
            if kind not in TEXT_KINDS:
                self._left -= _PART
                parts.append(described if self._left > 0 else {"type": kind})
                continue
            self._left -= len(described["content"])
            if parts and parts[-1]["type"] == kind:
                if described["content"]:
                    parts[-1]["pieces"].append(described["content"])
                parts[-1]["missing_characters"] += described.get("missing_characters", 0)
            else:
                pieces = [described["content"]]
                missing = described.get("missing_characters", 0)
                parts.append({"type": kind, "pieces": pieces, "missing_characters": missing})

    def messages(self, finish_reasons: Mapping[int, str]) -> str:
        """``gen_ai.output.messages``: one message per candidate, with the reason it ended."""
        messages = []
        for position, parts in sorted(self._parts.items()):
            reason = finish_reasons.get(position, "error")
            messages.append(
                {
                    "role": "assistant",
                    "parts": self._writer.parts(map(_joined, parts)),
                    "finish_reason": _FINISH_REASONS.get(reason, reason),
                }
            )
        return self._writer.json(messages)


def _joined(part: Part) -> Part:
    """A part with the pieces of its text as one."""
    return {**part, "content": "".join(part["pieces"])} if "pieces" in part else part
