"""FOCUS rows out of sums: nothing is added, lost or told twice, whatever the sums are."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gemledger import semconv
from gemledger_collector.focus.columns import SCHEMA
from gemledger_collector.focus.records import KEYS, Period, focus_rows

NOVEMBER = Period(
    *(datetime(2026, *day, tzinfo=UTC) for day in ((11, 1), (11, 2), (11, 1), (12, 1)))
)
WORDS = st.none() | st.sampled_from(["a", "b", 'quo"te', "naïve, or not"])


@st.composite
def sums(draw: st.DrawFn) -> Mapping[str, Any]:
    """A row of sums as the ledger gives it; corrections may be negative."""
    row: dict[str, Any] = {key: draw(WORDS) for key in KEYS}
    cached, tools, text, thoughts, said = (draw(st.integers(0, 10**12)) for _ in range(5))
    row |= {
        "long_context": draw(st.none() | st.booleans()),
        "calls": draw(st.integers(0, 10**6)),
        "errors": 0,
        "input_tokens": cached + tools + text,
        "cache_read_tokens": cached,
        "tool_use_tokens": tools,
        "output_tokens": thoughts + said,
        "thoughts_tokens": thoughts,
    }
    for line in semconv.COST_LINES:
        row[f"{line}_pico_usd"] = draw(st.just(0) | st.integers(-(10**16), 10**22))
    return row


@settings(max_examples=60, deadline=None)
@given(st.lists(sums(), max_size=5))
def test_rows_sum_to_what_they_are_made_of(rows: list[Mapping[str, Any]]) -> None:
    """Money to the pico, every token once, every call once where there is anything to tell."""
    found = focus_rows(rows, [], NOVEMBER).to_pylist()
    pico = sum(row[f"{line}_pico_usd"] for row in rows for line in semconv.COST_LINES)
    assert sum(int(row["BilledCost"].scaleb(12)) for row in found) == pico
    tokens = sum(row["input_tokens"] + row["output_tokens"] for row in rows)
    consumed = (row["ConsumedQuantity"] for row in found if row["ConsumedUnit"] == "Tokens")
    assert sum(consumed, Decimal(0)) == tokens
    told = sum(row["x_Calls"] or 0 for row in found)
    assert told == sum(row["calls"] for row in rows)


MANDATORY = (
    *(
        "BilledCost",
        "BillingAccountId",
        "BillingCurrency",
        "BillingPeriodEnd",
        "BillingPeriodStart",
    ),
    *("ChargeCategory", "ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart"),
    *("ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity"),
    *("PricingUnit", "ProviderName", "PublisherName", "ServiceCategory", "ServiceName"),
    *(
        "ListUnitPrice",
        "PricingCategory",
        "SkuId",
        "SkuPriceId",
        "ConsumedQuantity",
        "ConsumedUnit",
    ),
)


@settings(max_examples=60, deadline=None)
@given(sums())
def test_what_the_format_demands_is_never_empty(row: Mapping[str, Any]) -> None:
    """Columns that FOCUS 1.2 does not let be null for usage are filled; ours are named x_."""
    for record in focus_rows([row], [], NOVEMBER).to_pylist():
        assert all(record[name] is not None for name in MANDATORY)
        assert (record["ChargeClass"] == "Correction") == (record["BilledCost"] < 0)
    standard = [name for name in SCHEMA.names if not name.startswith("x_")]
    assert len(standard) == 57
    assert standard == sorted(standard)


def test_what_is_no_token_is_counted_in_its_own_unit() -> None:
    """Images and searches come from the charges, as long as those are kept."""
    figures = ("calls", "errors", "input_tokens", "cache_read_tokens", "tool_use_tokens")
    lines = (f"{line}_pico_usd" for line in semconv.COST_LINES)
    row: dict[str, Any] = {
        **dict.fromkeys(KEYS),
        **dict.fromkeys((*figures, "output_tokens", "thoughts_tokens", *lines), 0),
    }
    row["media_pico_usd"] = 4 * 39 * 10**9
    counted = dict.fromkeys(KEYS) | {"images": 4}
    [known] = focus_rows([row], [counted], NOVEMBER).to_pylist()
    assert (known["ConsumedQuantity"], known["ConsumedUnit"]) == (4, "Images")
    assert known["ListUnitPrice"] == Decimal("0.039")
    [unknown] = focus_rows([row], [], NOVEMBER).to_pylist()
    assert (unknown["ConsumedQuantity"], unknown["ConsumedUnit"]) == (1, "Charges")
