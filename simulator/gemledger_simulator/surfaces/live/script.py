"""Answers of a Live session word for word.

Header ``x-simulator-live`` holds a JSON list of replies. Each answers one demand of the client: content with
``turnComplete``, realtime text, the end of an audio stream or of an activity, a tool's response. A demand after the
last reply is answered as if there were no script. A reply is a list of steps, performed in order; a step is a server
message as on the wire, or one of

``{"pause": true}``         wait for the next message of the client; if that is a demand, it is answered afterwards
``{"close": 1011}``         end the session with this code; ``"reason"`` may say why
``{"disconnect": true}``    cut the connection
``{"bill": {…}}``           put this usageMetadata on the invoice

Without a ``bill`` of its own a reply is billed once, by the usage in its messages: of each field the last one told.
"""

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from gemledger_simulator.fields import Json

SCRIPT = "x-simulator-live"


class ScriptError(ValueError):
    """The script cannot be played; the text says why and what to send."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent and done on one demand, and what Google bills for it."""

    steps: tuple[Json, ...]

    @property
    def bills(self) -> list[Json]:
        """One usageMetadata for each billed generation."""
        bills = [step["bill"] for step in self.steps if "bill" in step]
        told: Json = {}
        for step in self.steps:
            told |= step.get("usageMetadata", {})
        return bills or ([told] if told else [])

    @property
    def queries(self) -> list[str]:
        """The web searches that were made, each once."""
        found: dict[str, None] = {}
        for step in self.steps:
            grounding = step.get("serverContent", {}).get("groundingMetadata", {})
            found.update(dict.fromkeys(grounding.get("webSearchQueries", ())))
        return [query for query in found if query]


def parsed(script: str | None) -> deque[Reply]:
    """The replies of a header. Raises ScriptError."""
    if script is None:
        return deque()
    try:
        message: Any = json.loads(script)
    except ValueError as error:
        raise ScriptError(f"{SCRIPT} is not JSON: {error}") from None
    if not isinstance(message, list) or not all(_is_reply(reply) for reply in message):
        raise ScriptError(f"{SCRIPT}: send a list of replies, each a list of server messages")
    return deque(Reply(tuple(reply)) for reply in message)


def _is_reply(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(step, dict) for step in value)
