"""Calls of ``interactions.create``, and looks at interactions: how they become spans, and settlements."""

from typing import TYPE_CHECKING, Any, TypeGuard

from opentelemetry import context as otel

from gemledger import semconv
from gemledger.exchange import Exchange
from gemledger.guard import guarded
from gemledger.outcome import COMPLETE, Failure
from gemledger.pricing import Cost
from gemledger.recorded_call import Call
from gemledger.surfaces.interactions.asked import Asked
from gemledger.surfaces.interactions.exchange import InteractionExchange, Looked
from gemledger.surfaces.interactions.following import Followed, take
from gemledger.surfaces.interactions.settle import billed_by, settle_found, tell

if TYPE_CHECKING:
    from gemledger.call import Unsampled


_FAILED = "failed"


class InteractionCall(Call):
    """As ``Call``; each of its exchanges is an interaction with an id of its own, billed once whoever tells it."""

    __slots__ = ()

    def _begin(self) -> None:
        super()._begin()
        asked = self.request.config
        if self.recording and isinstance(asked, Asked):
            if asked.agent is not None:
                self._attributes[semconv.AGENT_NAME] = asked.agent
            if asked.previous_interaction_id is not None:
                self._attributes[semconv.PREVIOUS_INTERACTION] = asked.previous_interaction_id

    def open_exchange(self) -> Exchange:
        """One request begins: the first, or one that continues a long answer."""
        self.begin()
        answer = None if self._capturing is None else self._capturing.answer()
        self._open = exchange = InteractionExchange(self, self.request, answer)
        exchange.attempts_before = self.attempts
        return exchange

    def _close(self, exchange: Exchange, *, early: bool, lost: bool) -> None:
        super()._close(exchange, early=early, lost=lost)
        if isinstance(exchange, InteractionExchange):
            self._note_ended(exchange)

    @guarded
    def _note_ended(self, exchange: InteractionExchange) -> None:
        """Its bill is on this call: who looks at it from here on need not tell it again."""
        told = exchange.interaction
        if exchange.settlement_id is not None and told.id is not None:
            billed_by(self._recorder).keep(told.id, True)
        error = told.error or (_FAILED if told.state == _FAILED else None)
        if error is not None and self.failure is None:  # nothing is raised, and still it went wrong
            self.failure = Failure(error, None, left_open=False)

    def _write(self, cost: Cost, state: str) -> None:
        """The requests before the last are told as settlements, and the span tells of the last, whose id it has.

        Each is billed under its own id, and a webhook or another process may have told the last one's bill already:
        a span that stood for all of them would then not count, and take the others with it.
        """
        whole = self.exchanges
        settled = [each for each in whole[:-1] if self._is_settled(each)]
        for exchange in settled:
            times_ns = (self.start_ns, exchange.closed_at_ns)
            tell(self._recorder, exchange, dict(self._paying), times_ns, calls=0)
        if settled:
            self._attributes[semconv.INTERACTION_REQUESTS] = len(whole)
            self.exchanges = [each for each in whole if each not in settled]
            cost = self.total_cost()
        try:
            super()._write(cost, state)
        finally:
            self.exchanges = whole

    @staticmethod
    def _is_settled(exchange: Exchange) -> TypeGuard[InteractionExchange]:
        return isinstance(exchange, InteractionExchange) and exchange.settlement_id is not None

    def sum_up(self, unsampled: "Unsampled", cost: Cost) -> None:
        """No span tells of this call: its interactions are settled, so that nobody bills them again."""
        exchanges = [each for each in self.exchanges if self._is_settled(each)]
        if not exchanges or len(exchanges) < len(self.exchanges):
            super().sum_up(unsampled, cost)
            return
        if len(exchanges) == 1:
            exchanges[0].cost = cost  # with what tries that nobody answered may have added
        for exchange in exchanges:
            is_last = exchange is exchanges[-1]
            times_ns = (self.start_ns, exchange.closed_at_ns)
            tell(self._recorder, exchange, dict(self._paying), times_ns, calls=int(is_last))


class InteractionStream(Followed, InteractionCall):
    """The same, whose answer comes when ``create`` has returned."""

    __slots__ = ()


class WholeCall(InteractionCall):
    """Of an SDK that does not show its requests one by one: all of ``create`` is one, as far as anybody sees."""

    __slots__ = ()

    def enter(self) -> bool:
        """Start the span, make the call current, and open its exchange."""
        entered = super().enter()
        if entered:
            self.open_exchange()
        return entered

    def returned(self, response: Any) -> None:  # noqa: ANN401 - whatever the method gives
        """The method returned. If it took several requests, they are seen as one."""
        self._merged = len(getattr(response, "continuation_ids", None) or ()) > 1
        if self._open is not None:
            take(self, self._open, response)
        super().returned(response)


class WholeStream(WholeCall, InteractionStream):
    """The same, whose answer comes when ``create`` has returned."""

    __slots__ = ()


class Look(Call):
    """A look at an interaction. It is free, and whoever finds that it is over tells what it cost."""

    __slots__ = ()

    def _begin(self) -> None:
        super()._begin()
        if self.recording:
            self._attributes[semconv.JOB_NAME] = self.request.config.interaction_id

    def enter(self) -> bool:
        """Start the span, make the call current, and open its exchange."""
        entered = super().enter()
        if entered:
            self.open_exchange()
        return entered

    def open_exchange(self) -> Exchange:
        """The request begins."""
        self._open = exchange = Looked(self, self.request, None)
        exchange.attempts_before = self.attempts
        return exchange

    def returned(self, response: Any) -> None:  # noqa: ANN401 - an Interaction, a raw response, or nothing
        """The method returned, and the call is over."""
        otel.detach(self._token)
        if self._open is not None:
            take(self, self._open, response)
        self.end()

    def total_cost(self) -> Cost:
        """Nothing, also where nobody answered."""
        self.left_open = False
        return super().total_cost()

    def end(self, end_time_ns: int | None = None, *, state: str = COMPLETE) -> None:
        """End the span; then tell what was found."""
        was_over = self._ended
        super().end(end_time_ns, state=state)
        if not was_over and self.exchanges and isinstance(self.exchanges[-1], Looked):
            told = self.exchanges[-1].interaction
            settle_found(self._recorder, self.request, told, self.start_ns)


class LookStream(Followed, Look):
    """The same, that shows its events."""

    __slots__ = ()

    def returned(self, response: Any) -> None:  # noqa: ANN401 - as in Followed
        """The method returned."""
        if self._open is not None:
            take(self, self._open, response)
        super().returned(response)
