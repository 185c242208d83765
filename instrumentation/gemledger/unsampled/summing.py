"""The sum of calls that are alike, and the attributes of the span it becomes. Pure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from gemledger import attributes, semconv
from gemledger.attributes import Attributes
from gemledger.pricing import Cost, Usage, model_id
from gemledger.pricing.cells import MOST, MOST_QUANTITY
from gemledger.unsampled.alike import resolution_of
from gemledger.usage import Reading

if TYPE_CHECKING:
    from gemledger.settled import SettledCall

_SHARED = frozenset({semconv.CACHE_NAME, semconv.PURPOSE})
_SHARED_PREFIXES = (semconv.LABEL_PREFIX, "gemledger.attribution.")


class Event(NamedTuple):
    """An event of a span."""

    name: str
    attributes: Attributes
    at_ns: int


class Sum:
    """Counts and money of the calls of one key, and what they share.

    With ``alone``, the version of the price book, it is a sum of one, and tells all that a sampled call would.
    """

    __slots__ = (
        "_attributes",
        "_by_modality",
        "_first_cost",
        "_lines",
        "_pico_usd",
        "_quantities",
        "_tokens",
        "_upper_pico_usd",
        "attempts",
        "calls",
        "errors",
        "events",
        "exchanges",
        "start_ns",
    )

    def __init__(self, call: "SettledCall", alone: str | None = None) -> None:
        self._attributes = _shared_attributes(call)
        self.events: tuple[Event, ...] = ()
        if alone is None:
            self._attributes[semconv.UNSAMPLED_LONG_CONTEXT] = _is_long(call)
        else:
            self.events = _tell(call, alone, self._attributes)
        self._first_cost = call.cost
        self._tokens: list[int] = [0, 0, 0, 0, 0, 0]
        self._by_modality: dict[str, int] = {}
        self._quantities: Attributes = {}
        self._lines: dict[str, int] = {}
        self._pico_usd: int | None = None
        self._upper_pico_usd: int | None = 0
        self.start_ns = call.start_ns
        self.calls = self.errors = self.exchanges = self.attempts = 0

    @property
    def is_full(self) -> bool:
        """Whether one more call might pass what the collector believes of a single span."""
        if self._quantities and max(self._quantities.values()) > MOST_QUANTITY // 2:
            return True
        return max(self._tokens) > MOST // 2

    def add(self, call: "SettledCall") -> None:
        """One more call of this key."""
        self.calls += 1
        self.attempts += call.attempts
        if call.error_type is not None:
            self.errors += 1
        if call.start_ns < self.start_ns:  # noqa: PLR1730 - half the price of min(), on the way of every call
            self.start_ns = call.start_ns
        for exchange in call.exchanges:
            self.exchanges += 1
            if exchange.reading is not None:
                self._add_usage(exchange.reading)
            if exchange.quantities:
                exchange.write_quantities(self._quantities)
        if call.cost.total_pico_usd is not None:
            self._add_cost(call.cost, call.cost.total_pico_usd)

    def _add_usage(self, reading: Reading) -> None:
        """The tokens of one exchange."""
        usage, tokens = reading.usage, self._tokens
        tokens[0] += usage.input_tokens
        tokens[1] += usage.output_tokens
        tokens[2] += usage.cache_read
        tokens[3] += usage.tool_use
        tokens[4] += usage.thoughts
        tokens[5] += reading.total_tokens or 0
        if reading.by_modality:
            _accumulate(self._by_modality, reading.by_modality)

    def _add_cost(self, cost: Cost, pico: int) -> None:
        """The money of one call."""
        self._pico_usd = (self._pico_usd or 0) + pico
        if cost.upper_pico_usd is None:
            self._upper_pico_usd = None
        elif self._upper_pico_usd is not None:
            self._upper_pico_usd += cost.upper_pico_usd
        _accumulate(self._lines, cost.lines)

    def attributes(self, book_version: str) -> Attributes:
        """Of the sum's span: as a call's, with sums for figures; usage and cost last."""
        found = self._attributes | self._quantities
        found[semconv.EXCHANGES] = self.exchanges
        found[semconv.ATTEMPTS] = max(self.attempts, self.exchanges)
        found[semconv.UNSAMPLED_CALLS] = self.calls
        found[semconv.UNSAMPLED_ERRORS] = self.errors
        if any(self._tokens):
            tokens, output, cached, tool_use, thoughts, total = self._tokens
            usage = Usage(tokens, output, cached, tool_use, thoughts)
            attributes.write_usage(found, Reading(usage, total or None, (), self._by_modality))
        cost = self._first_cost._replace(
            lines=self._lines,
            total_pico_usd=self._pico_usd,
            upper_pico_usd=self._upper_pico_usd,
        )
        attributes.write_cost(found, cost, book_version)
        return found


def _accumulate(sums: dict[str, int], counts: Mapping[str, int]) -> None:
    """Add counts by name."""
    for name, count in counts.items():
        sums[name] = sums.get(name, 0) + count


def _shared_attributes(call: "SettledCall") -> Attributes:
    """What every call of a key has in common: operation, models, tier, endpoint, account, payers."""
    request = call.request
    constant = attributes.constant(request.operation, request.model, False, request.endpoint)
    found: Attributes = {**constant.starting, **constant.known}
    asked = {} if request.config is None else attributes.config_attributes(request.config)
    for name, value in (*asked.items(), *call.attribution.items()):
        if name in _SHARED or name.startswith(_SHARED_PREFIXES):
            found[name] = value
    _write_failures(call, found)
    if call.exchanges:
        exchange = call.exchanges[0]
        found[semconv.SERVICE_TIER] = exchange.tier
        if exchange.model:
            found[semconv.RESPONSE_MODEL] = model_id(exchange.model)
        resolution = resolution_of(exchange)
        if resolution:
            found[semconv.RESOLUTION] = resolution
    return found


def _write_failures(call: "SettledCall", into: Attributes) -> None:
    """How each of the calls went wrong; a retry delay is that of the first."""
    if call.error_type is not None:
        into[semconv.ERROR_TYPE] = call.error_type
    if call.error_kind is not None:
        into[semconv.ERROR_KIND] = call.error_kind
    if call.retry_statuses:
        into[semconv.RETRY_STATUSES] = call.retry_statuses
    if call.refusal is not None:
        call.refusal.write(into)


def _is_long(call: "SettledCall") -> bool:
    """Whether the exchanges were above the price step of their model."""
    return any("/long/" in row for exchange in call.exchanges for row in exchange.cost.rows)


def _tell(call: "SettledCall", book_version: str, into: Attributes) -> tuple[Event, ...]:
    """The last answer onto the span, and of several exchanges each as an event: as a sampled call's span has it."""
    if call.exchanges:
        call.exchanges[-1].write_response(into)
    if len(call.exchanges) < 2:
        return ()
    return tuple(
        Event(
            semconv.EXCHANGE_EVENT, exchange.event_attributes(book_version), exchange.closed_at_ns
        )
        for exchange in call.exchanges
    )
