"""What an exchange is priced by, what comes of it, and what several of them cost together."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from gemledger.pricing.cells import Usage
from gemledger.pricing.reasons import EXACT, LOWER_BOUND, UNPRICED, status_of, status_of_one
from gemledger.pricing.units import line_of

_NOTHING: Mapping[str, int] = {}


class Facts(NamedTuple):
    """Everything about one exchange that its price depends on.

    ``usage`` is None where the response had none. ``server_address`` is the host that answered. ``quantities`` counts
    what the response shows of things billed by the piece, by unit; whichever of them the model's rates know is
    charged. ``tool_tokens``: ``billed``; ``free`` where Google Search or Maps retrieved them; ``mixed`` where nobody
    can tell. ``reasons`` are doubts found before pricing (contradictory usage, early end).
    """

    platform: str
    request_model: str
    response_model: str | None
    tier: str
    at_unix_nano: int
    usage: Usage | None
    region: str = "global"
    server_address: str | None = None
    quantities: Mapping[str, int] = _NOTHING
    resolution: str = ""
    tool_tokens: str = "billed"
    reasons: tuple[str, ...] = ()


class Cost(NamedTuple):
    """What an exchange, or a call of several, cost.

    ``lines`` is picoUSD per token cell or unit and sums to ``total_pico_usd``, which is None when nothing has a
    price: unpriced is not free. ``rows`` are the entries of the book that were used. ``upper_pico_usd`` is the most it
    can have cost, where the cost is not exact and that is known.
    """

    lines: Mapping[str, int]
    total_pico_usd: int | None
    status: str
    reasons: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    upper_pico_usd: int | None = None

    def by_class(self) -> dict[str, int]:
        """Lines per class of ``semconv.COST_LINES``, modalities and units added up: the figures on the span."""
        classes: dict[str, int] = {}
        for cell, pico in self.lines.items():
            line = line_of(cell)
            classes[line] = classes[line] + pico if line in classes else pico
        return classes

    @property
    def usd(self) -> Decimal | None:
        """The total in USD, exact; None when unpriced."""
        return _usd(self.total_pico_usd)

    @property
    def upper_usd(self) -> Decimal | None:
        """The upper bound in USD, exact; None when the cost is exact or no bound is known."""
        return _usd(self.upper_pico_usd)


def _usd(pico: int | None) -> Decimal | None:
    return None if pico is None else Decimal(pico).scaleb(-12)


FREE = Cost({}, 0, EXACT)
"""A request that Google refused: 4xx and 5xx are not charged."""


def unpriced(*reasons: str) -> Cost:
    """A cost that is not known at all, and why."""
    return Cost({}, None, UNPRICED, reasons)


def combine(costs: Iterable[Cost]) -> Cost:
    """The cost of a call from those of its exchanges. One without a price among others leaves a lower bound."""
    every = tuple(costs)
    if len(every) == 1:
        return every[0]
    priced = [cost for cost in every if cost.total_pico_usd is not None]
    reasons = tuple(dict.fromkeys(reason for cost in every for reason in cost.reasons))
    if not priced:
        return unpriced(*reasons) if every else FREE
    if len(priced) < len(every):
        kept = (reason for reason in reasons if status_of_one(reason) != UNPRICED)
        reasons = (*kept, "unpriced_exchange")
    lines: dict[str, int] = {}
    for cost in priced:
        for cell, pico in cost.lines.items():
            lines[cell] = lines.get(cell, 0) + pico
    rows = tuple(dict.fromkeys(row for cost in priced for row in cost.rows))
    total = sum(cost.total_pico_usd or 0 for cost in priced)
    return Cost(lines, total, status_of(reasons), reasons, rows, _upper_of_all(every))


def _upper_of_all(costs: tuple[Cost, ...]) -> int | None:
    """The sum of the upper ends, where a cost has one, and none is open towards the top."""
    for cost in costs:
        if cost.upper_pico_usd is None and cost.status in (LOWER_BOUND, UNPRICED):
            return None
    if all(cost.upper_pico_usd is None for cost in costs):
        return None
    return sum(
        (cost.total_pico_usd or 0) if cost.upper_pico_usd is None else cost.upper_pico_usd
        for cost in costs
    )
