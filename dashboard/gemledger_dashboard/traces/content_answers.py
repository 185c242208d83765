"""What was captured of a call, typed: turns to read. Pure."""

from dataclasses import dataclass

from gemledger_dashboard.labels.label_answers import Turn, turns
from gemledger_dashboard.spend.sums import Json


@dataclass(frozen=True, slots=True)
class Contents:
    """Instructions, prompt, answer and tools, each as turns; empty where it was not captured."""

    instructions: tuple[Turn, ...]
    prompt: tuple[Turn, ...]
    answer: tuple[Turn, ...]
    tools: tuple[Turn, ...]


def contents(body: Json) -> Contents:
    """`/api/v1/contents/{trace_id}/{span_id}`."""
    names = ("system_instructions", "input_messages", "output_messages", "tool_definitions")
    return Contents(*(turns(body[name]) for name in names))
