"""The price of one exchange: token cells and units times rates make lines, and how sure they are.

Pure; integer picoUSD; never raises for what a response may contain, and never makes a zero of what is unknown.
A call without doubts is priced here, text alone in about a microsecond; whatever needs thought is a ``case``.
"""

from collections.abc import Mapping
from typing import Any

from gemledger.pricing.book import Book
from gemledger.pricing.bounds import token_lines
from gemledger.pricing.case import priced_with_care
from gemledger.pricing.cells import MOST, MOST_QUANTITY, Usage, are_counts, billable_cells
from gemledger.pricing.cost import FREE, Cost, Facts, combine, unpriced
from gemledger.pricing.rates import Rates
from gemledger.pricing.reasons import (
    ESTIMATED,
    EXACT,
    LOWER_BOUND,
    STATUS_BY_REASON,
    UNPRICED,
    status_of,
)
from gemledger.pricing.tariff import SLOT_NS, Side, Tariff, tariff_of
from gemledger.pricing.units import charge

__all__ = [
    "ESTIMATED",
    "EXACT",
    "FREE",
    "LOWER_BOUND",
    "STATUS_BY_REASON",
    "UNPRICED",
    "Cost",
    "Facts",
    "combine",
    "cost_lines",
    "price_exchange",
    "status_of",
    "unpriced",
]

_cost = tuple.__new__
"""Makes a Cost from a tuple of its fields; the class itself takes three times as long."""


def cost_lines(rates: Rates, cells: Mapping[str, Any]) -> dict[str, Any]:
    """Cells times rates, for int64 arrays as for ints; the caller knows that every cell has a rate."""
    pico = rates.pico_usd_per_token
    return {cell: count * pico[cell] for cell, count in cells.items()}


def price_exchange(book: Book, facts: Facts, *, long_context: bool | None = None) -> Cost:
    """The cost of one exchange; never raises, whatever the facts are: what cannot be priced is ``unpriced``.

    ``long_context`` is given for a sum of exchanges, all on that side of the context step: a sum cannot tell. Then
    ``context_step_unclear`` is taken from the reasons, for the same reason.
    """
    try:
        platform, asked, model, tier, at, usage, region, server, _, _, _, reasons = facts
        tariff = tariff_of(book, platform, model or asked, tier, region, server, at // SLOT_NS)
        if not (usage is None or reasons or tariff.free or long_context is not None):
            cost = _plainly_priced(tariff, facts, usage)
            if cost is not None:
                return cost
        return priced_with_care(book, facts, tariff, long_context)
    except Exception:  # noqa: BLE001 - the app comes first: what we were given may be of any kind at all
        return unpriced("impossible_facts")


def _plainly_priced(tariff: Tariff, facts: Facts, usage: Usage) -> Cost | None:
    """The cost where nothing is to be decided but what is known of the rates; None where that is not so."""
    tokens, output, cached, tool_use, thoughts, in_parts, cache_parts, out_parts, _ = usage
    if not (0 <= cached <= tokens <= MOST and 0 <= thoughts <= output <= MOST):
        return None
    side = tariff.base if tokens <= tariff.threshold else tariff.long
    if side is None:
        return None
    lines: dict[str, int] | None
    if side.text is None or tool_use or in_parts or cache_parts or out_parts:
        lines = _lines_of_cells(tariff, side, facts, usage)
    else:
        input_pico, cached_pico, output_pico, thoughts_pico = side.text
        lines = {
            "input": (tokens - cached) * input_pico,
            "cache_read": cached * cached_pico,
            "tool_use": 0,
            "output": (output - thoughts) * output_pico,
            "thoughts": thoughts * thoughts_pico,
        }
    if facts.quantities:
        lines = _with_fees(lines, side, facts)
    if lines is None or type(total := sum(lines.values())) is not int:
        return None
    return _cost(Cost, (lines, total, side.status, side.doubts, side.rows, None))


def _lines_of_cells(
    tariff: Tariff, side: Side, facts: Facts, usage: Usage
) -> dict[str, int] | None:
    """The lines of tokens of any modality and of tools; None where a doubt is to be weighed."""
    if usage.tool_use:
        above = usage.input_tokens > tariff.threshold  # perhaps for its tool tokens alone
        if above or facts.tool_tokens == "mixed" or not 0 <= usage.tool_use <= usage.input_tokens:
            return None
    if not side.settled or not are_counts(*usage[5:8]):
        return None
    if side.dear_output and usage.undetailed_output > 0:
        return None
    cells = billable_cells(usage, tool_use_free=int(facts.tool_tokens == "free"))
    lines = token_lines(side.rates, cells)
    return None if isinstance(lines, str) else lines


def _with_fees(lines: dict[str, int] | None, side: Side, facts: Facts) -> dict[str, int] | None:
    """The lines and what was charged by the piece; None where a doubt is to be weighed."""
    if lines is None or facts.resolution or not side.settled:
        return None
    if not are_counts(facts.quantities, most=MOST_QUANTITY):
        return None
    fees, doubts = charge(side.fees, facts.quantities)
    return None if doubts else lines | fees
