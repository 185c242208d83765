"""What was asked, given and answered, out of captured messages (OpenTelemetry's GenAI shape: roles and parts); pure."""

import json
from dataclasses import dataclass
from typing import Any

from gemledger_collector.judge.failures import Kind

Message = dict[str, Any]

LONG_QUESTION = 1000
"""Characters from which on a question is taken to bring along what it is about."""
_SYSTEM = ("system", "developer")


class NothingToJudge(ValueError):  # noqa: N818 - a finding about the answer, not a fault
    """What was captured does not suffice; the text says what is missing. Asking again would not help."""

    def __init__(self, text: str, kind: Kind = Kind.NO_TEXT) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the user asked last, and what was answered; each is empty where nothing was captured.

    ``context`` is all else the model was given: earlier turns, calls of tools and what they gave, documents.
    ``instructions`` are those of the system.
    """

    question: str
    answer: str
    context: str = ""
    instructions: str = ""

    @property
    def has_context(self) -> bool:
        """Whether there is anything an answer could be held against."""
        return bool(self.context or self.instructions) or len(self.question) >= LONG_QUESTION

    @property
    def characters(self) -> int:
        """Of all texts together."""
        texts = (self.question, self.answer, self.context, self.instructions)
        return sum(map(len, texts))


def exchange(
    input_messages: str | None, output_messages: str, system_instructions: str | None = None
) -> Exchange:
    """Question, answer, and what the model was given. Raises NothingToJudge."""
    answered, given = _messages(output_messages), _messages(input_messages or "[]")
    answer = "\n".join(text for message in answered if (text := _text(message)))
    if not answer:
        raise NothingToJudge("the captured answer holds no text")
    asked = _last_question(given)
    told = [_text(message) for message in given if message.get("role") in _SYSTEM]
    earlier = [
        line
        for position, message in enumerate(given)
        if position != asked and message.get("role") not in _SYSTEM
        for line in _lines(message)
    ]
    found = [_tool_line(part) for message in answered for part in _parts(message)]
    context = [line for line in (*earlier, *found) if line]
    return Exchange(
        question="" if asked is None else _text(given[asked]),
        answer=answer,
        context="\n".join([*_missing(given), *context] if context else ()),
        instructions="\n".join(
            text for text in (_instructions(system_instructions), *told) if text
        ),
    )


def _last_question(messages: list[Message]) -> int | None:
    """The position of the user's last message with text."""
    asked = [
        position
        for position, message in enumerate(messages)
        if message.get("role") == "user" and _text(message)
    ]
    return asked[-1] if asked else None


def _messages(written: str) -> list[Message]:
    try:
        parsed = json.loads(written)
    except (ValueError, RecursionError):
        raise NothingToJudge(
            "the captured messages are no JSON: cut off, or written by something else"
        ) from None
    return _mappings(parsed)


def _mappings(value: object) -> list[Message]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _instructions(written: str | None) -> str:
    """The text of system instructions: a list of parts, or a plain text of another instrumentation."""
    if not written:
        return ""
    try:
        parsed = json.loads(written)
    except (ValueError, RecursionError):
        return written
    return parsed if isinstance(parsed, str) else _text({"parts": parsed})


def _parts(message: Message) -> list[Message]:
    return _mappings(message.get("parts"))


def _text(message: Message) -> str:
    texts = (part.get("content") for part in _parts(message) if part.get("type") == "text")
    return "\n".join(text for text in texts if isinstance(text, str))


def _missing(messages: list[Message]) -> list[str]:
    """What the capture left out, in words."""
    omitted = [part for each in messages for part in _parts(each) if part.get("type") == "omitted"]
    return [f"[… {part['messages']} earlier messages]" for part in omitted if part.get("messages")]


def _lines(message: Message) -> list[str]:
    """A message as lines of a record: who said what, which tool gave what."""
    said = _text(message)
    lines = [f"[{message.get('role') or 'somebody'}] {said}"] if said else []
    calls = [_call_line(part) or _tool_line(part) for part in _parts(message)]
    return lines + [line for line in calls if line]


def _call_line(part: Message) -> str:
    if part.get("type") != "tool_call":
        return ""
    return (
        f"[the assistant called {part.get('name') or 'a tool'}] {_written(part.get('arguments'))}"
    )


def _tool_line(part: Message) -> str:
    """What a tool gave the model; nothing of any other part."""
    kind, name = part.get("type"), part.get("name") or "a tool"
    if kind == "tool_call_response":
        gave = part["response"] if "response" in part else part.get("result")
        return f"[{name} gave] {_written(gave)}"
    if kind == "server_tool_call_response":
        return f"[{name} gave] {_written(part.get('server_tool_call_response'))}"
    return ""


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
