"""One turn of a Live session: what the model says until its turn is complete. A call like any other, with a price."""

from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel

from gemledger import semconv
from gemledger.attributes import Attributes, Request
from gemledger.outcome import COMPLETE, Course, Failure
from gemledger.pricing import Cost
from gemledger.streamed_call import StreamedCall
from gemledger.surfaces.live.generation import Generation, Told

if TYPE_CHECKING:
    from gemledger.call import CallRecorder
    from gemledger.capturing import Capturing


class LiveCourse(Course):
    """How a turn went. ``input_ended_ns``: when the user had said it all; None where nobody knows."""

    __slots__ = ("input_ended_ns",)

    def __init__(self) -> None:
        super().__init__()
        self.input_ended_ns: int | None = None

    def write(self, into: Attributes, start_ns: int, state: str) -> None:
        """As span attributes; without a time to first chunk where nobody knows since when the user waited."""
        ended_ns = self.input_ended_ns
        super().write(into, start_ns if ended_ns is None else ended_ns, state)
        if ended_ns is None:
            into.pop(semconv.TIME_TO_FIRST_CHUNK_SECONDS, None)


class LiveTurn(StreamedCall):
    """Its exchanges are generations. ``completed_ns``: when the server said so, None before."""

    __slots__ = ("_live_course", "_number", "begins_at_ns", "completed_ns", "interrupted")

    def __init__(
        self, recorder: "CallRecorder", request: Request, parent: otel.Context, number: int
    ) -> None:
        super().__init__(recorder, request, parent)
        self.course = self._progress = self._live_course = LiveCourse()
        self.begins_at_ns: int | None = None
        self.completed_ns: int | None = None
        self.interrupted = False
        self.attempts = 1  # what the user asked for was sent: without an answer nobody knows whether it is billed
        self._number = number

    @property
    def generation(self) -> Generation:
        """The one that is under way."""
        found = self._open
        return found if isinstance(found, Generation) else self.open_exchange()

    @property
    def has_spoken(self) -> bool:
        """Whether any output came."""
        return self._live_course.chunks > 0

    @property
    def is_told(self) -> bool:
        """Whether the usage is known of all that was said."""
        found = self._open
        return isinstance(found, Generation) and found.is_told and not found.followed

    def _add_known(self, capturing: "Capturing | None") -> None:  # noqa: ARG002 - see the package: no content of sessions
        super()._add_known(None)

    def open_exchange(self) -> Generation:
        """A further generation begins."""
        self._open = generation = Generation(self, self.request)
        return generation

    def speak(self, now_ns: int) -> None:
        """Output came: words, sound, or a tool call."""
        self.generation.speak()
        course = self._live_course
        course.arrived(now_ns)
        course.asked_ns = now_ns

    def wait_since(self, input_ended_ns: int) -> None:
        """The user waits for the first word since then."""
        self._live_course.input_ended_ns = input_ended_ns

    def tell(self, told: Told) -> None:
        """Usage came: of the generation under way, or of a further one."""
        generation = self.generation
        if not generation.restates(told):
            generation.finished = generation.is_told
            self._close(generation, early=False, lost=False)
            generation = self.open_exchange()
        generation.tell(told)

    def answered_call(self) -> None:
        """The user's tools answered: the model goes on, and nothing of that is told yet."""
        if self.generation.called:
            self.generation.followed = True

    def complete(self, now_ns: int, message: Any) -> None:  # noqa: ANN401 - a LiveServerMessage
        """The server says that the turn is over; whoever asks what that message cost gets the turn's cost."""
        self.generation.observed = True
        self.completed_ns = now_ns
        self._response = message

    def finish(self) -> None:
        """End the span of a turn that is complete."""
        self.generation.finished = self.is_told
        self.end(self.completed_ns, state=COMPLETE)

    def leave(self, state: str, failure: Failure | None = None) -> None:
        """The session ended within the turn: what was told until now is billed, perhaps more."""
        generation = self.generation
        generation.finished = generation.called and self.is_told
        self.failure = failure
        self.end(state=state)

    def write(self, into: Attributes, cost: Cost, book_version: str, state: str) -> None:
        """As any call, and which turn it was."""
        into[semconv.LIVE_TURN] = self._number
        if self.interrupted:
            into[semconv.LIVE_INTERRUPTED] = True
        super().write(into, cost, book_version, state)
