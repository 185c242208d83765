"""A call that is one exchange: its answer is read by the kind of exchange it was opened with."""

from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel

from gemledger.attributes import Request
from gemledger.exchange import Exchange
from gemledger.guard import guarded
from gemledger.recorded_call import Call

if TYPE_CHECKING:
    from gemledger.call import CallRecorder


class OneExchangeCall(Call):
    """As ``Call``; its only exchange opens when it is entered, and answers with what the method returns."""

    __slots__ = ("_exchange", "_kind")

    def __init__(
        self,
        recorder: "CallRecorder",
        request: Request,
        parent: otel.Context,
        kind: type[Exchange] = Exchange,
    ) -> None:
        super().__init__(recorder, request, parent)
        self._kind = kind
        self._exchange: Exchange | None = None

    def enter(self) -> bool:
        """Start the span, make the call current, and open its exchange."""
        entered = super().enter()
        if entered:
            self._exchange = self.open_exchange()
        return entered

    @property
    def awaited(self) -> Exchange | None:
        """The exchange that has not been answered; None before and after."""
        return self._exchange

    def open_exchange(self) -> Exchange:
        """The billed request begins; its attempts are counted from here."""
        self._open = exchange = self._kind(self, self.request, None)
        exchange.attempts_before = self.attempts
        return exchange

    def returned(self, response: Any) -> None:  # noqa: ANN401 - an answer of the SDK
        """The method returned, and the call is over."""
        otel.detach(self._token)
        self._response = response
        if self._exchange is not None:
            self.answer(self._exchange, response)
            self._exchange = None
        self.end()

    @guarded
    def tell(self, attribute: str, value: Any) -> None:  # noqa: ANN401 - whatever a span's attribute may be
        """One more attribute, where there is a span to carry it."""
        if self.recording:
            self._attributes[attribute] = value

    def raised(self, error: BaseException) -> None:
        """The method raised, and the call is over."""
        if self._exchange is not None:
            self.close_exchange(self._exchange, error)
            self._exchange = None
        super().raised(error)
