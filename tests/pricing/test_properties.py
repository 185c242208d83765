"""What holds for every call, whatever its numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gemledger import semconv
from gemledger.pricing import (
    Book,
    Cost,
    Facts,
    Rates,
    Usage,
    combine,
    cost_lines,
    load_book,
    price_exchange,
)
from gemledger.pricing.case import priced_with_care
from gemledger.pricing.cells import billable_cells
from gemledger.pricing.reasons import STATUS_BY_REASON
from gemledger.pricing.tariff import SLOT_NS, tariff_of

NOVEMBER = 1_795_176_000_000_000_000
DECEMBER = 1_796_083_200_000_000_000
MODELS = (
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "gemini-3.1-pro-preview",
    "gemini-3.1-flash-lite",
    "gemini-3.1-flash-image",
    "gemini-3.8-flash",
    "gemini-3.8-live",
    "gemini-4-argon",
    "gemini-4-carbon",
)
UNITS = (
    "grounding_query",
    "grounded_prompt",
    "maps_query",
    "maps_prompt",
    "enterprise_prompt",
    "image",
    "video_second",
    "song",
)

counts = st.integers(0, 1_200_000)
parts = st.dictionaries(
    st.sampled_from(["audio", "image", "video", "document"]), counts, max_size=3
)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Any usage, contradictory ones included: cached above prompt, details above their count."""
    prompt, tool_use, candidates, thoughts = draw(counts), draw(counts), draw(counts), draw(counts)
    return Usage(
        prompt + tool_use,
        candidates + thoughts,
        draw(counts),
        tool_use,
        thoughts,
        draw(parts),
        draw(parts),
        draw(parts),
        draw(counts),
    )


USAGES = usages()


@st.composite
def facts(draw: st.DrawFn, usage: st.SearchStrategy[Usage] = USAGES) -> Facts:
    """Any exchange of a model that is in the book, near a change of price and far from it."""
    return Facts(
        "gemini_api",
        draw(st.sampled_from(MODELS)),
        None,
        draw(st.sampled_from(["standard", "flex", "priority", "batch"])),
        draw(st.integers(DECEMBER - 10**14, DECEMBER + 10**14)),
        draw(usage),
        server_address=draw(st.sampled_from(["localhost", "proxy.example"])),
        quantities=draw(st.dictionaries(st.sampled_from(UNITS), st.integers(0, 50), max_size=3)),
        tool_tokens=draw(st.sampled_from(["billed", "free", "mixed"])),
        reasons=tuple(draw(st.lists(st.sampled_from(list(STATUS_BY_REASON)), max_size=3))),
    )


def rates_of(book: Book, model: str, *, long_context: bool) -> Rates:
    """Standard rates that are there."""
    rates = book.rates_for("gemini_api", model, "standard", long_context, NOVEMBER)
    assert rates is not None
    return rates


def assert_sound(cost: Cost) -> None:
    """An amount is whole, is its lines, and is not above its upper end; without one there is nothing at all."""
    if cost.total_pico_usd is None:
        assert (cost.status, dict(cost.lines), cost.upper_pico_usd) == ("unpriced", {}, None)
        assert cost.reasons
        return
    assert cost.status != "unpriced"
    assert type(cost.total_pico_usd) is int
    assert cost.total_pico_usd == sum(cost.lines.values()) == sum(cost.by_class().values())
    assert set(cost.by_class()) <= set(semconv.COST_LINES)
    assert cost.upper_pico_usd is None or cost.upper_pico_usd >= cost.total_pico_usd
    assert not (cost.status == "exact" and cost.upper_pico_usd is not None)


@given(usages())
def test_every_token_lies_in_exactly_one_cell(usage: Usage) -> None:
    """Cells are never negative and add up to the API's total, even where the API contradicts itself."""
    cells = billable_cells(usage)

    assert min(cells.values()) >= 0
    assert sum(cells.values()) == usage.input_tokens + usage.output_tokens


@given(facts())
def test_lines_sum_to_a_total_that_is_not_above_its_upper_end(of: Facts) -> None:
    """Nothing is added to a bill but its lines; by class they sum to the same."""
    assert_sound(price_exchange(load_book(), of))


