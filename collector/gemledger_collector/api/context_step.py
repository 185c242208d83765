"""What calls just above a context step would have cost just below it. Pure.

The same call with its prompt cut to the step: fresh tokens go first, cached ones where these are not enough; the answer
is as long as it was. Then every token costs the base rate. Reckoned only where the rates above the step, applied to the
whole call, make exactly what was paid: where something else had a say in the price, there is no figure.
"""

from collections.abc import Mapping

from gemledger.pricing import Book, Rates
from gemledger_collector.storage.waste import LINES, Band, StepGroup


def bands(book: Book, within_ratio: float) -> list[Band]:
    """Just above each step that a model of the book has."""
    steps = {
        model.long_context_above for model in book.models() if model.long_context_above is not None
    }
    return [Band(step, step + int(step * within_ratio)) for step in sorted(steps)]


def has_step(book: Book, band: Band, group: StepGroup) -> bool:
    """Whether this is the step of the group's model."""
    found = book.long_context_threshold(group.platform, group.model, group.first)
    return found == band.step


def below_pico_usd(book: Book, group: StepGroup) -> int | None:
    """The cost just below the step; None where it cannot be reckoned."""
    above, base = (
        book.rates_for(
            group.platform, group.model, group.service_tier, long, group.first, group.region
        )
        for long in (True, False)
    )
    if above is None or base is None or not _plain(above) or not _plain(base):
        return None
    tokens = _tokens(group)
    again = _cost(above, tokens)
    if again is None or again != sum(group.paid.values()):
        return None
    cut_cached = group.above_tokens - group.above_fresh_tokens
    tokens["input"] -= group.above_fresh_tokens
    tokens["cache_read"] -= cut_cached
    below = _cost(base, tokens)
    other = group.cost_pico_usd - sum(group.paid.values())  # searches and the like: as they were
    return None if below is None else below + other


def _tokens(group: StepGroup) -> dict[str, int]:
    """By line; tool tokens that were not billed, as those of a search, are left out."""
    return {
        "input": group.prompt_tokens - group.cache_read_tokens,
        "cache_read": group.cache_read_tokens,
        "tool_use": group.tool_use_tokens if group.paid["tool_use"] else 0,
        "output": group.output_tokens,
        "thoughts": group.thoughts_tokens,
    }


def _cost(rates: Rates, tokens: Mapping[str, int]) -> int | None:
    total = 0
    for line in LINES:
        rate = rates.pico_usd(line)
        if tokens[line] and rate is None:
            return None
        total += tokens[line] * (rate or 0)
    return total


def _plain(rates: Rates) -> bool:
    """Whether every modality costs what text does."""
    return all(
        pico == rates.pico_usd_per_token.get(cell.partition(".")[0])
        for cell, pico in rates.pico_usd_per_token.items()
    )
