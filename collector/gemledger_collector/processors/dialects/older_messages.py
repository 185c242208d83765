"""Prompts and answers that a span tells in numbered attributes or in events, as conventions had it before 2025."""

from typing import Any

from gemledger import semconv
from gemledger_collector.processors.dialects.foreign_span import ForeignSpan, decoded
from gemledger_collector.processors.dialects.messages import keep, message, numbered, written

_COLUMNS = {
    "gen_ai.prompt": "input_messages",
    "gen_ai.completion": "output_messages",
    semconv.INPUT_MESSAGES: "input_messages",
    semconv.OUTPUT_MESSAGES: "output_messages",
    semconv.SYSTEM_INSTRUCTIONS: "system_instructions",
    semconv.TOOL_DEFINITIONS: "tool_definitions",
}
_ANSWERS = ("gen_ai.choice", "gen_ai.assistant.message", "gen_ai.content.completion")
_VERDICT = "gen_ai.evaluation."


_NUMBERED = (
    ("gen_ai.prompt", "input_messages", "user"),
    ("gen_ai.completion", "output_messages", "assistant"),
    ("llm.prompts", "input_messages", "user"),
    ("llm.completions", "output_messages", "assistant"),
)


def keep_numbered(span: ForeignSpan) -> None:
    """Takes messages told one by one: ``gen_ai.prompt.0.content`` and the like."""
    for prefix, column, role in _NUMBERED:
        if messages := [_message(each, role) for each in numbered(span, prefix)]:
            span.fill(column, written(messages))


def _message(said: dict[str, Any], role: str) -> dict[str, object]:
    texts = [said[key] for key in ("content", "prompt.text", "completion.text") if key in said]
    called = [key for key in said if key.startswith("tool_calls.") and key.endswith(".name")]
    calls = [{"type": "tool_call", "name": said[key]} for key in called]
    return message(said.get("role", role), *texts, *calls)


def keep_events(span: ForeignSpan) -> None:
    """Takes every event that tells what was said; evaluations, exceptions and others stay."""
    if not span.events:
        return
    for event in [each for each in span.events if each.name.startswith("gen_ai.")]:
        if event.name.startswith(_VERDICT):
            continue
        is_answer = event.name in _ANSWERS
        for attribute in event.attributes:
            column = _COLUMNS.get(
                attribute.key, "output_messages" if is_answer else "input_messages"
            )
            keep(span, column, "assistant" if is_answer else "user", _text(attribute.value))
        span.events.remove(event)


def _text(value: Any) -> str | None:  # noqa: ANN401  made at run time
    kind = value.WhichOneof("value")
    if kind == "string_value":
        text: str = value.string_value
        return text
    marks = {"array_value": b"a", "kvlist_value": b"k"}
    return written(decoded(marks[kind] + getattr(value, kind))) if kind in marks else None
