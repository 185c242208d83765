"""A judge model that does what none should: it quotes whatever it is shown, or answers in prose."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from support.judge_server import JudgeServer, Reply, judge_server, said

QUOTED = 1_900
"""Characters of an answer that it repeats."""


@contextmanager
def quoting_judge(spoken: str = "") -> Iterator[JudgeServer]:
    """Answers in the schema that is asked for; every third time it chats instead. ``spoken`` nobody has told it."""
    with judge_server() as server:

        def reply(number: int) -> Reply:
            body = server.bodies[number]
            shown = _texts(body.get("contents", []))
            if number % 3 == 2:
                return said(f"Well, they said: {shown[-QUOTED:]} {spoken}")
            return said(json.dumps(_verdict(body, f"{shown[-QUOTED:]}\n{spoken}")))

        server.reply = reply
        yield server


def shown_to(judge: JudgeServer) -> str:
    """All that it was asked to read."""
    return "\n".join(_texts(body.get("contents", [])) for body in judge.bodies)


def _texts(contents: list[dict[str, Any]]) -> str:
    return "\n".join(part.get("text", "") for each in contents for part in each.get("parts", []))


def _verdict(body: dict[str, Any], shown: str) -> dict[str, object]:
    """Every property filled: a choice where there is one, a quotation where there is none."""
    settings = body.get("generationConfig", {})
    schema = settings.get("responseJsonSchema") or settings.get("responseSchema") or {}
    return {name: _filled(kind, shown) for name, kind in schema.get("properties", {}).items()}


def _filled(kind: dict[str, Any], shown: str) -> object:
    choices = kind.get("enum")
    if choices:
        return "bad" if "bad" in choices else choices[0]
    told = str(kind.get("type", "")).lower()
    if told in ("number", "integer"):
        return 0
    if told == "array":
        return [shown]
    return shown
