"""An exchange that needs more thought than text alone: modalities, tools, fees, doubts and their upper end."""

from collections.abc import Mapping
from typing import NamedTuple

from gemledger.pricing.book import Book
from gemledger.pricing.bounds import (
    MODAL,
    Billed,
    cache_makes_a_difference,
    dearest_pico_usd,
    stated_cell,
    surcharge,
    token_lines,
    total_under,
)
from gemledger.pricing.cells import MOST, MOST_QUANTITY, Usage, are_counts, billable_cells
from gemledger.pricing.cost import Cost, Facts, unpriced
from gemledger.pricing.rates import Rates
from gemledger.pricing.reasons import (
    COSTS_NOTHING,
    EXACT,
    UNPRICED,
    has_a_dear_end,
    is_unbounded,
    joined,
    stated,
    status_of,
)
from gemledger.pricing.tariff import SLOT_NS, Side, Tariff, tariff_of
from gemledger.pricing.units import MEDIA_UNITS, charge, unit_lines

_NO_TOKENS = Usage(0, 0)


class Case(NamedTuple):
    """An exchange, and what may hold for it.

    ``above`` the context step; ``unclear``: perhaps above it all the same. ``standard``: the tariff that holds if the
    tier that was asked for is not the one that served; None where there is no such doubt.
    """

    billed: Billed
    tariff: Tariff
    side: Side
    above: bool
    unclear: bool
    reasons: tuple[str, ...]
    standard: Tariff | None


def priced_with_care(book: Book, facts: Facts, tariff: Tariff, long_context: bool | None) -> Cost:
    """The cost of an exchange of any kind; ``long_context`` as in ``price_exchange``."""
    if tariff.free is not None:
        return Cost({}, 0, EXACT, (tariff.free,))
    if not COSTS_NOTHING.isdisjoint(facts.reasons):
        return Cost({}, 0, EXACT, tuple(word for word in facts.reasons if word in COSTS_NOTHING))
    reasons = stated(facts.reasons) if facts.reasons else ()
    usage = _usage(facts)
    if usage is None:
        return unpriced(*reasons, "no_usage")
    if not _is_possible(usage, facts.quantities):
        reasons = (*reasons, "impossible_usage")
    if reasons and status_of(reasons) == UNPRICED:
        return unpriced(*dict.fromkeys(reasons))
    above = usage.prompt_tokens > tariff.threshold if long_context is None else long_context
    side = tariff.side(long_context=above)
    if side is None:
        return unpriced(*reasons, tariff.why[above])
    case = Case(
        _billed(facts, usage, tariff),
        tariff,
        side,
        above,
        _is_unclear(facts, usage, tariff, long_context),
        reasons,
        _standard(book, facts) if "tier_assumed" in reasons else None,
    )
    return _charged(case, is_answer_without_usage=facts.usage is None)


def _usage(facts: Facts) -> Usage | None:
    """The tokens; none at all where an answer is billed by the piece, and comes without usage."""
    if facts.usage is None and any(facts.quantities.get(unit) for unit in MEDIA_UNITS):
        return _NO_TOKENS
    return facts.usage


def _is_possible(usage: Usage, quantities: Mapping[str, int]) -> bool:
    """Whether all counts are counts."""
    for count in (*usage[:5], usage.output_detailed):
        if type(count) is not int or not 0 <= count <= MOST:
            return False
    return are_counts(*usage[5:8]) and are_counts(quantities, most=MOST_QUANTITY)


def _billed(facts: Facts, usage: Usage, tariff: Tariff) -> Billed:
    known = facts.tool_tokens in ("free", "mixed") and usage.tool_use > 0
    tool_tokens = facts.tool_tokens if known else "billed"
    return Billed(usage, facts.quantities, facts.resolution, tool_tokens, tariff.included)


def _is_unclear(facts: Facts, usage: Usage, tariff: Tariff, long_context: bool | None) -> bool:
    """Whether the exchange passes the context step only if its tool tokens count towards it."""
    if long_context is not None:
        return not long_context and "context_step_unclear" in facts.reasons
    return bool(usage.prompt_tokens <= tariff.threshold < usage.input_tokens)