@settings(max_examples=200)
@given(facts())
def test_the_short_way_to_a_price_comes_to_the_same_as_the_long_one(of: Facts) -> None:
    """What is priced without weighing doubts has none: every field of the cost is the same."""
    for call in (of, of._replace(reasons=()), of._replace(reasons=(), quantities={})):
        place = (call.platform, call.request_model, call.tier, call.region, call.server_address)
        tariff = tariff_of(load_book(), *place, call.at_unix_nano // SLOT_NS)
        careful = priced_with_care(load_book(), call, tariff, None)
        assert price_exchange(load_book(), call) == careful


@given(st.lists(facts(), min_size=1, max_size=4))
def test_a_call_is_the_sum_of_what_is_known_of_its_exchanges(several: list[Facts]) -> None:
    """Total and lines add up; an unpriced exchange adds nothing and is said."""
    costs = [price_exchange(load_book(), each) for each in several]
    whole = combine(costs)

    assert_sound(whole)
    known = [cost.total_pico_usd for cost in costs if cost.total_pico_usd is not None]
    assert whole.total_pico_usd == (sum(known) if known else None)


@settings(max_examples=50)
@given(st.lists(usages(), min_size=1, max_size=20), st.sampled_from(MODELS[:6]), st.booleans())
def test_a_batch_in_int64_arrays_costs_the_same_as_its_calls_one_by_one(
    batch: list[Usage], model: str, free: bool
) -> None:
    """The app prices ints and the collector arrays, on the same cells and with the same result."""
    rates = rates_of(load_book(), model, long_context=False)
    pico = {cell: rates.pico_usd(cell) or 0 for cell in _cells_of(batch)}
    gathered = Rates("", "", pico)
    whole = cost_lines(
        gathered, billable_cells(_stacked(batch), tool_use_free=np.full(len(batch), int(free)))
    )

    for row, usage in enumerate(batch):
        single = cost_lines(gathered, billable_cells(usage, tool_use_free=int(free)))
        assert {cell: pico for cell, pico in single.items() if pico} == {
            cell: int(pico[row]) for cell, pico in whole.items() if pico[row]
        }


def _cells_of(batch: list[Usage]) -> set[str]:
    return {cell for usage in batch for cell in billable_cells(usage)}


def _stacked(batch: list[Usage]) -> Usage:
    """Many usages as one of arrays; a modality that a call does not name is 0 in its row."""

    def column(values: list[Any]) -> Any:
        return np.array(values, dtype=np.int64)

    def columns(position: int) -> dict[str, Any]:
        # One order for all, as in a batch: overflow of cached tokens follows the pricing's own order, not this one.
        names = sorted({name for usage in batch for name in usage[position]})
        return {name: column([usage[position].get(name, 0) for usage in batch]) for name in names}

    plain = [column([usage[field] for usage in batch]) for field in range(5)]
    detailed = column([usage.output_detailed for usage in batch])
    return Usage._make([*plain, columns(5), columns(6), columns(7), detailed])


def total(of: Facts) -> int:
    """The total of an exchange that has a price."""
    pico = price_exchange(load_book(), of).total_pico_usd
    assert pico is not None
    return pico


@given(
    st.integers(0, 150_000),
    st.integers(0, 1_000_000),
    st.integers(0, 150_000),
    st.integers(1, 50_000),
    st.sampled_from(MODELS),
)
def test_within_a_context_step_more_tokens_never_cost_less(
    prompt: int, output: int, cached: int, more: int, model: str
) -> None:
    """Price is monotone in output and in fresh input; above the step it is never less than below."""
    usage = Usage(
        prompt, output, min(cached, prompt) if "image" not in model and "live" not in model else 0
    )
    call = Facts("gemini_api", model, None, "standard", NOVEMBER, usage, server_address="localhost")

    assert total(call) <= total(call._replace(usage=usage._replace(output_tokens=output + more)))
    longer = usage._replace(input_tokens=prompt + more)
    assert total(call) <= total(call._replace(usage=longer))
    assert total(call) <= total(call._replace(usage=usage._replace(input_tokens=prompt + 250_000)))


garbage = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(
        st.text(max_size=8), st.one_of(st.integers(), st.none(), st.text()), max_size=3
    ),
    st.builds(object),
)
"""Anything at all."""


@given(st.tuples(*[garbage] * 12))
def test_no_facts_of_any_kind_make_pricing_raise(anything: tuple[Any, ...]) -> None:
    """The worst that comes of garbage is a cost without an amount."""
    assert_sound(price_exchange(load_book(), Facts._make(anything)))


@given(facts(st.tuples(*[garbage] * 9).map(Usage._make)), garbage)
def test_no_counts_of_any_kind_make_pricing_raise(of: Facts, quantities: Any) -> None:
    """Neither do counts that are none, alone or in a mapping."""
    assert_sound(price_exchange(load_book(), of))
    told = quantities if isinstance(quantities, Mapping) else {"image": quantities}
    assert_sound(price_exchange(load_book(), of._replace(usage=Usage(1, 1), quantities=told)))
