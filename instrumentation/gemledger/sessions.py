"""What a piece of a program cost: sums over the calls made inside a block, carried on the OpenTelemetry context.

(The public function is ``gemledger.session``; a module of that name would shadow it on the package.)
"""

import threading
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Self

from opentelemetry import context as otel

from gemledger.carried import Carried, Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemledger.exchange import Exchange
    from gemledger.pricing import Cost

_KEY = otel.create_key("gemledger-session")
_STATUSES = ("exact", "estimated", "lower_bound", "unpriced")
"""From sure to unsure; the least sure call decides."""


def sessions_of(context: otel.Context) -> "tuple[Session, ...]":
    """The sessions that calls made in this context belong to; empty outside of any."""
    frame = context.get(_KEY)
    return frame.value if isinstance(frame, Frame) else ()


class Session(Carried):
    """Sums over the calls made while it is entered; readable at any time, also while calls run in other threads.

    A call counts when it has ended, sampled or not, with or without an exporter; ``instrument()`` or ``init()`` must
    have been called. Sessions nest: a call counts in each it was made in. ``cost_pico_usd`` is an integer of 1e-12
    USD, and is what is known: ``unpriced_calls`` says how many calls it leaves out.
    """

    _key = _KEY

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reasons: dict[str, None] = {}
        self._severity = 0
        self._upper_known = True
        self._upper_pico_usd = 0
        self.calls = 0
        self.exchanges = 0
        self.unpriced_calls = 0
        self.cost_pico_usd = 0
        self.input_tokens = 0
        self.output_tokens = 0

    def _inside(self, outside: otel.Context) -> "tuple[Session, ...]":
        around = sessions_of(outside)
        return around if self in around else (*around, self)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(error_type, error, traceback)

    @property
    def cost_usd(self) -> Decimal:
        """What is known to have been spent, exactly."""
        return _usd(self.cost_pico_usd)

    @property
    def upper_pico_usd(self) -> int | None:
        """The most it can have cost; None where nobody can know."""
        with self._lock:
            return self._upper_pico_usd if self._upper_known else None

    @property
    def upper_usd(self) -> Decimal | None:
        """The same in dollars."""
        pico = self.upper_pico_usd
        return None if pico is None else _usd(pico)

    @property
    def status(self) -> str:
        """How sure ``cost_usd`` is, as for a call: ``exact``, ``estimated``, ``lower_bound`` or ``unpriced``."""
        with self._lock:
            if self.unpriced_calls:
                return "unpriced" if self.unpriced_calls == self.calls else "lower_bound"
            return _STATUSES[self._severity]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why not exact; each once, in the order they came up."""
        with self._lock:
            return tuple(self._reasons)

    def add(self, cost: "Cost", exchanges: "Sequence[Exchange]") -> None:
        """Count one call that has ended. Thread-safe."""
        with self._lock:
            self.calls += 1
            self.exchanges += len(exchanges)
            for exchange in exchanges:
                if exchange.reading is not None:
                    self.input_tokens += exchange.reading.usage.input_tokens
                    self.output_tokens += exchange.reading.usage.output_tokens
            if cost.reasons:
                self._reasons.update(dict.fromkeys(cost.reasons))
            if cost.total_pico_usd is None:
                self.unpriced_calls += 1
                self._upper_known = False
            else:
                self._add_priced(cost, cost.total_pico_usd)

    def _add_priced(self, cost: "Cost", pico: int) -> None:
        """The money of one call, and how sure it is."""
        self.cost_pico_usd += pico
        upper = cost.upper_pico_usd
        self._upper_pico_usd += pico if upper is None else upper
        if cost.status != "exact":
            self._upper_known &= upper is not None or cost.status != "lower_bound"
            self._severity = max(self._severity, _STATUSES.index(cost.status))


def _usd(pico: int) -> Decimal:
    """Dollars, exactly."""
    return Decimal(pico).scaleb(-12)


def session() -> Session:
    """Sums up what the calls inside cost: ``with gemledger.session() as s: …``, then ``s.cost_usd``, ``s.calls``.

    Also ``async with``. Tasks started inside belong to it; a plain thread does where its context is handed over.
    """
    return Session()
