"""What a candidate is asked for an item: its conversation as it was, where that was text, else context and question."""

import json
from typing import Any

from gemledger_cli.evaluating.items import Item

Turn = tuple[str, str]
"""``user`` or ``model``, and what was said."""


def turns(item: Item) -> list[Turn]:
    """Who said what, the question last."""
    return _as_it_was(item) or [("user", _with_context(item))]


def _with_context(item: Item) -> str:
    return f"{item.context}\n\n{item.question}" if item.context else item.question


def _as_it_was(item: Item) -> list[Turn]:
    """The captured messages; none where they are not all text, or do not end with the question."""
    try:
        messages = json.loads(item.messages or "[]")
        said = [_turn(message) for message in messages]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []
    ends_well = bool(said) and said[-1] == ("user", item.question)
    return said if ends_well else []


def _turn(message: Any) -> Turn:  # noqa: ANN401 - JSON
    """Raises ValueError, TypeError or KeyError where it is not plain text of a user or a model."""
    texts = [part["content"] for part in message["parts"] if part["type"] == "text"]
    if len(texts) != len(message["parts"]) or message["role"] not in ("user", "model", "assistant"):
        raise ValueError("not plain text")
    return "user" if message["role"] == "user" else "model", "\n".join(texts)
