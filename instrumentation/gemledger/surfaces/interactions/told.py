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
        kind = getattr(said, "event_type", None)
        if kind is None:
            self._take_interaction(said)
            return
        interaction = getattr(said, "interaction", None)
        if interaction is not None:
            self._take_interaction(interaction)
        self.id = _text(getattr(said, "interaction_id", None)) or self.id
        self.state = _text(getattr(said, "status", None)) or self.state
        self._take_steps((getattr(said, "step", None),))
        metadata = getattr(said, "metadata", None)
        usage = getattr(said, "usage", None) or getattr(metadata, "total_usage", None)
        self.usage = self.usage if usage is None else usage
        if kind == "error":
            self.error = _text(getattr(getattr(said, "error", None), "code", None)) or "_OTHER"

    def tools(self, offered: Any, agent: bool) -> Tools:  # noqa: ANN401 - tools of a request
        """Which kinds of tools ran, as far as the answer shows; else those that could have. An agent brings its own."""
        kinds = set(self.used)
        if not kinds:
            given = self.offered if offered is None else offered
            listed = given if isinstance(given, list | tuple) else ()
            kinds = {str(field(tool, "type")) for tool in listed}
            kinds |= {"google_search", "url_context"} if agent else set()
        return Tools(frozenset(kinds & _SEARCHES), not kinds.isdisjoint(_RETRIEVERS))

    def _take_interaction(self, said: Any) -> None:  # noqa: ANN401 - whole, or what an event shows of it
        self.id = _text(getattr(said, "id", None)) or self.id
        self.state = _text(getattr(said, "status", None)) or self.state
        self.agent = _text(getattr(said, "agent", None)) or self.agent
        self.previous = _text(getattr(said, "previous_interaction_id", None)) or self.previous
        self.created = _text(getattr(said, "created", None)) or self.created
        thinks_with = _text(getattr(getattr(said, "agent_config", None), "model", None))
        self.model = _text(getattr(said, "model", None)) or self.model or thinks_with
        tier = _text(getattr(said, "service_tier", None))
        self.tier = self.tier if tier is None else tier.lower()
        for name in ("usage", "labels"):
            value = getattr(said, name, None)
            if value is not None:
                setattr(self, name, value)
        self.offered = getattr(said, "tools", None) or self.offered
        self._take_steps(getattr(said, "steps", None) or ())

    def _take_steps(self, steps: Iterable[Any]) -> None:
        """Which tools of Google's ran."""
        for step in steps:
            kind = getattr(step, "type", None)
            if isinstance(kind, str) and kind.endswith("_call"):
                name = kind.removesuffix("_call")
                self.used.update({name} & (_SEARCHES | _RETRIEVERS))

    @property
    def labels_by_name(self) -> Mapping[str, str]:
        """Labels of the request, which the answer repeats."""
        labels = self.labels
        if isinstance(labels, Mapping):
            return labels
        return dict(vars(labels)) if hasattr(labels, "__dict__") else {}


def _text(value: Any) -> str | None:  # noqa: ANN401 - anything that came over the wire
    return value if isinstance(value, str) and value else None
