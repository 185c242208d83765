"""An interaction as a stream: the events that the SDK knows, usage in those that bring it."""

from collections.abc import Iterator

from gemledger_simulator.fields import Json

_WORDS_PER_DELTA = 4
_LIFECYCLE = (
    "id",
    "model",
    "agent",
    "created",
    "updated",
    "service_tier",
    "usage",
    "continuation_token",
)


def events(interaction: Json) -> list[Json]:
    """From ``interaction.created`` to ``interaction.completed``; each delta restates the usage so far."""
    told = list(_told(interaction))
    return [event | {"event_id": f"{interaction['id']}-{n}"} for n, event in enumerate(told)]


def error_event(status_word: str) -> Json:
    """A stream that breaks off with an error."""
    error = {"code": status_word, "message": "The model is overloaded. Please try again later."}
    return {"event_type": "error", "error": error}


def _told(interaction: Json) -> Iterator[Json]:
    begun = _lifecycle(interaction, "in_progress", without=("usage", "continuation_token"))
    yield {"event_type": "interaction.created", "interaction": begun}
    for index, step in enumerate(interaction.get("steps", ())):
        yield from _step(index, step, interaction.get("usage"))
    ended = _lifecycle(interaction, interaction["status"])
    yield {"event_type": "interaction.completed", "interaction": ended}


def _lifecycle(interaction: Json, status: str, without: tuple[str, ...] = ()) -> Json:
    kept = {n: interaction[n] for n in _LIFECYCLE if n in interaction and n not in without}
    return kept | {"status": status, "object": "interaction"}


def _step(index: int, step: Json, usage: Json | None) -> Iterator[Json]:
    if step["type"] != "model_output":
        yield {"event_type": "step.start", "index": index, "step": step}
        yield {"event_type": "step.stop", "index": index}
        return
    yield {"event_type": "step.start", "index": index, "step": {"type": "model_output"}}
    words = step["content"][0]["text"].split(" ")
    for start in range(0, len(words), _WORDS_PER_DELTA):
        text = " ".join(words[start : start + _WORDS_PER_DELTA])
        delta: Json = {
            "event_type": "step.delta",
            "index": index,
            "delta": {"type": "text", "text": text if start == 0 else f" {text}"},
        }
        if usage:
            delta["metadata"] = {"total_usage": _so_far(usage, start + 1, len(words))}
        yield delta
    yield {"event_type": "step.stop", "index": index}


def _so_far(usage: Json, words: int, of: int) -> Json:
    """The running total: everything that was read, and as much of the output as was said."""
    said = usage.get("total_output_tokens", 0) * words // of
    unsaid = usage.get("total_output_tokens", 0) - said
    told = {n: v for n, v in usage.items() if n != "output_tokens_by_modality"}
    return told | {"total_output_tokens": said, "total_tokens": usage["total_tokens"] - unsaid}
