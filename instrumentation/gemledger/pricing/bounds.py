"""The most that an exchange can have cost, where a response leaves open which of several prices holds."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gemledger.pricing.cells import MOST, Usage, billable_cells
from gemledger.pricing.rates import Rates
from gemledger.pricing.units import unit_lines


class Billed(NamedTuple):
    """What was billed in one exchange, whatever it cost: tokens, and units by the piece.

    ``tool_tokens`` is ``billed``, ``free`` (retrieved by Google Search or Maps) or ``mixed`` (nobody can tell).
    """

    usage: Usage
    quantities: Mapping[str, int]
    resolution: str
    tool_tokens: str
    included: frozenset[str]


def token_lines(rates: Rates, cells: Mapping[str, int]) -> dict[str, int] | str:
    """Cells times rates; or, where tokens have no rate, the cell they are in."""
    pico = rates.pico_usd_per_token
    lines: dict[str, int] = {}
    for cell, count in cells.items():
        rate = pico.get(cell)
        if rate is None:
            rate = rates.pico_usd(cell)
            if rate is None:
                if count:
                    return cell
                rate = 0
        lines[cell] = count * rate
    return lines


def stated_cell(rates: Rates, cell: str) -> str:
    """The cell whose rate holds for a cell: its own, else an image's for a document, else text's."""
    if cell in rates.pico_usd_per_token:
        return cell
    kind, _, modality = cell.partition(".")
    image = f"{kind}.image"
    return image if modality == "document" and image in rates.pico_usd_per_token else kind


def dearest_pico_usd(
    billed: Billed, candidates: Iterable[Rates], reasons: Iterable[str]
) -> int | None:
    """The price with every doubt in ``reasons`` at its dear end, under the dearest of the rates that may hold.

    None where none of them can price it.
    """
    doubts = frozenset(reasons)
    totals = [_dear_total(billed, rates, doubts) for rates in candidates]
    return max((total for total in totals if total is not None), default=None)


def _dear_total(billed: Billed, rates: Rates, doubts: frozenset[str]) -> int | None:
    """The price under these rates, every doubt at its dear end; None where a rate is missing."""
    cells = billable_cells(billed.usage, tool_use_free=int(billed.tool_tokens == "free"))
    total = total_under(rates, billed, cells)
    if total is None:
        return None
    if "cached_modality_unknown" in doubts:
        total += saved_by_cache(rates, cells) - least_saved_by_cache(rates, cells)
    if "output_modality_unknown" in doubts:
        total += min(billed.usage.undetailed_output, cells["output"]) * surcharge(rates, "output")
    if "tool_modality_assumed" in doubts:
        total += cells["tool_use"] * surcharge(rates, "input")
    return total + _untold(rates, cells, doubts)


def _untold(rates: Rates, cells: Mapping[str, int], doubts: frozenset[str]) -> int:
    """What may come on top where another instrumentation left out a count, or of which kind it is."""
    extra = 0
    for doubt in doubts:
        name, _, detail = doubt.partition(":")
        count = min(int(detail), MOST) if detail.isdecimal() and len(detail) < _DIGITS else 0
        if name == "tokens_unassigned":
            thoughts, tool_use = rates.pico_usd("thoughts"), rates.pico_usd("tool_use")
            extra += count * max(0, (thoughts or 0) - (tool_use or 0))
        elif name == "thoughts_repeated":
            extra += count * (rates.pico_usd("thoughts") or 0)
        elif name == "modality_unreported":
            extra += sum(cells[kind] * surcharge(rates, kind) for kind in MODAL)
    return extra


MODAL = ("input", "cache_read")
"""Cells whose price depends on the modality, and where a sender may leave it out."""
_DIGITS = 12


def total_under(rates: Rates, billed: Billed, cells: Mapping[str, int]) -> int | None:
    """What an exchange with these cells costs by these rates; None where they lack one."""
    lines = token_lines(rates, cells)
    if isinstance(lines, str):
        return None
    fees, _ = unit_lines(rates, billed.quantities, billed.resolution, billed.included)
    return sum(lines.values()) + sum(fees.values())


def surcharge(rates: Rates, kind: str) -> int:
    """By how much the dearest modality of a class exceeds its text, in picoUSD a token."""
    pico = rates.pico_usd_per_token
    text = pico.get(kind, 0)
    return max(0, *(pico[cell] - text for cell in pico if cell.startswith(f"{kind}.")), 0)


def cache_makes_a_difference(rates: Rates, cells: Mapping[str, int]) -> bool:
    """Whether it matters to the price which modality the cached tokens are."""
    return len({saving for saving, _, _ in _savings(rates, cells)}) > 1


def saved_by_cache(rates: Rates, cells: Mapping[str, int]) -> int:
    """What the cached tokens save against fresh ones, as they lie in the cells."""
    return sum(saving * hit for saving, _, hit in _savings(rates, cells))


def least_saved_by_cache(rates: Rates, cells: Mapping[str, int]) -> int:
    """What they save at least, were they of those modalities that gain least by the cache."""
    savings = _savings(rates, cells)
    cached = sum(hit for _, _, hit in savings)
    least = 0
    for saving, whole, _ in savings:
        part = min(whole, cached)
        least += saving * part
        cached -= part
    return least


def _savings(rates: Rates, cells: Mapping[str, int]) -> list[tuple[int, int, int]]:
    """Per modality that the prompt has: what a cached token saves, tokens in the prompt, cached ones; least first."""
    found = []
    for cell, fresh in cells.items():
        kind, _, modality = cell.partition(".")
        cached_cell = f"cache_read.{modality}" if modality else "cache_read"
        if kind == "input" and fresh + cells[cached_cell]:
            saving = (rates.pico_usd(cell) or 0) - (rates.pico_usd(cached_cell) or 0)
            found.append((saving, fresh + cells[cached_cell], cells[cached_cell]))
    return sorted(found)
