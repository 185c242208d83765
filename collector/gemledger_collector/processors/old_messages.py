"""Messages as the older conventions log them, one event each, in the shape of the newer ones: role and parts."""

import json
from collections.abc import Callable, Mapping
from typing import Any

Columns = dict[str, Any]
Body = Any


def _system(body: Body) -> Columns:
    return {"system_instructions": _parts(_content_of(body))}


def _said(role: str) -> Callable[[Body], Columns]:
    def columns(body: Body) -> Columns:
        given = body.get("role") if isinstance(body, dict) else None
        return {"input_messages": [_message(given or role, body)]}

    return columns


def _tool(body: Body) -> Columns:
    told = body if isinstance(body, dict) else {}
    answer = {"type": "tool_call_response", "id": told.get("id"), "response": _content_of(body)}
    return {"input_messages": [{"role": "tool", "parts": [answer]}]}


def _choice(body: Body) -> Columns:
    """The answer stands in ``message``, or in the body itself."""
    told = body if isinstance(body, dict) else {}
    inner = told.get("message")
    message = _message("assistant", inner if isinstance(inner, dict) else body)
    if told.get("finish_reason") is not None:
        message["finish_reason"] = str(told["finish_reason"])
    return {"output_messages": [message]}


OLD_MESSAGES: Mapping[str, Callable[[Body], Columns]] = {
    "gen_ai.system.message": _system,
    "gen_ai.user.message": _said("user"),
    "gen_ai.assistant.message": _said("assistant"),
    "gen_ai.tool.message": _tool,
    "gen_ai.choice": _choice,
}
"""Name of the event → what its body says, by content column."""


def _content_of(body: Body) -> Any:  # noqa: ANN401 - whatever a sender says
    return body.get("content") if isinstance(body, dict) else body


def _message(role: str, body: Body) -> Columns:
    parts = _parts(_content_of(body))
    calls = body.get("tool_calls") if isinstance(body, dict) else None
    if isinstance(calls, list):
        parts += [_call(each) for each in calls]
    return {"role": role, "parts": parts}


def _parts(content: Any) -> list[Columns]:  # noqa: ANN401 - whatever a sender says
    """Text, a list of it, or Google's own ``{"parts": [{"text": …}]}``; anything else as it came."""
    if content is None:
        return []
    if isinstance(content, list):
        return [part for each in content for part in _parts(each)]
    if isinstance(content, dict):
        if isinstance(content.get("parts"), list):
            return _parts(content["parts"])
        if isinstance(content.get("text"), str):
            return [{"type": "text", "content": content["text"]}]
        content = json.dumps(content, ensure_ascii=False)
    return [{"type": "text", "content": str(content)}]


def _call(told: Any) -> Columns:  # noqa: ANN401 - whatever a sender says
    told = told if isinstance(told, dict) else {}
    function = told.get("function")
    inner = function if isinstance(function, dict) else told
    return {
        "type": "tool_call",
        "id": told.get("id"),
        "name": inner.get("name"),
        "arguments": inner.get("arguments"),
    }
