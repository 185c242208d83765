"""One public SDK call while it runs: begun, made current, filled with exchanges, ended; becomes a span.

Every app pays for what is written here in every call, and most of the price is not arithmetic but cold code. So: few
functions on the way, each with a ``try`` of its own where ``guarded`` would add one more; one dict of attributes, set
at once; no circle of references, which would leave every call to the garbage collector. ``benchmarks/overhead.py``
measures it.
"""

from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel
from opentelemetry.trace import SpanKind

from gemledger import attributes, current, payer, receipts, semconv
from gemledger.attributes import Request
from gemledger.exchange import NOT_READ, Exchange
from gemledger.guard import guarded, report
from gemledger.outcome import COMPLETE, left_open
from gemledger.pricing import Cost
from gemledger.sessions import sessions_of
from gemledger.span_attributes import set_attributes
from gemledger.tally import Tally

if TYPE_CHECKING:
    from gemledger.call import CallRecorder, Unsampled
    from gemledger.capturing import Capturing

_CLIENT = SpanKind.CLIENT


class Call(Tally):
    """One public SDK call. Nothing here raises into the caller; a second ``end`` does nothing.

    Its parent is the context it was made in. Whoever wraps the SDK's method uses ``enter``, then ``returned`` or
    ``raised``; whoever stands in for the SDK ``begin``, ``open_exchange`` or ``exchange``, ``fail`` and ``end``.
    """

    __slots__ = (
        "_attributes",
        "_begun",
        "_capturing",
        "_ended",
        "_merged",
        "_open",
        "_parent",
        "_paying",
        "_recorder",
        "_response",
        "_span",
        "_token",
        "recording",
        "request",
    )

    begins_at_ns: int | None = None
    """Where a call has begun before anybody could tell: when."""

    def __init__(self, recorder: "CallRecorder", request: Request, parent: otel.Context) -> None:
        self.request = request
        self.recording = False
        self.exchanges = []
        self.attempts = 0
        self.failed_attempts = None
        self.left_open = False
        self.failure = None
        self.refusal = None
        self.course = None
        self._recorder = recorder
        self._parent = parent
        self._begun = self._ended = self._merged = False
        self._open: Exchange | None = None
        self._response: Any = None
        self._token: Any = None
        self._capturing: Capturing | None = None

    @guarded
    def begin(self) -> None:
        """Start the span, once."""
        if not self._begun:
            self._begin()

    def _begin(self) -> None:
        """Start the span."""
        self._begun = True
        request, recorder, parent = self.request, self._recorder, self._parent
        constant = attributes.constant(
            request.operation, request.model, request.stream, request.endpoint
        )
        self._paying = payer.current_attributes(parent)
        self.start_ns = start_ns = self.begins_at_ns or recorder.clock()
        # A copy of what it starts with: a sampler of the app's gets it too.
        starting = constant.starting.copy()
        self._span = span = recorder.tracer.start_span(
            constant.span_name, parent, _CLIENT, starting, start_time=start_ns
        )
        if span.is_recording():
            self._attributes = constant.known.copy()
            self.recording = True
            if request.config is not None or self._paying or recorder.capturing is not None:
                self._add_known(recorder.capturing)

    def enter(self) -> bool:
        """Start the span and make the call current, until ``returned`` or ``raised``. Whether that went well."""
        try:
            self._begin()
            self._token = otel.attach(current.inside(self._parent, self._span, self))
        except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
            report("Call.enter")
            return False
        return True

    @guarded
    def _add_known(self, capturing: "Capturing | None") -> None:
        """What the config says, who pays, and the question, if this is one of the calls whose content is wanted."""
        known = self._attributes
        if self.request.config is not None:
            known.update(attributes.config_attributes(self.request.config))
        known.update(self._paying)
        if capturing is not None and capturing.wants(
            self._span.get_span_context().trace_id, self._paying.get(semconv.CONVERSATION_ID)
        ):
            self._capturing = capturing
            known.update(capturing.request(self.request))

    def attempt(self) -> None:
        """One try of an HTTP request; those of a user's own requests inside a tool function are not ours."""
        if self._open is not None:
            self.attempts += 1

    @guarded
    def attempt_failed(self, error: BaseException) -> None:
        """A try that may be followed by another."""
        if self._open is not None:
            self.note_failed_attempt(error)

    def open_exchange(self) -> Exchange:
        """A billed request begins. Use it as a context manager, or close it with ``close_exchange``."""
        answer = None if self._capturing is None else self._capturing.answer()
        self._open = exchange = Exchange(self, self.request, answer)
        exchange.attempts_before = self.attempts
        return exchange

    def answer(self, exchange: Exchange, response: Any) -> None:  # noqa: ANN401 - a GenerateContentResponse
        """The billed request is answered, and over."""
        exchange.note(response)
        try:
            self._close(exchange, early=False, lost=False)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
            report("Call.answer")

    @guarded
    def close_exchange(self, exchange: Exchange, error: BaseException | None = None) -> None:
        """A billed request is over. Without any answer there is nothing to bill, unless nobody can know."""
        if error is None:
            self._close(exchange, early=False, lost=False)
        else:
            self._close(exchange, early=True, lost=left_open(error))

    def _close(self, exchange: Exchange, *, early: bool, lost: bool) -> None:
        """Settle an exchange, once; ``lost``: if nothing was answered, nobody knows whether it was billed."""
        if exchange.call is None:
            return
        exchange.call = None
        if self._open is exchange:
            self._open = None
        if not exchange.observed:
            self.left_open |= lost and self.attempts > exchange.attempts_before
            return
        # A stream that just stops, without a finish reason, was cut off as well: some SDKs do not say so.
        whole = exchange.finished or not (early or self.course is not None)
        reasons: tuple[str, ...] = () if whole or exchange.metadata is None else ("partial_usage",)
        if self._merged:
            reasons += ("merged_exchanges",)
        exchange.closed_at_ns = self._recorder.clock()
        self.exchanges.append(exchange)
        exchange.settle(self._recorder.book, self.start_ns, reasons)

    def exchange(self, response: Any) -> None:  # noqa: ANN401 - a GenerateContentResponse
        """Record one finished exchange from its response."""
        self.answer(self.open_exchange(), response)

    def returned(self, response: Any) -> None:  # noqa: ANN401 - a GenerateContentResponse
        """The public method returned, and the call, which was entered, is over.

        Where no exchange was seen below it (an SDK we only half know), its answer is the only one there is.
        """
        otel.detach(self._token)
        self._response = response
        if not self.exchanges:
            self._merged = True
            self.exchange(response)
        self.end()

    def raised(self, error: BaseException) -> None:
        """The public method raised, and the call, which was entered, is over."""
        otel.detach(self._token)
        self.fail(error)
        self.end()

    def first_chunk(self) -> None:
        """The first chunk is here: nothing, for a call that is no stream."""

    @guarded
    def fail(self, error: BaseException) -> None:
        """The call raises. The exception stays the user's; we note its type, and no text that may hold content."""
        self.note_failure(error)

    def end(self, end_time_ns: int | None = None, *, state: str = COMPLETE) -> None:
        """End the span; ``state`` is a stream's. What was billed until now is kept, whatever came in between."""
        if self._ended or not self._begun:
            return
        self._ended = True
        cost = NOT_READ
        try:
            if self._open is not None:
                self._close_open(self._open, state)
            cost = self.total_cost()
            if self.refusal is not None or self._recorder.limits is not None:
                self._measure()
            if self.recording:
                self._write(cost, state)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
            report("Call.end")
        self._finish(cost, end_time_ns)

    def _close_open(self, exchange: Exchange, state: str) -> None:
        """The last exchange is open still, at the end of the call."""
        failure = self.failure
        early = failure is not None or state != COMPLETE
        self._close(exchange, early=early, lost=early if failure is None else failure.left_open)

    @guarded
    def _measure(self) -> None:
        """What is left of the model's rate limits: of those that are configured, or that a 429 has told of."""
        from gemledger.headroom import measure  # noqa: PLC0415 - for the few processes that know of any

        share = measure(self, self._recorder)
        if share is not None and self.recording:
            self._attributes[semconv.QUOTA_HEADROOM] = share

    def _write(self, cost: Cost, state: str) -> None:
        """Everything onto the span."""
        version, span = self._recorder.book.version, self._span
        self.write(self._attributes, cost, version, state)
        if len(self.exchanges) > 1:
            self.add_events(span, version)
        if self.failure is not None:
            span.set_status(self.failure.status)
        set_attributes(span, self._attributes)

    def _finish(self, cost: Cost, end_time_ns: int | None) -> None:
        """End the span, and tell the bookkeeping: who sums up, who may ask for this one, what no span tells."""
        try:
            self._span.end(end_time_ns or self._recorder.clock())
            for session in sessions_of(self._parent):
                session.add(cost, self.exchanges)
            response, self._response = self._response, None
            if response is not None:
                receipts.file(response, cost)
            # A span that is recorded but not sampled is exported by nobody.
            unsampled = self._recorder.unsampled
            if unsampled is not None and not self._span.get_span_context().trace_flags & 1:
                self.sum_up(unsampled, cost)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
            report("Call.end")

    def sum_up(self, unsampled: "Unsampled", cost: Cost) -> None:
        """No span tells of this call: its money goes into the sums."""
        unsampled.add(self.settled(self.request, self._paying, cost))
