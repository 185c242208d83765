"""What the SDK tells of a batch, read once and of whatever shape it is. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from gemledger import semconv
from gemledger.attributes import Attributes

ENDED = frozenset({"succeeded", "partially_succeeded", "failed", "cancelled", "expired"})
"""States that no job leaves again."""
_PREFIXES = ("JOB_STATE_", "BATCH_STATE_")


class Job(NamedTuple):
    """One look at a batch. ``created_ns`` is Google's own time, in nanoseconds since the epoch.

    ``results`` are those that came with it, one for each request, in their order; ``file_name`` is where they are
    instead. On Vertex AI they are in a bucket or a table, where nobody sees them from here.
    """

    name: str
    state: str
    model: str
    created_ns: int | None
    file_name: str | None
    results: Sequence[Any]

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ENDED

    def told(self) -> Attributes:
        """Span attributes of whatever has to do with the job."""
        told: Attributes = {semconv.JOB_NAME: self.name, semconv.BATCH_NAME: self.name}
        if self.state:
            told[semconv.JOB_STATE] = self.state
        return told


def job_of(answer: Any) -> Job | None:  # noqa: ANN401 - a BatchJob of the SDK, or anything at all
    """What an answer tells of a batch; None where it names none."""
    name = getattr(answer, "name", None)
    if not isinstance(name, str) or not name:
        return None
    dest = getattr(answer, "dest", None)
    file_name = getattr(dest, "file_name", None)
    model = getattr(answer, "model", None)
    return Job(
        name,
        _state(getattr(answer, "state", None)),
        model if isinstance(model, str) else "",
        _unix_nano(getattr(answer, "create_time", None)),
        file_name if isinstance(file_name, str) else None,
        _listed(dest, "inlined_responses") or _listed(dest, "inlined_embed_content_responses"),
    )


def _state(state: Any) -> str:  # noqa: ANN401 - an enum of the SDK, its string, or None
    """As Google says it, without the prefix, in lower case."""
    word = str(getattr(state, "value", state) or "")
    for prefix in _PREFIXES:
        word = word.removeprefix(prefix)
    return word.lower()


def _unix_nano(moment: Any) -> int | None:  # noqa: ANN401 - a datetime, or None
    """Exact to the microsecond: every process must find the same."""
    if not isinstance(moment, datetime):
        return None
    seconds = int(moment.replace(microsecond=0).timestamp())
    return seconds * 10**9 + moment.microsecond * 1000


def _listed(dest: Any, name: str) -> Sequence[Any]:  # noqa: ANN401 - a destination of the SDK, or None
    value = getattr(dest, name, None)
    return value if isinstance(value, list | tuple) else ()
