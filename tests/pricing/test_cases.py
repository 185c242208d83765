"""The 27 cases with a known price, by their letters: exact to the pico where there is a truth, and honest where not.

Rates as published on 2026-11-20. Where the truth cannot be decided from the response, the status says so, and the
upper bound is the other end of what may have been billed.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from gemledger.pricing import Cost

Price = Callable[..., Cost]

FLASH, PRO = "gemini-3.8-flash", "gemini-3.1-pro-preview"
AUDIO_8K = {"input_by_modality": {"audio": 8_000}}
SHORT = {"prompt": 10_000, "candidates": 1_000}
LONG = {"prompt": 250_000, "candidates": 2_000}
JANUARY_2 = datetime(2027, 1, 2, tzinfo=UTC)


class Case(NamedTuple):
    """One call and its truth in USD; ``reasons`` and ``upper`` where that is not all that can be said."""

    model: str
    call: dict[str, Any]
    usd: str
    status: str = "exact"
    reasons: tuple[str, ...] = ()
    upper: str | None = None


def searches(queries: int) -> dict[str, int]:
    """What a response shows of web searches: how many queries, and that the prompt was grounded."""
    return {"grounding_query": queries, "grounded_prompt": 1}


CASES: dict[str, Case] = {
    "a: plain text": Case(FLASH, SHORT, "0.01125"),
    "b: four fifths cached": Case(
        FLASH, {"prompt": 100_000, "cached": 80_000, "candidates": 1_000}, "0.02475"
    ),
    "c: above the context step": Case(PRO, LONG, "1.036"),
    "c': exactly on the context step": Case(PRO, {"prompt": 200_000, "candidates": 2_000}, "0.424"),
    "d: above the step, mostly cached": Case(PRO, {**LONG, "cached": 200_000}, "0.316"),
    "e: audio and text": Case(
        "gemini-2.5-flash", {"prompt": 10_000, "candidates": 500, **AUDIO_8K}, "0.00985"
    ),
    "e': audio partly cached": Case(
        "gemini-3.1-flash-lite",
        {
            "prompt": 10_000,
            "cached": 6_000,
            "candidates": 500,
            "cache_read_by_modality": {"audio": 6_000},
            **AUDIO_8K,
        },
        "0.00255",
    ),
    "e'': cached tokens of unknown modality": Case(
        "gemini-3.1-flash-lite",
        {
            "prompt": 10_000,
            "cached": 6_000,
            "candidates": 500,
            "reasons": ("cached_modality_unknown",),
            **AUDIO_8K,
        },
        "0.003",
        "estimated",
        ("cached_modality_unknown",),
        "0.003",
    ),
    "f: many thoughts": Case(
        FLASH, {"prompt": 1_000, "candidates": 200, "thoughts": 8_000}, "0.0315"
    ),
    "g: pages read by a tool": Case(
        "gemini-2.5-flash", {"prompt": 26, "tool_use": 12_504, "candidates": 103}, "0.0040165"
    ),
    "g': two searches, whose context is free": Case(
        FLASH,
        {
            "prompt": 151,
            "tool_use": 18_329,
            "candidates": 1_089,
            "thoughts": 1_120,
            "quantities": searches(2),
            "tool_tokens": "free",
        },
        "0.036397",
    ),
    "g'': tool tokens around the context step": Case(
        PRO,
        {"prompt": 190_000, "tool_use": 20_000, "candidates": 1_000},
        "0.432",
        "estimated",
        ("context_step_unclear",),
        "0.858",
    ),
    "h: an image, a text and thoughts": Case(
        "gemini-3.1-flash-image",
        {
            "prompt": 50,
            "candidates": 1_140,
            "thoughts": 100,
            "output_by_modality": {"image": 1_120},
            "output_detailed": 1_140,
        },
        "0.067585",
    ),
    "i: batch": Case(FLASH, {**SHORT, "tier": "batch"}, "0.005625"),
    "i': batch above the step": Case(PRO, {**LONG, "tier": "batch"}, "0.518"),
    "i'': batch does not discount the cache of 2.5": Case(
        "gemini-2.5-pro",
        {"prompt": 100_000, "cached": 80_000, "candidates": 1_000, "tier": "batch"},
        "0.0275",
    ),
    "j: flex": Case(FLASH, {**SHORT, "tier": "flex"}, "0.005625"),
    "j': flex above the step": Case(
        PRO, {**LONG, "tier": "flex"}, "0.518", "estimated", ("inferred_rate",)
    ),
    "j'': flex audio": Case(
        "gemini-2.5-flash",
        {"prompt": 10_000, "candidates": 500, "tier": "flex", **AUDIO_8K},
        "0.004925",
        "estimated",
        ("inferred_rate",),
    ),
    "k: priority": Case(FLASH, {**SHORT, "tier": "priority"}, "0.02025"),
    "k': priority above the step": Case(PRO, {**LONG, "tier": "priority"}, "1.8648"),
    "l: two searches of 3.x": Case(
        FLASH, {"prompt": 200, "candidates": 500, "quantities": searches(2)}, "0.030025"
    ),
    "l': two searches of 2.5 are one prompt": Case(
        "gemini-2.5-flash",
        {"prompt": 200, "candidates": 500, "quantities": searches(2)},
        "0.03631",
    ),
    "m: after the price step of 2027": Case(FLASH, {**SHORT, "moment": JANUARY_2}, "0.0225"),
    "n: a model newer than any page that was read": Case(
        "gemini-4-carbon", SHORT, "0.03", "estimated", ("inferred_rate",)
    ),
    "p: a Live turn, with 25 tokens that no detail claims": Case(
        "gemini-3.8-live",
        {
            "prompt": 522,
            "candidates": 42,
            "thoughts": 136,
            "input_by_modality": {"audio": 165},
            "output_by_modality": {"audio": 42},
            "output_detailed": 42,
        },
        "0.00187875",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_call_with_a_known_price_costs_exactly_that(price: Price, case: Case) -> None:
    """The total is the truth to the pico, the lines sum to it, and it is doubted where it must be."""
    cost = price(case.model, **case.call)

    assert cost.total_pico_usd == Decimal(case.usd) * 10**12
    assert sum(cost.lines.values()) == sum(cost.by_class().values()) == cost.total_pico_usd
    assert (cost.status, cost.reasons) == (case.status, case.reasons)
    assert cost.upper_usd == (None if case.upper is None else Decimal(case.upper))


def test_case_o_an_id_that_google_does_not_have_is_unpriced_and_never_free(price: Price) -> None:
    """``gemini-3.1-pro`` looks like a model and is none: no amount, and the reason by name."""
    cost = price("gemini-3.1-pro", **SHORT)

    assert cost.total_pico_usd is None
    assert (cost.status, cost.reasons, dict(cost.lines)) == ("unpriced", ("unknown_model",), {})
