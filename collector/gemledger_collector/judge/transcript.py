"""Question and answer out of captured messages (OpenTelemetry's GenAI shape: roles and parts); pure."""

import json
from dataclasses import dataclass
from typing import Any


class NothingToJudge(ValueError):  # noqa: N818 - a finding about the answer, not a fault
    """The captured messages hold no text to judge; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the user asked last, and what was answered. ``question`` is empty where none was captured."""

    question: str
    answer: str


def exchange(input_messages: str | None, output_messages: str) -> Exchange:
    """The last user message and the answer. Raises NothingToJudge."""
    answer = "\n".join(text for message in _messages(output_messages) if (text := _text(message)))
    if not answer:
        raise NothingToJudge("the captured answer holds no text")
    asked = [
        _text(message)
        for message in _messages(input_messages or "[]")
        if message.get("role") == "user"
    ]
    return Exchange(asked[-1] if asked else "", answer)


def _messages(written: str) -> list[dict[str, Any]]:
    try:
        parsed = json.loads(written)
    except ValueError:
        raise NothingToJudge(
            "the captured messages are no JSON: cut off, or written by something else"
        ) from None
    return (
        [message for message in parsed if isinstance(message, dict)]
        if isinstance(parsed, list)
        else []
    )


def _text(message: dict[str, Any]) -> str:
    parts = message.get("parts")
    texts = (
        [part.get("content") for part in parts if _is_text(part)] if isinstance(parts, list) else []
    )
    return "\n".join(text for text in texts if isinstance(text, str))


def _is_text(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "text"