def _standard(book: Book, facts: Facts) -> Tariff:
    """What the exchange is priced by if the tier that was asked for did not serve it."""
    model, slot = facts.response_model or facts.request_model, facts.at_unix_nano // SLOT_NS
    return tariff_of(
        book, facts.platform, model, "standard", facts.region, facts.server_address, slot
    )


def _charged(case: Case, *, is_answer_without_usage: bool) -> Cost:
    """The case's lines, its doubts, and the most it can have cost."""
    billed, rates = case.billed, case.side.rates
    cells = billable_cells(billed.usage, tool_use_free=int(billed.tool_tokens != "billed"))
    lines = token_lines(rates, cells)
    if isinstance(lines, str):
        return unpriced(*case.reasons, f"no_rate:{lines}")
    fees, fee_doubts = _fees(case)
    missing = [doubt for doubt in fee_doubts if doubt.startswith("fee_unknown")]
    if is_answer_without_usage and missing and not fees:
        return unpriced(*case.reasons, *(fee.replace("fee_unknown", "no_rate") for fee in missing))
    lines.update(fees)
    total = sum(lines.values())
    found = (*_doubts(case, cells, fees, total), *fee_doubts)
    if case.unclear:
        found += ("context_step_unclear",)
    mattering = [reason for reason in case.reasons if _matters(reason, rates, cells)]
    reasons = joined(mattering, found) if mattering else found
    status = status_of(reasons) if reasons else EXACT
    upper = None if status == EXACT else _upper(case, total, reasons)
    return Cost(lines, total, status, reasons, case.side.rows, upper)


def _fees(case: Case) -> tuple[dict[str, int], tuple[str, ...]]:
    """What was charged by the piece, and the doubts about it."""
    billed = case.billed
    if billed.resolution:
        return unit_lines(case.side.rates, billed.quantities, billed.resolution, billed.included)
    return charge(case.side.fees, billed.quantities) if billed.quantities else ({}, ())


def _doubts(
    case: Case, cells: Mapping[str, int], fees: Mapping[str, int], total: int
) -> tuple[str, ...]:
    """What keeps a priced exchange from being exact, beside fees and the context step."""
    billed, side = case.billed, case.side
    doubts = side.doubts
    if "inferred_rate" not in doubts and _is_inferred(side.rates, cells, fees):
        doubts = ("inferred_rate", *doubts)
    if side.other is not None and total_under(side.other, billed, cells) != total:
        doubts += ("price_change_near",)
    if billed.tool_tokens == "mixed":
        doubts += ("tool_tokens_mixed",)
    if side.dear_output and min(billed.usage.undetailed_output, cells["output"]) > 0:
        doubts += ("output_modality_unknown",)
    return doubts


def _is_inferred(rates: Rates, cells: Mapping[str, int], fees: Mapping[str, int]) -> bool:
    """Whether a rate that was used is one nobody read on Google's page."""
    if not rates.inferred_cells:
        return False
    used = {stated_cell(rates, cell) for cell, count in cells.items() if count}
    return not rates.inferred_cells.isdisjoint(used.union(fees))


def _matters(reason: str, rates: Rates, cells: Mapping[str, int]) -> bool:
    """Whether a doubt found upstream makes a difference to the price of this model."""
    if reason == "cached_modality_unknown":
        return cache_makes_a_difference(rates, cells)
    if reason == "tool_modality_assumed":
        return cells["tool_use"] > 0 and surcharge(rates, "input") > 0
    if reason == "modality_unreported":
        return any(cells[kind] and surcharge(rates, kind) for kind in MODAL)
    return True


def _upper(case: Case, total: int, reasons: tuple[str, ...]) -> int | None:
    """The most the case can have cost; None where nobody knows."""
    if any(map(is_unbounded, reasons)) or not has_a_dear_end(reasons):
        return None
    tariffs = [case.tariff] if case.standard is None else [case.tariff, case.standard]
    sides = [tariff.side(long_context=case.above) for tariff in tariffs]
    if case.unclear:
        sides += [tariff.long for tariff in tariffs]
    if None in sides:
        return None
    may_hold = [rates for side in sides if side for rates in (side.rates, side.other) if rates]
    dearest = dearest_pico_usd(case.billed, may_hold, reasons)
    return None if dearest is None else max(total, dearest)
