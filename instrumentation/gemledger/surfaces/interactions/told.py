"""What Google says of one interaction, in whichever form: whole, in events of a stream, or as raw JSON. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from gemledger.attributes import field
from gemledger.grounding import Tools

RUNNING = frozenset({"in_progress", "queued"})
_SEARCHES = frozenset({"google_search", "google_maps"})
_RETRIEVERS = frozenset(
    {
        "url_context",
        "code_execution",
        "file_search",
        "retrieval",
        "computer_use",
        "processing",
        "tool_search",
    }
)


_NONE: Mapping[str, Any] = {}


class Told:
    """Gathered over everything that was said; of several usages the last counts: each is a running total."""

    __slots__ = (
        "agent",
        "created",
        "error",
        "id",
        "labels",
        "model",
        "offered",
        "previous",
        "state",
        "tier",
        "usage",
        "used",
    )

    def __init__(self) -> None:
        self.id: str | None = None
        self.state: str | None = None
        self.model: str | None = None
        self.agent: str | None = None
        self.tier: str | None = None
        self.previous: str | None = None
        self.created: str | None = None
        self.usage: Any = None
        self.labels: Any = None
        self.error: str | None = None
        self.offered: Any = None
        self.used: set[str] = set()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, in whatever way: its bill is known, or will never be."""
        return self.state is not None and self.state not in RUNNING

    @property
    def settlement_id(self) -> str | None:
        """Of its bill, once for all processes; None while nobody has said its id."""
        return None if self.id is None else f"interaction:{self.id}"

    @property
    def created_ns(self) -> int | None:
        """When it began by Google's clock, in nanoseconds since the epoch."""
        try:
            moment = datetime.fromisoformat(self.created or "")
        except ValueError:
            return None
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return int(aware.timestamp()) * 10**9

    def take(self, said: Any) -> None:  # noqa: ANN401 - an Interaction, an event, or JSON read by attribute
        """Take note of an answer, or of one event of a stream."""
        fields = fields_of(said)
        kind = fields.get("event_type")
        if kind == "step.delta":  # nearly all events are
            usage = fields_of(fields.get("metadata")).get("total_usage")
        else:
            self._take_interaction(fields if kind is None else fields_of(fields.get("interaction")))
            usage = fields.get("usage")
            self._take_event(fields)
        if usage is not None:
            self.usage = usage

    def tools(self, offered: Any, agent: bool) -> Tools:  # noqa: ANN401 - tools of a request
        """Which kinds of tools ran, as far as the answer shows; else those that could have. An agent brings its own."""
        kinds = set(self.used)
        if not kinds:
            given = self.offered if offered is None else offered
            listed = given if isinstance(given, list | tuple) else ()
            kinds = {str(field(tool, "type")) for tool in listed}
            kinds |= {"google_search", "url_context"} if agent else set()
        return Tools(frozenset(kinds & _SEARCHES), not kinds.isdisjoint(_RETRIEVERS))

    def _take_event(self, fields: Mapping[str, Any]) -> None:
        """What is said by an event that is no piece of an answer."""
        self.id = _text(fields.get("interaction_id")) or self.id
        self.state = _text(fields.get("status")) or self.state
        if "step" in fields:
            self._take_steps((fields["step"],))
        if fields.get("event_type") == "error":
            self.error = _text(fields_of(fields.get("error")).get("code")) or "_OTHER"

    def _take_interaction(self, fields: Mapping[str, Any]) -> None:
        """What is said of the whole, or of as much of it as an event shows."""
        self.id = _text(fields.get("id")) or self.id
        self.state = _text(fields.get("status")) or self.state
        self.agent = _text(fields.get("agent")) or self.agent
        self.previous = _text(fields.get("previous_interaction_id")) or self.previous
        self.created = _text(fields.get("created")) or self.created
        thinks_with = _text(fields_of(fields.get("agent_config")).get("model"))
        self.model = _text(fields.get("model")) or self.model or thinks_with
        tier = _text(fields.get("service_tier"))
        self.tier = self.tier if tier is None else tier.lower()
        self.usage = fields.get("usage") or self.usage
        self.labels = fields.get("labels") or self.labels
        self.offered = fields.get("tools") or self.offered
        self._take_steps(fields.get("steps") or ())

    def _take_steps(self, steps: Iterable[Any]) -> None:
        """Which tools of Google's ran."""
        for step in steps:
            kind = fields_of(step).get("type")
            if isinstance(kind, str) and kind.endswith("_call"):
                name = kind.removesuffix("_call")
                self.used.update({name} & (_SEARCHES | _RETRIEVERS))

    @property
    def labels_by_name(self) -> Mapping[str, str]:
        """Labels of the request, which the answer repeats."""
        labels = self.labels
        if isinstance(labels, Mapping):
            return labels
        return fields_of(labels)


def fields_of(said: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a model of the SDK, raw JSON by attribute, or nothing
    """What it says, by name. To ask a model for a field that it does not have costs ten times as much."""
    return getattr(said, "__dict__", _NONE)


def _text(value: Any) -> str | None:  # noqa: ANN401 - anything that came over the wire
    return value if isinstance(value, str) and value else None
