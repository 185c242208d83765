"""Token cells times rates make cost lines, and what can be said about how sure they are. Pure; integer picoUSD."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, NamedTuple

from gemledger.pricing.book import Book, Rates
from gemledger.pricing.cells import Usage, billable_cells

EXACT, ESTIMATED, LOWER_BOUND, UNPRICED = "exact", "estimated", "lower_bound", "unpriced"
_SEVERITY = (EXACT, ESTIMATED, LOWER_BOUND, UNPRICED)

STATUS_BY_REASON: Mapping[str, str] = {
    "inferred_rate": ESTIMATED,  # the book could not read this rate on Google's own page
    "unknown_endpoint": ESTIMATED,  # not Google's list price: a proxy or a reseller answered
    "tier_assumed": ESTIMATED,  # a tier was asked for, the response does not say which one served
    "cached_above_prompt": ESTIMATED,  # contradictory usage, clamped
    "details_above_count": ESTIMATED,
    "total_mismatch": ESTIMATED,
    "cached_modality_unknown": ESTIMATED,  # cached tokens without details, and modalities differ in price
    "context_step_unclear": ESTIMATED,  # Google does not say whether tool tokens count towards the step
    "merged_exchanges": ESTIMATED,  # several exchanges seen as one: the step is decided on a sum
    "partial_usage": LOWER_BOUND,  # the stream ended early: billed so far, perhaps more
    "grounding_not_priced": LOWER_BOUND,  # queries have a fee that this book does not hold yet
    "no_response": LOWER_BOUND,  # a connection broke: nobody knows whether that request was billed
    "unpriced_exchange": LOWER_BOUND,  # one of several exchanges has no price
    "unknown_model": UNPRICED,
    "no_rate": UNPRICED,  # model known, but not this tier, date or modality: no_rate:flex
    "no_usage": UNPRICED,  # answered without usage
}
"""What each reason makes of a cost. A reason may carry a detail behind a colon: ``no_rate:flex``."""


class Facts(NamedTuple):
    """Everything about one exchange that its price depends on.

    ``reasons`` are those found before pricing (contradictory usage, early end); ``usage`` is None where the response
    had none. ``server_address`` is the host that answered.
    """

    platform: str
    request_model: str
    response_model: str | None
    tier: str
    at_unix_nano: int
    usage: Usage | None
    region: str = "global"
    server_address: str | None = None
    grounded: bool = False
    reasons: tuple[str, ...] = ()


class Cost(NamedTuple):
    """What an exchange, or a call of several, cost.

    ``lines`` is picoUSD per token cell and sums to ``total_pico_usd``, which is None when nothing has a price:
    unpriced is not free. ``rows`` are the entries of the book that were used.
    """

    lines: Mapping[str, int]
    total_pico_usd: int | None
    status: str
    reasons: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()

    def by_class(self) -> dict[str, int]:
        """Lines per token class, modalities added up: the figures on the span."""
        classes: dict[str, int] = {}
        for cell, pico in self.lines.items():
            token_class = cell.partition(".")[0]
            classes[token_class] = classes[token_class] + pico if token_class in classes else pico
        return classes


FREE = Cost({}, 0, EXACT)
"""A request that Google refused: 4xx and 5xx are not charged."""


def cost_lines(rates: Rates, cells: Mapping[str, Any]) -> dict[str, Any]:
    """Cells times rates, for ints and for int64 arrays. Raises LookupError for an output modality without a rate."""
    pico = rates.pico_usd_per_token
    try:
        return {cell: count * pico[cell] for cell, count in cells.items()}
    except KeyError:
        return {cell: count * _rate(rates, cell) for cell, count in cells.items()}


def _rate(rates: Rates, cell: str) -> int:
    """The rate of a cell, text's where an input modality has none of its own."""
    pico = rates.pico_usd(cell)
    if pico is None:
        raise LookupError(f"{rates.row} has no rate for {cell}")
    return pico


