"""What Gemini says, word for word, for the header ``x-simulator-script``."""

from typing import Any

Json = dict[str, Any]


def usage(prompt: int = 1_000, candidates: int | None = 44, **counts: Any) -> Json:
    """``usageMetadata`` whose total adds up; ``thoughts``, ``cached``, ``tool_use``, and details as on the wire."""
    total = prompt + (candidates or 0) + counts.get("thoughts", 0) + counts.get("tool_use", 0)
    message: Json = {"promptTokenCount": prompt}
    if candidates is not None:
        message["candidatesTokenCount"] = candidates
    for name, wire_name in _COUNTS.items():
        if name in counts:
            message[wire_name] = counts.pop(name)
    return message | {"totalTokenCount": total} | counts


_COUNTS = {
    "thoughts": "thoughtsTokenCount",
    "cached": "cachedContentTokenCount",
    "tool_use": "toolUsePromptTokenCount",
}


def by_modality(**tokens: int) -> list[Json]:
    """A list of ModalityTokenCount."""
    return [{"modality": name.upper(), "tokenCount": count} for name, count in tokens.items()]


def said(
    *parts: Json | str,
    finish: str | None = "STOP",
    usage: Json | None = None,
    response_id: str = "r-1",
    **candidate: Any,
) -> Json:
    """One response with one candidate; words are text parts. Without ``usage`` it has none."""
    spoken = [{"text": part} if isinstance(part, str) else part for part in parts]
    whole: Json = {"content": {"parts": spoken, "role": "model"}} if spoken else {}
    if finish is not None:
        whole["finishReason"] = finish
    response: Json = {"candidates": [whole | candidate], "responseId": response_id}
    return response if usage is None else response | {"usageMetadata": usage}


def thought(text: str) -> Json:
    """A part that the model thought and did not say."""
    return {"text": text, "thought": True}


def asks_for(function: str, **arguments: Any) -> Json:
    """A part in which the model calls a function."""
    return {"functionCall": {"id": f"call-{function}", "name": function, "args": arguments}}


def blocked(usage: Json | None) -> Json:
    """A prompt that was refused: no candidates, and the prompt is billed."""
    message: Json = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "responseId": "r-1"}
    return message if usage is None else message | {"usageMetadata": usage}
