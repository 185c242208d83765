"""What a webhook tells: which job has come how far. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gemledger_collector.errors import Rejected

_STATES: Mapping[str, tuple[str, str]] = {
    "batch.succeeded": ("batch", "succeeded"),
    "batch.failed": ("batch", "failed"),
    "batch.expired": ("batch", "expired"),
    "batch.cancelled": ("batch", "cancelled"),
    "interaction.completed": ("interaction", "completed"),
    "interaction.requires_action": ("interaction", "requires_action"),
    "interaction.failed": ("interaction", "failed"),
    "interaction.cancelled": ("interaction", "cancelled"),
    "video.generated": ("video", "succeeded"),
}
"""Kind and state of the job that an event tells of."""

# A name becomes a part of an address that is asked with the collector's own key: it must lead nowhere else.
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.~=+-]{0,999}"
_NAMES: Mapping[str, re.Pattern[str]] = {
    "batch": re.compile(rf"(batches/)?{_PART}"),
    "interaction": re.compile(rf"(interactions/)?{_PART}"),
    "video": re.compile(rf"(models/{_PART}/)?(operations/)?{_PART}"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """A job, and what is said of it. ``state`` is as in the attribute ``gemledger.job.state``."""

    event_type: str
    kind: str
    job_name: str
    state: str


def document(body: bytes) -> dict[str, Any]:
    """The JSON object in a body, with an event's type. Raises Rejected."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Rejected("the body is no JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        raise Rejected("the body is no event: it must be a JSON object with a type")
    return found


def event_of(found: Mapping[str, Any]) -> Event | None:
    """The event, or None for a type that is not known here: Google may have added it. Raises Rejected."""
    if found["type"] not in _STATES:
        return None
    kind, state = _STATES[found["type"]]
    data = found.get("data")
    name = data.get("id") if isinstance(data, dict) else None
    if not isinstance(name, str) or not _NAMES[kind].fullmatch(name):
        raise Rejected(f"data.id of the event is no name of a job of kind {kind}")
    return Event(found["type"], kind, _full_name(kind, name), state)


def _full_name(kind: str, name: str) -> str:
    """A job's name as the SDK has it: Google's events give it with and without what stands before it."""
    if kind == "batch":
        return f"batches/{name.removeprefix('batches/')}"
    return name.removeprefix("interactions/") if kind == "interaction" else name
