"""What holds for every call, whatever its numbers."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gemledger.pricing import Book, Facts, Rates, Usage, cost_lines, load_book, price_exchange
from gemledger.pricing.cells import billable_cells

NOVEMBER = 1_795_176_000_000_000_000
MODELS = (
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "gemini-3.1-pro-preview",
    "gemini-3.1-flash-lite",
    "gemini-3.8-flash",
    "gemini-4-argon",
)

counts = st.integers(0, 1_200_000)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Any usage, contradictory ones included: cached above prompt, details above their count."""
    prompt, tool_use, candidates, thoughts = draw(counts), draw(counts), draw(counts), draw(counts)
    modalities = st.dictionaries(
        st.sampled_from(["audio", "image", "video", "document"]), counts, max_size=3
    )
    return Usage(
        prompt + tool_use,
        candidates + thoughts,
        draw(counts),
        tool_use,
        thoughts,
        draw(modalities),
        draw(modalities),
    )


def rates_of(book: Book, model: str, *, long_context: bool) -> Rates:
    """Standard rates that are there."""
    rates = book.rates_for("gemini_api", model, "standard", long_context, NOVEMBER)
    assert rates is not None
    return rates


@given(usages())
def test_every_token_lies_in_exactly_one_cell(usage: Usage) -> None:
    """Cells are never negative and add up to the totals, even where the API contradicts itself."""
    cells = billable_cells(usage)

    assert min(cells.values()) >= 0
    assert sum(cells.values()) == usage.input_tokens + usage.output_tokens


@given(usages(), st.sampled_from(MODELS))
def test_lines_sum_to_the_total(usage: Usage, model: str) -> None:
    """Nothing is added to a bill but its lines; by class they sum to the same."""
    facts = Facts(
        "gemini_api", model, None, "standard", NOVEMBER, usage, server_address="localhost"
    )
    cost = price_exchange(load_book(), facts)

    assert cost.total_pico_usd == sum(cost.lines.values()) == sum(cost.by_class().values())


@settings(max_examples=50)
@given(st.lists(usages(), min_size=1, max_size=20), st.sampled_from(MODELS), st.booleans())
def test_a_batch_in_int64_arrays_costs_the_same_as_its_calls_one_by_one(
    batch: list[Usage], model: str, grounded: bool
) -> None:
    """The app prices ints and the collector arrays, with the same expression and the same result."""
    rates = rates_of(load_book(), model, long_context=False)
    whole = cost_lines(
        rates, billable_cells(_stacked(batch), grounded=np.full(len(batch), int(grounded)))
    )

    for row, usage in enumerate(batch):
        single = cost_lines(rates, billable_cells(usage, grounded=int(grounded)))
        assert {cell: pico for cell, pico in single.items() if pico} == {
            cell: int(pico[row]) for cell, pico in whole.items() if pico[row]
        }


def _stacked(batch: list[Usage]) -> Usage:
    """Many usages as one of arrays; a modality that a call does not name is 0 in its row."""

    def column(values: list[Any]) -> Any:
        return np.array(values, dtype=np.int64)

    def columns(position: int) -> dict[str, Any]:
        # One order for all, as in a batch: overflow of cached tokens follows the pricing's own order, not this one.
        names = sorted({name for usage in batch for name in usage[position]})
        return {name: column([usage[position].get(name, 0) for usage in batch]) for name in names}

    plain = [column([usage[field] for usage in batch]) for field in range(5)]
    return Usage._make([*plain, columns(5), columns(6), columns(7)])


@given(usages(), st.sampled_from(MODELS), st.integers(1, 1_000_000), st.booleans())
def test_within_a_context_step_more_tokens_never_cost_less(
    usage: Usage, model: str, more: int, long_context: bool
) -> None:
    """Price is monotone in output and in fresh input."""
    rates = rates_of(load_book(), model, long_context=long_context)

    def total(of: Usage) -> int:
        return sum(cost_lines(rates, billable_cells(of)).values())

    assert total(usage) <= total(usage._replace(output_tokens=usage.output_tokens + more))
    if not usage.input_by_modality and usage.cache_read <= usage.prompt_tokens:
        assert total(usage) <= total(usage._replace(input_tokens=usage.input_tokens + more))
