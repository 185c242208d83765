"""Prompts and answers as span attributes: off by default, media replaced by type, size and digest, redacted, capped.

The shape is OpenTelemetry's for GenAI: a JSON list of messages, each with a role and typed parts.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from gemledger import semconv
from gemledger.attributes import Request, field
from gemledger.redaction import redact

_ROLES = {"model": "assistant", None: "user", "": "user"}
_MARGIN = 512
"""Characters beyond the cap that are redacted too, so that a secret across the cut is seen whole."""

Part = dict[str, Any]


def request_attributes(request: Request, max_characters: int) -> dict[str, str]:
    """Prompt and system instruction of a request, each capped, by attribute name."""
    found = {semconv.INPUT_MESSAGES: input_messages(request.contents, max_characters)}
    instruction = field(request.config, "system_instruction")
    if instruction is not None:
        found[semconv.SYSTEM_INSTRUCTIONS] = system_instructions(instruction, max_characters)
    return found


def input_messages(contents: Any, max_characters: int) -> str:  # noqa: ANN401 - every form the SDK takes
    """``gen_ai.input.messages`` of a request's contents: text, parts, contents, dicts, or lists of them."""
    budget = _Budget(max_characters)
    messages: list[dict[str, Any]] = []
    loose: list[Part] = []
    for item in contents if isinstance(contents, list | tuple) else [contents]:
        parts = None if isinstance(item, str) else field(item, "parts")
        if parts is None:  # the SDK gathers loose parts into one message of the user's
            loose.append(_part(item, budget))
            continue
        if loose:
            messages.append({"role": "user", "parts": loose})
            loose = []
        role = field(item, "role")
        messages.append(
            {"role": _ROLES.get(role, role), "parts": [_part(part, budget) for part in parts]}
        )
    if loose:
        messages.append({"role": "user", "parts": loose})
    return json.dumps(messages, ensure_ascii=False)


def system_instructions(instruction: Any, max_characters: int) -> str:  # noqa: ANN401 - every form the SDK takes
    """``gen_ai.system_instructions``: a list of parts."""
    budget = _Budget(max_characters)
    parts = [_part(part, budget) for part in _flat_parts(instruction)]
    return json.dumps(parts, ensure_ascii=False)


def _flat_parts(instruction: Any) -> Iterator[Any]:  # noqa: ANN401 - every form the SDK takes
    """The parts of a content, a list, or a single part."""
    if isinstance(instruction, list | tuple):
        for item in instruction:
            yield from _flat_parts(item)
        return
    parts = None if isinstance(instruction, str) else field(instruction, "parts")
    yield from [instruction] if parts is None else parts


class Answer:
    """Candidates as they come in, whole or chunk by chunk; texts that follow each other are joined."""

    def __init__(self, max_characters: int) -> None:
        self._max_characters = max_characters
        self._kept_characters = 0
        self._parts: dict[int, list[Any]] = {}
        self._texts: dict[tuple[int, int], list[str]] = {}

    def add(self, position: int, candidate: Any) -> None:  # noqa: ANN401 - a candidate of the SDK
        """Take note of a candidate's parts; keeps no more text than will be written."""
        parts = self._parts.setdefault(position, [])
        for part in field(field(candidate, "content"), "parts") or ():
            text = field(part, "text")
            kind = "reasoning" if field(part, "thought") else "text"
            if text is None:
                parts.append(part)
            elif self._kept_characters <= self._max_characters + _MARGIN:
                self._kept_characters += len(text)
                if not parts or not isinstance(parts[-1], _Text) or parts[-1].kind != kind:
                    parts.append(_Text(kind))
                parts[-1].pieces.append(text)

    def messages(self, finish_reasons: Mapping[int, str]) -> str:
        """``gen_ai.output.messages``: one message per candidate, with the reason it ended."""
        budget = _Budget(self._max_characters)
        messages = [
            {
                "role": "assistant",
                "parts": [_part(part, budget) for part in parts],
                "finish_reason": finish_reasons.get(position, "error"),
            }
            for position, parts in sorted(self._parts.items())
        ]
        return json.dumps(messages, ensure_ascii=False)


class _Text:
    """A run of text pieces of one kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.pieces: list[str] = []


class _Budget:
    """What is left of an attribute's cap, in characters."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def spend(self, text: str) -> str:
        """The text, redacted, as far as there is room for it; says what is missing."""
        clean = redact(text[: self._left + _MARGIN])
        kept = clean[: self._left]
        cut = len(clean) > self._left or len(text) > self._left + _MARGIN
        self._left -= len(kept)
        return f"{kept}[… {max(len(text) - len(kept), 1)} more characters]" if cut else kept


def _part(part: Any, budget: _Budget) -> Part:  # noqa: ANN401 - a part in any form the SDK takes
    """One part of a message; what we do not know is named by kind only, never copied."""
    if isinstance(part, str):
        return {"type": "text", "content": budget.spend(part)}
    if isinstance(part, _Text):
        return {"type": part.kind, "content": budget.spend("".join(part.pieces))}
    text = field(part, "text")
    if text is not None:
        kind = "reasoning" if field(part, "thought") else "text"
        return {"type": kind, "content": budget.spend(str(text))}
    for name, describe in _DESCRIPTIONS:
        value = field(part, name)
        if value is not None:
            return describe(value, budget)
    return {"type": type(part).__name__.lower()}


def _blob(value: Any, budget: _Budget) -> Part:  # noqa: ANN401, ARG001 - one signature for all kinds
    """Media in the request: type, size and digest stand for the bytes."""
    content = field(value, "data") or b""
    raw = content if isinstance(content, bytes) else str(content).encode()
    mime_type = str(field(value, "mime_type") or "")
    return {
        "type": "blob",
        "mime_type": mime_type,
        "modality": mime_type.partition("/")[0],
        "size_bytes": len(raw),
        "sha256": hashlib.sha256(raw).hexdigest(),
    }


def _uri(value: Any, budget: _Budget) -> Part:  # noqa: ANN401 - one signature for all kinds
    """A file by address."""
    uri = budget.spend(str(field(value, "file_uri") or ""))
    return {"type": "uri", "mime_type": str(field(value, "mime_type") or ""), "uri": uri}


def _tool_call(value: Any, budget: _Budget) -> Part:  # noqa: ANN401 - one signature for all kinds
    """A function the model asked for."""
    arguments = budget.spend(json.dumps(field(value, "args") or {}, default=str))
    return {"type": "tool_call", "name": str(field(value, "name")), "arguments": arguments}


def _tool_response(value: Any, budget: _Budget) -> Part:  # noqa: ANN401 - one signature for all kinds
    """What a function answered."""
    response = budget.spend(json.dumps(field(value, "response") or {}, default=str))
    return {"type": "tool_call_response", "name": str(field(value, "name")), "response": response}


_DESCRIPTIONS = (
    ("inline_data", _blob),
    ("file_data", _uri),
    ("function_call", _tool_call),
    ("function_response", _tool_response),
)