def price_exchange(book: Book, facts: Facts) -> Cost:
    """The cost of one exchange; never raises for what a response may contain, says ``unpriced`` instead."""
    usage = facts.usage
    if usage is None:
        return unpriced(*facts.reasons, "no_usage")
    model = facts.response_model or facts.request_model
    threshold = book.long_context_threshold(facts.platform, model, facts.at_unix_nano)
    long_context = threshold is not None and usage.prompt_tokens > threshold
    rates = book.rates_for(
        facts.platform, model, facts.tier, long_context, facts.at_unix_nano, facts.region
    )
    if rates is None:
        return unpriced(*facts.reasons, _why_no_rates(book, facts, model))
    try:
        lines = cost_lines(rates, billable_cells(usage, grounded=int(facts.grounded)))
    except LookupError as error:
        return unpriced(*facts.reasons, f"no_rate:{str(error).rpartition(' ')[2]}")
    reasons = (*_relevant(facts.reasons, rates), *_doubts(facts, usage, rates, threshold))
    return Cost(lines, sum(lines.values()), status_of(reasons), reasons, (rates.row,))


def _why_no_rates(book: Book, facts: Facts, model: str) -> str:
    """The reason for a missing rate: the model, or only this tier or date of it."""
    if not book.knows(facts.platform, model):
        return "unknown_model"
    known_at_all = book.rates_for(facts.platform, model, facts.tier, False, 2**63 - 1)
    return f"no_rate:{'date' if known_at_all else facts.tier}"


def _relevant(reasons: tuple[str, ...], rates: Rates) -> tuple[str, ...]:
    """Reasons found upstream, without those that make no difference to the price of this model."""
    if "cached_modality_unknown" in reasons and "cache_read.audio" not in rates.pico_usd_per_token:
        return tuple(reason for reason in reasons if reason != "cached_modality_unknown")
    return reasons


def _doubts(facts: Facts, usage: Usage, rates: Rates, threshold: int | None) -> tuple[str, ...]:
    """What keeps a priced exchange from being exact."""
    doubts: tuple[str, ...] = ()
    if rates.confidence != "published":
        doubts += ("inferred_rate",)
    if not is_listed_endpoint(facts.server_address):
        doubts += ("unknown_endpoint",)
    if facts.grounded:
        doubts += ("grounding_not_priced",)
    if threshold is not None and usage.prompt_tokens <= threshold < usage.input_tokens:
        doubts += ("context_step_unclear",)
    return doubts


def unpriced(*reasons: str) -> Cost:
    """A cost that is not known at all, and why."""
    return Cost({}, None, UNPRICED, reasons)


def status_of(reasons: Iterable[str]) -> str:
    """The status that reasons amount to: the most severe wins; none means exact. An unknown reason is a doubt."""
    status = EXACT
    for reason in reasons:
        mine = STATUS_BY_REASON.get(reason.partition(":")[0], ESTIMATED)
        if _SEVERITY.index(mine) > _SEVERITY.index(status):
            status = mine
    return status


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
        reasons = (*(r for r in reasons if status_of([r]) != UNPRICED), "unpriced_exchange")
    lines: dict[str, int] = {}
    for cost in priced:
        for cell, pico in cost.lines.items():
            lines[cell] = lines.get(cell, 0) + pico
    rows = tuple(dict.fromkeys(row for cost in priced for row in cost.rows))
    total = sum(cost.total_pico_usd or 0 for cost in priced)
    return Cost(lines, total, status_of(reasons), reasons, rows)


@lru_cache(maxsize=256)
def is_listed_endpoint(server_address: str | None) -> bool:
    """Whether list prices hold at this host: Google's own API hosts, and loopback (the simulator, tests)."""
    if not server_address:
        return False
    host = server_address.lower().strip("[]")
    if host == "localhost" or host.endswith(".googleapis.com"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
