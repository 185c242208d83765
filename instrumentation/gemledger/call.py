"""One call and its exchanges: opened, filled, closed; becomes a span.

``CallRecorder`` is the one place where a call becomes a span: the patched SDK methods use it with the real clock, the
demo's back-fill with a clock of its own, and the spans come out the same.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from opentelemetry import context as otel
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Tracer

from gemledger import attributes, content, current, payer, semconv
from gemledger.attributes import Attributes, Endpoint, Request
from gemledger.exchange import Exchange, total_cost
from gemledger.guard import guarded
from gemledger.outcome import COMPLETE, Outcome, error_type, status_code
from gemledger.pricing import Book, engine, load_book
from gemledger.settings import Settings

__all__ = ["Call", "CallRecorder", "Endpoint", "Request", "current_call"]

_NO_RESPONSE = engine.unpriced("no_response", "no_usage")


def current_call() -> "Call | None":
    """The recorded call whose SDK method is running in this context, if any."""
    call = current.running()
    return call if isinstance(call, Call) else None


class Call:
    """One public SDK call. Nothing here raises into the caller; a second ``end`` does nothing.

    Made by ``CallRecorder``. The span begins with ``begin`` and its parent is the context the call was made in, even
    where a stream is consumed in another thread, long after.
    """

    def __init__(self, recorder: "CallRecorder", request: Request) -> None:
        self.request = request
        self.recording = True
        self._recorder = recorder
        self._parent = otel.get_current()
        self._span: Span = INVALID_SPAN
        self._outcome = Outcome()
        self._begun = self._ended = self._merged = False
        self._exchanges: list[Exchange] = []
        self._open: Exchange | None = None
        self._attributes: Attributes = {}
        self._place = current.Place()
        self._token: object = None

    def __enter__(self) -> Self:
        self.begin()
        self._token = self.attach()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.detach(self._token)
        if error is not None:
            self.fail(error)
        self.end()

    @guarded
    def begin(self) -> None:
        """Start the span, once. An unsampled call stays in the context, for its children, and does no other work."""
        if self._begun:
            return
        self._begun = True
        self._outcome.start_ns = self._recorder.clock()
        self._span = self._recorder.tracer.start_span(
            attributes.span_name(self.request.operation, self.request.model),
            context=self._parent,
            kind=SpanKind.CLIENT,
            attributes=attributes.starting_attributes(self.request),
            start_time=self._outcome.start_ns,
        )
        self.recording = self._span.is_recording()
        if self.recording:
            paying = payer.current_attributes(self._parent)
            self._attributes = attributes.request_attributes(self.request, paying)
            if self._recorder.settings.capture_content:
                # Now, because function calling appends to the user's list.
                limit = self._recorder.settings.content_max_characters
                self._attributes.update(content.request_attributes(self.request, limit))

    @guarded
    def attach(self) -> object:
        """Make this call current; give what comes back to ``detach`` before anything of the user's runs."""
        return self._place.enter(self._span, self if self.recording else None)

    @guarded
    def detach(self, token: Any) -> None:  # noqa: ANN401 - a ContextVar token, or None where attach failed
        """Undo ``attach``."""
        if token is not None:
            current.leave(token)

    @guarded
    def attempt(self) -> None:
        """One try of an HTTP request; those of a user's own requests inside a tool function are not ours."""
        if self._open is not None:
            self._outcome.attempts += 1

    @guarded
    def attempt_failed(self, error: BaseException) -> None:
        """A try that may be followed by another."""
        if self._open is not None:
            self._outcome.failed_attempts.append(error_type(error))

    def open_exchange(self) -> Exchange:
        """A billed request begins. Use it as a context manager, or close it with ``close_exchange``."""
        settings = self._recorder.settings
        answer = (
            content.Answer(settings.content_max_characters) if settings.capture_content else None
        )
        self._open = Exchange(self, self.request, answer)
        self._open.attempts_before = self._outcome.attempts
        return self._open

    @guarded
    def close_exchange(self, exchange: Exchange, error: BaseException | None = None) -> None:
        """A billed request is over. Without any answer there is nothing to bill, unless nobody can know."""
        if exchange.closed_at_ns:
            return
        exchange.closed_at_ns = self._recorder.clock()
        if self._open is exchange:
            self._open = None
        if not exchange.observed:
            sent = self._outcome.attempts > exchange.attempts_before
            self._outcome.unanswered |= sent and error is not None and status_code(error) is None
            return
        # A stream that just stops, without a finish reason, was cut off as well: some SDKs do not say so.
        whole = exchange.finished or (error is None and not self.request.stream)
        reasons: tuple[str, ...] = () if whole or exchange.metadata is None else ("partial_usage",)
        if self._merged:
            reasons += ("merged_exchanges",)
        self._exchanges.append(exchange)
        exchange.settle(self._recorder.book, self._outcome.start_ns, reasons)

    @guarded
    def exchange(self, response: Any) -> None:  # noqa: ANN401 - a GenerateContentResponse
        """Record one finished exchange from its response."""
        if self.recording:
            with self.open_exchange() as exchange:
                exchange.observe(response)

    @guarded
    def answered(self, response: Any) -> None:  # noqa: ANN401 - a GenerateContentResponse
        """The public method returned. Where no exchange was seen below it (an SDK we only half know), use that."""
        if self.recording and not self._exchanges:
            self._merged = True
            self.exchange(response)

    @guarded
    def first_chunk(self) -> None:
        """The first chunk of a stream is here."""
        self._outcome.first_chunk_ns = self._recorder.clock()

    @guarded
    def chunk(self, chunk: Any) -> None:  # noqa: ANN401 - a GenerateContentResponse
        """One more chunk reached the caller."""
        self._outcome.chunks += 1
        if self._outcome.chunks == 1:
            self.first_chunk()
        if self._open is None and self.recording and (self._merged or not self._exchanges):
            self._merged = True
            self.open_exchange()
        if self._merged and self._open is not None:
            self._open.observe(chunk)

    @guarded
    def fail(self, error: BaseException) -> None:
        """The call raises. The exception stays the user's; we note its type, and no text that may hold content."""
        self._outcome.error = error

    @guarded
    def end(self, end_time_ns: int | None = None, *, state: str = COMPLETE) -> None:
        """End the span; ``state`` is a stream's. What was billed until now is kept, whatever came in between."""
        if self._ended or not self._begun:
            return
        self._ended = True
        if self.recording:
            try:
                self._write(state)
            finally:
                self._span.end(end_time_ns or self._recorder.clock())
        else:
            self._span.end()

    def _write(self, state: str) -> None:
        """Everything onto the span; cost, usage and status last, so that a small attribute limit drops others first."""
        if self._open is not None:
            left_early = None if state == COMPLETE else GeneratorExit()
            self.close_exchange(self._open, self._outcome.error or left_early)
        cost = total_cost(self._exchanges, _NO_RESPONSE if self._outcome.unanswered else None)
        version = self._recorder.book.version
        if len(self._exchanges) > 1:
            for exchange in self._exchanges:
                self._span.add_event(
                    semconv.EXCHANGE_EVENT,
                    exchange.event_attributes(version),
                    exchange.closed_at_ns,
                )
        self._span.set_attributes({**self._attributes, **self._response_attributes(state)})
        if self._outcome.status is not None:
            self._span.set_status(self._outcome.status)
        readings = (exchange.reading for exchange in self._exchanges)
        self._span.set_attributes(
            {
                **attributes.usage_attributes(
                    reading for reading in readings if reading is not None
                ),
                **attributes.cost_attributes(cost, version),
            }
        )

    def _response_attributes(self, state: str) -> Attributes:
        """The last answer, and how the call went."""
        found: Attributes = {}
        if self._exchanges:
            last = self._exchanges[-1]
            found = last.response_attributes()
            if last.answer is not None:
                found[semconv.OUTPUT_MESSAGES] = last.answer.messages(last.finish_reasons)
        stream_state = state if self.request.stream else None
        return {**found, **self._outcome.attributes(len(self._exchanges), stream_state)}


class CallRecorder:
    """Makes calls. Immutable, shared by all threads; ``clock`` gives nanoseconds since the epoch."""

    def __init__(
        self,
        tracer: Tracer,
        settings: Settings,
        *,
        book: Book | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.tracer = tracer
        self.settings = settings
        self.book = book if book is not None else load_book()
        self.clock = clock

    def prepare(self, request: Request) -> Call:
        """A call whose span begins later, at its ``begin``; parent and attribution are those of now."""
        return Call(self, request)

    def start(self, request: Request) -> Call:
        """A call whose span begins now."""
        call = self.prepare(request)
        call.begin()
        return call
