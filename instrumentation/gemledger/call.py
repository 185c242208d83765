"""``CallRecorder``: the one place where a call becomes a span.

The patched SDK methods use it with the real clock, the demo's back-fill with a clock of its own, and the spans come
out the same.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from opentelemetry import context as otel
from opentelemetry.trace import Tracer

from gemledger import current
from gemledger.attributes import Attributes, Endpoint, Request
from gemledger.guard import guarded
from gemledger.pricing import Book, load_book
from gemledger.recorded_call import Call
from gemledger.settings import Settings
from gemledger.settled import SettledCall
from gemledger.streamed_call import StreamedCall, end_open_streams

if TYPE_CHECKING:
    from gemledger.capturing import Capturing
    from gemledger.headroom import Limits

__all__ = [
    "Call",
    "CallRecorder",
    "Endpoint",
    "Request",
    "Unsampled",
    "current_call",
    "end_open_streams",
]


class Unsampled(Protocol):
    """Where a call goes that no span tells of."""

    def add(self, call: SettledCall) -> None:
        """Take in one call that has ended; cheap, and raises nothing."""

    def emit(
        self,
        name: str,
        attributes: Attributes,
        times_ns: tuple[int, int],
        identity: tuple[int, int],
    ) -> None:
        """One span past the sampler, of this trace id and span id; raises nothing."""

    def close(self) -> None:
        """Send what is held."""


def current_call() -> Call | None:
    """The recorded call whose SDK method is running in this context, if any."""
    return current.running()  # type: ignore[return-value]  # nobody else has the key


class CallRecorder:
    """Makes calls. Shared by all threads; ``clock`` gives nanoseconds since the epoch.

    Without ``unsampled``, calls that the sampler leaves out are in no sum. ``limits`` is None until a rate limit is
    known, configured or told by a 429; nothing else ever changes.
    """

    def __init__(
        self,
        tracer: Tracer,
        settings: Settings,
        *,
        book: Book | None = None,
        clock: Callable[[], int] = time.time_ns,
        unsampled: Unsampled | None = None,
    ) -> None:
        self.tracer = tracer
        self.settings = settings
        self.book = book if book is not None else load_book()
        self.clock = clock
        self.unsampled = unsampled
        self.capturing = _capturing(settings) if settings.capture_content else None
        self.limits = _limits(settings) if settings.rate_limits else None

    def prepare(self, request: Request) -> Call:
        """A call whose span begins later, at its ``begin``; parent and attribution are those of now."""
        kind = StreamedCall if request.stream else Call
        return kind(self, request, otel.get_current())

    def start(self, request: Request) -> Call:
        """A call whose span begins now."""
        call = self.prepare(request)
        call.begin()
        return call

    @guarded
    def close(self) -> None:
        """No more calls will be made: what was summed up goes out."""
        if self.unsampled is not None:
            self.unsampled.close()


def _limits(settings: Settings) -> "Limits":
    """What keeps count of configured rate limits."""
    from gemledger.headroom import Limits  # noqa: PLC0415 - for the few apps that know theirs beforehand

    return Limits(settings.rate_limits)


def _capturing(settings: Settings) -> "Capturing":
    """What writes prompts and answers down; 20 ms to load, for the few apps that want them."""
    from gemledger.capturing import Capturing  # noqa: PLC0415 - see above

    return Capturing(settings)
