"""What a call gathers while it runs, and what that amounts to: exchanges, tries, a stream's course, a failure."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.trace import Span

from gemledger import attributes, semconv
from gemledger.attributes import Attributes, Request
from gemledger.error_kinds import SAFETY
from gemledger.exchange import Exchange
from gemledger.outcome import COMPLETE, ERROR, Course, Failure, error_type, left_open, refused
from gemledger.pricing import Cost, engine
from gemledger.quotas import Refusal
from gemledger.settled import SettledCall

_NO_RESPONSE = engine.unpriced("no_response", "no_usage")


class Tally:
    """The books of one call. A base class of ``Call`` and no part of it: one object less to make in every call.

    ``left_open``: a request went out and nobody answered, so nobody can know whether it was billed.
    """

    __slots__ = (
        "attempts",
        "course",
        "exchanges",
        "failed_attempts",
        "failure",
        "left_open",
        "refusal",
        "start_ns",
    )

    exchanges: list[Exchange]
    attempts: int
    failed_attempts: list[str] | None
    left_open: bool
    failure: Failure | None
    refusal: Refusal | None
    """What the last 429 told."""
    course: Course | None
    """A stream's; None for a call that answers at once."""
    start_ns: int

    @property
    def tries(self) -> int:
        """How often HTTP was tried; an app may be recorded above HTTP only, and each answer took at least one."""
        return max(self.attempts, len(self.exchanges))

    @property
    def error_kind(self) -> str | None:
        """What went wrong; None where nothing did. Withheld answers are no errors, and went wrong all the same."""
        if self.failure is not None:
            return self.failure.kind
        return SAFETY if self.exchanges and self.exchanges[-1].withheld else None

    @property
    def retry_statuses(self) -> tuple[str, ...]:
        """How tries failed, where there were several."""
        failed = self.failed_attempts
        return tuple(failed) if failed is not None and self.attempts > 1 else ()

    @property
    def admitted(self) -> int:
        """Tries that Google let in: what counts against a limit on requests."""
        failed = self.failed_attempts
        return self.tries if failed is None else max(self.tries - failed.count("429"), 0)

    def note_failed_attempt(self, error: BaseException) -> None:
        """A try that may be followed by another."""
        if self.failed_attempts is None:
            self.failed_attempts = []
        self.failed_attempts.append(error_type(error))
        self.left_open |= left_open(error)
        self.refusal = refused(error) or self.refusal

    def note_failure(self, error: BaseException) -> None:
        """The call raises."""
        self.failure = failure = Failure.of(error)
        self.refusal = failure.refusal or self.refusal

    def total_cost(self) -> Cost:
        """The exchanges' cost, and what tries that nobody answered may have added."""
        exchanges = self.exchanges
        if len(exchanges) == 1 and not self.left_open:
            return exchanges[0].cost
        costs = [exchange.cost for exchange in exchanges]
        if self.left_open:
            costs.append(_NO_RESPONSE)
        return engine.combine(costs)

    def write(self, into: Attributes, cost: Cost, book_version: str, state: str) -> None:
        """As span attributes; usage and cost last, so that a small attribute limit drops others first."""
        exchanges = self.exchanges
        if exchanges:
            _write_answer(into, exchanges[-1])
        into[semconv.EXCHANGES] = len(exchanges)
        into[semconv.ATTEMPTS] = self.tries
        if self.failed_attempts is not None or self.failure is not None:
            self._write_failures(into)
        elif exchanges and exchanges[-1].withheld:
            into[semconv.ERROR_KIND] = SAFETY
        if self.course is not None:
            failed = self.failure is not None and state == COMPLETE
            self.course.write(into, self.start_ns, ERROR if failed else state)
        if len(exchanges) == 1:
            if exchanges[0].reading is not None:
                attributes.write_usage(into, exchanges[0].reading)
        elif exchanges:
            _write_sums(into, exchanges)
        attributes.write_cost(into, cost, book_version)

    def _write_failures(self, into: Attributes) -> None:
        """What went wrong, in the end or on the way."""
        if self.retry_statuses:
            into[semconv.RETRY_STATUSES] = self.retry_statuses
        if self.failure is not None:
            into[semconv.ERROR_TYPE] = self.failure.error_type
        if self.error_kind is not None:
            into[semconv.ERROR_KIND] = self.error_kind
        if self.refusal is not None:
            self.refusal.write(into)

    def settled(self, request: Request, paying: Mapping[str, str], cost: Cost) -> SettledCall:
        """The call as the bookkeeping in the app wants it."""
        return SettledCall(
            request,
            self.start_ns,
            paying,
            self.exchanges,
            cost,
            None if self.failure is None else self.failure.error_type,
            self.tries,
            self.error_kind,
            self.retry_statuses,
            self.refusal,
        )

    def add_events(self, span: Span, book_version: str) -> None:
        """Each exchange of several as an event with its own usage and cost: the price step is decided for each."""
        for exchange in self.exchanges:
            span.add_event(
                semconv.EXCHANGE_EVENT,
                exchange.event_attributes(book_version),
                exchange.closed_at_ns,
            )


def _write_answer(into: Attributes, last: Exchange) -> None:
    """The last answer, and its text where that is wanted."""
    last.write_response(into)
    if last.answer is not None:
        into[semconv.OUTPUT_MESSAGES] = last.answer.messages(last.finish_reasons)


def _write_sums(into: dict[str, Any], exchanges: list[Exchange]) -> None:
    """Quantities and tokens of several exchanges; the last one's quantities came with its answer."""
    for exchange in exchanges[:-1]:
        exchange.write_quantities(into)
    readings = [exchange.reading for exchange in exchanges if exchange.reading is not None]
    attributes.write_usage_sum(into, readings)
