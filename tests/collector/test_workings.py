"""How a call's cost came about: products that sum to what is stored, to the pico."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.collector import RunningCollector
from support.otlp import Value, add_exchange, call, call_attributes, payload

from gemledger import semconv
from gemledger.pricing import load_book
from gemledger_collector.api.workings import workings
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode

PRO = {"request_model": "gemini-2.5-pro", "response_model": "gemini-2.5-pro"}
BOOK = load_book()


def single(collector: RunningCollector, number: int) -> Any:
    """A call, as the API tells it."""
    span = call(number)
    return collector.get(f"/api/v1/calls/{span.trace_id.hex()}/{span.span_id.hex()}")


def products(told: Any) -> list[tuple[Any, ...]]:
    """What was multiplied with what."""
    names = ("exchange", "cell", "count", "rate_pico_usd", "pico_usd")
    return [tuple(each[name] for name in names) for each in told["workings"]]


def test_each_cell_is_told_with_its_rate(collector: RunningCollector) -> None:
    """Audio apart from text, cached tokens at their own rate, searches by the piece."""
    given_tokens: dict[str, Any] = {
        "input_tokens": 1_000,
        "cache_read_input_tokens": 100,
        "output_tokens": 50,
        "reasoning_output_tokens": 20,
        "grounded_prompts": 1,
    }
    attributes = call_attributes(**given_tokens)
    attributes[semconv.modality_tokens("audio", "input_tokens")] = 400
    assert collector.send(payload([call(1, attributes=attributes)])).status_code == 200
    told = single(collector, 1)
    assert products(told) == [
        (None, "input", 500, "300000", "150000000"),
        (None, "cache_read", 100, "30000", "3000000"),
        (None, "output", 30, "2500000", "75000000"),
        (None, "thoughts", 20, "2500000", "50000000"),
        (None, "input.audio", 400, "1000000", "400000000"),
        (None, "grounded_prompt", 1, "35000000000", "35000000000"),
    ]
    assert sum(int(each["pico_usd"]) for each in told["workings"]) == int(
        told["call"]["cost_pico_usd"]
    )


def test_each_exchange_is_told_with_the_rates_of_its_side_of_the_step(
    collector: RunningCollector,
) -> None:
    """The second prompt is above 200,000 tokens, the first is not."""
    several = call(
        2, attributes=call_attributes(**PRO, exchanges=2, input_tokens=400_000, output_tokens=20)
    )
    for tokens in (150_000, 250_000):
        counts: dict[str, Value] = {semconv.INPUT_TOKENS: tokens, semconv.OUTPUT_TOKENS: 10}
        add_exchange(several, counts)
    assert collector.send(payload([several])).status_code == 200
    told = single(collector, 2)
    assert products(told) == [
        (1, "input", 150_000, "1250000", "187500000000"),
        (1, "output", 10, "10000000", "100000000"),
        (2, "input", 250_000, "2500000", "625000000000"),
        (2, "output", 10, "15000000", "150000000"),
    ]
    assert {each["row"] for each in told["workings"]} == set(told["pricing"]["price_row"])


@pytest.mark.parametrize("changed", ["cost", "row"])
def test_a_call_that_was_priced_otherwise_is_not_explained_by_this_book(changed: str) -> None:
    """Rates that do not come to what is stored are not how it came about."""
    row = stored(call_attributes())
    assert workings(row, BOOK)
    other = {"cost": {"input_pico_usd": row["input_pico_usd"] + 1}, "row": {"price_row": "older"}}
    assert workings({**row, **other[changed]}, BOOK) == []


def test_a_call_without_a_price_has_no_workings() -> None:
    """Nor one that was refused."""
    unknown = {"request_model": "nobody-knows", "response_model": "nobody-knows"}
    assert workings(stored(call_attributes(**unknown)), BOOK) == []


@settings(max_examples=50)
@given(
    st.fixed_dictionaries(
        {
            "input_tokens": st.integers(0, 400_000),
            "cache_read_input_tokens": st.integers(0, 400_000),
            "output_tokens": st.integers(0, 70_000),
            "reasoning_output_tokens": st.integers(0, 70_000),
            "tool_use_input_tokens": st.integers(0, 1_000),
            "maps_queries": st.integers(0, 3),
            "grounded_prompts": st.integers(0, 1),
        }
    ),
    st.integers(0, 500_000),
    st.sampled_from(["gemini-2.5-flash", "gemini-2.5-pro", "gemini-2.5-flash-image"]),
)
def test_products_sum_to_every_line(counts: dict[str, int], audio: int, model: str) -> None:
    """Whatever a call tells: every line is explained, or none is claimed to be."""
    models: dict[str, Any] = {"request_model": model, "response_model": model}
    attributes = call_attributes(**models, **counts)
    attributes[semconv.modality_tokens("audio", "input_tokens")] = audio
    row = stored(attributes)
    told = workings(row, BOOK)
    sums = dict.fromkeys(semconv.COST_LINES, 0)
    for each in told:
        assert each.count * int(each.rate_pico_usd) == int(each.pico_usd)
        sums[each.line] += int(each.pico_usd)
    if row["cost_pico_usd"] is not None:
        assert sums == {line: row[f"{line}_pico_usd"] or 0 for line in semconv.COST_LINES}
    else:
        assert not told


def stored(attributes: dict[str, Value]) -> dict[str, Any]:
    """A call as it is stored."""
    batch = Chain(BOOK).run(decode([payload([call(1, attributes=attributes)])]).batch).spans
    row: dict[str, Any] = batch.to_pylist()[0]
    return row
