"""A public SDK call whose answer comes in chunks.

Made now, begun when the first chunk is asked for, current only while one is awaited.
"""

import contextlib
import os
import weakref
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel

from gemledger import current
from gemledger.attributes import Request
from gemledger.exchange import Exchange
from gemledger.guard import guarded, report
from gemledger.outcome import ABANDONED, COMPLETE, Course
from gemledger.recorded_call import Call

if TYPE_CHECKING:
    from gemledger.call import CallRecorder

_open_streams: "weakref.WeakSet[StreamedCall]" = weakref.WeakSet()
"""Those that have begun and not ended."""


class StreamedCall(Call):
    """Its parent is the context the stream was made in, even if it is consumed in another thread, long after.

    Whoever watches the stream calls ``begin``, then ``attach`` and ``detach`` around each step, ``chunk`` for each
    chunk, and ``end`` with a state.
    """

    __slots__ = ("__weakref__", "_base", "_inside", "_progress")

    def __init__(self, recorder: "CallRecorder", request: Request, parent: otel.Context) -> None:
        super().__init__(recorder, request, parent)
        self.course = self._progress = Course()
        self._base: otel.Context | None = None
        self._inside: otel.Context | None = None

    def __del__(self) -> None:
        # An async generator whose loop is gone is collected without being closed: then this ends its call.
        if not self._ended:
            with contextlib.suppress(Exception):  # the interpreter may be half gone, too
                self.end(state=ABANDONED)

    def _begin(self) -> None:
        super()._begin()
        _open_streams.add(self)

    def open_exchange(self) -> Exchange:
        """A billed request begins, and with the first one the call: some SDKs send it before the first step."""
        self.begin()
        return super().open_exchange()

    # These three run for every chunk, and guard themselves: the decorator's frame would be a fifth of what they cost.

    def attach(self) -> Any:  # noqa: ANN401 - a ContextVar token
        """Make this call current; give what comes back to ``detach`` before anything of the user's runs."""
        try:
            base = otel.get_current()
            if (
                self._base is base and self._inside is not None
            ):  # it resumes in one context again and again
                inside = self._inside
            elif self._begun:
                self._base = base
                self._inside = inside = current.inside(base, self._span, self)
            else:  # a coroutine that sends the request, or one that only makes a stream
                return otel.attach(current.inside(base, None, self))
            self._progress.asked_ns = self._recorder.clock()
            return otel.attach(inside)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
            report("StreamedCall.attach")
            return None

    def detach(self, token: Any) -> None:  # noqa: ANN401 - a ContextVar token, or None where attach failed
        """Undo ``attach``."""
        if token is not None:
            otel.detach(token)  # logs what it cannot do, and never raises

    @guarded
    def first_chunk(self) -> None:
        """The first chunk is here; for those who have no chunks to show."""
        self._progress.first_chunk_ns = self._recorder.clock()

    def chunk(self, chunk: Any) -> None:  # noqa: ANN401 - a GenerateContentResponse
        """One more chunk reached the caller."""
        self._response = chunk
        try:
            self._progress.arrived(self._recorder.clock())
            if self._merged or (self._open is None and not self.exchanges):
                self._see(chunk)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
            report("StreamedCall.chunk")

    def _see(self, chunk: Any) -> None:  # noqa: ANN401 - a GenerateContentResponse
        """Where no request was seen below the public method (an SDK we only half know), the chunk is all there is."""
        if self._open is None:
            self._merged = True
            self.open_exchange()
        if self._open is not None:
            self._open.note(chunk)

    def end(self, end_time_ns: int | None = None, *, state: str = COMPLETE) -> None:
        """End the span, as ``Call.end`` does."""
        _open_streams.discard(self)
        self._base = self._inside = None  # they lead back here
        super().end(end_time_ns, state=state)


@guarded
def end_open_streams() -> None:
    """Before the process ends: streams that nobody will read on are abandoned, and what they cost so far is kept."""
    for _ in range(3):  # another thread may begin or end a stream meanwhile
        with contextlib.suppress(RuntimeError):
            for call in list(_open_streams):
                call.end(state=ABANDONED)
            return


if hasattr(os, "register_at_fork"):
    # A child ends none of its parent's streams.
    os.register_at_fork(after_in_child=_open_streams.clear)
