"""A response cut into the events of a stream. Each restates the running total of tokens so far."""

import re
from collections.abc import Iterator
from copy import copy

from .fields import Json, field, submessage, submessages

_MAX_CHUNKS = 24
_WORDS_PER_CHUNK = 6
_WORD = re.compile(r"\S+\s*|\s+")


def chunks(body: Json) -> list[Json]:
    """The events that make up ``body``; joined, their texts are its text, and the last usage is its usage."""
    candidates = submessages(body, "candidates")
    if not candidates:
        return [body]  # a blocked prompt is one event
    candidate = candidates[0]
    parts = [
        piece
        for part in submessages(submessage(candidate, "content"), "parts")
        for piece in _cut(part)
    ]
    if not parts:
        return [body]
    ids = {name: body[name] for name in body if name not in ("candidates", "usageMetadata")}
    usage = submessage(body, "usageMetadata")
    totals = list(_running(usage, len(parts)))
    events = []
    for part, total in zip(parts, totals, strict=True):
        spoken: Json = {"content": {"parts": [part], "role": "model"}, "index": 0}
        events.append(
            {"candidates": [spoken], **({"usageMetadata": total} if usage else {}), **ids}
        )
    last = events[-1]["candidates"][0]
    last |= {name: candidate[name] for name in candidate if name not in ("content", "index")}
    return events


def _cut(part: Json) -> list[Json]:
    """A text part as several of a few words each; any other part as it is."""
    text = field(part, "text")
    if not isinstance(text, str) or part.get("thought"):
        return [part]
    words = _WORD.findall(text)
    size = max(_WORDS_PER_CHUNK, -(-len(words) // _MAX_CHUNKS))
    return [{"text": "".join(words[at : at + size])} for at in range(0, len(words), size)] or [part]


def _running(usage: Json, events: int) -> Iterator[Json]:
    """``usage`` as it stands after each of the events: the prompt whole, the answer growing."""
    answered = int(usage.get("candidatesTokenCount", 0))
    for number in range(1, events):
        so_far = answered * number // events
        running = copy(usage)
        running["totalTokenCount"] = usage.get("totalTokenCount", 0) - answered + so_far
        running.pop("candidatesTokensDetails", None)
        running.pop("candidatesTokenCount", None)
        if so_far:
            running["candidatesTokenCount"] = so_far
        yield running
    yield usage
