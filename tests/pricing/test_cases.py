"""Calls whose true price is known, to the pico: rates as published on 2026-11-20."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gemledger.pricing import Cost

Price = Callable[..., Cost]

AUDIO_8K = {"input_by_modality": {"audio": 8_000}}

CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "plain text": ("gemini-3.8-flash", {"prompt": 10_000, "candidates": 1_000}, "0.01125"),
    "four fifths cached": (
        "gemini-3.8-flash",
        {"prompt": 100_000, "cached": 80_000, "candidates": 1_000},
        "0.02475",
    ),
    "above the context step": (
        "gemini-3.1-pro-preview",
        {"prompt": 250_000, "candidates": 2_000},
        "1.036",
    ),
    "exactly on the context step": (
        "gemini-3.1-pro-preview",
        {"prompt": 200_000, "candidates": 2_000},
        "0.424",
    ),
    "one token above the step": (
        "gemini-3.1-pro-preview",
        {"prompt": 200_001, "candidates": 2_000},
        "0.836004",
    ),
    "above the step, mostly cached": (
        "gemini-3.1-pro-preview",
        {"prompt": 250_000, "cached": 200_000, "candidates": 2_000},
        "0.316",
    ),
    "audio and text": (
        "gemini-2.5-flash",
        {"prompt": 10_000, "candidates": 500, **AUDIO_8K},
        "0.00985",
    ),
    "audio partly cached": (
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
    "many thoughts": (
        "gemini-3.8-flash",
        {"prompt": 1_000, "candidates": 200, "thoughts": 8_000},
        "0.0315",
    ),
    "pages read by a tool": (
        "gemini-2.5-flash",
        {"prompt": 26, "tool_use": 12_504, "candidates": 103},
        "0.0040165",
    ),
    "after the price step of 2027": (
        "gemini-3.8-flash",
        {"prompt": 10_000, "candidates": 1_000, "moment": datetime(2027, 1, 2, tzinfo=UTC)},
        "0.0225",
    ),
    "an alias": ("gemini-pro-latest", {"prompt": 250_000, "candidates": 2_000}, "1.036"),
    "images cost what text does": (
        "gemini-2.5-flash",
        {"prompt": 1_000, "candidates": 100, "input_by_modality": {"image": 900}},
        "0.00055",
    ),
}


@pytest.mark.parametrize(("model", "call", "usd"), CASES.values(), ids=CASES)
def test_a_call_with_a_known_price_costs_exactly_that(
    price: Price, model: str, call: dict[str, Any], usd: str
) -> None:
    """The total is the truth to the pico, the lines sum to it, and nothing is doubted."""
    cost = price(model, **call)

    assert cost.total_pico_usd == Decimal(usd) * 10**12
    assert sum(cost.lines.values()) == cost.total_pico_usd
    assert (cost.status, cost.reasons) == ("exact", ())


def test_cached_tokens_of_unknown_modality_are_priced_at_the_upper_end_and_estimated(
    price: Price,
) -> None:
    """Cached audio costs twice cached text; without details text is taken first, which errs on the dear side."""
    cost = price(
        "gemini-3.1-flash-lite",
        prompt=10_000,
        cached=6_000,
        candidates=500,
        reasons=("cached_modality_unknown",),
        **AUDIO_8K,
    )

    assert cost.total_pico_usd == Decimal("0.003") * 10**12
    assert (cost.status, cost.reasons) == ("estimated", ("cached_modality_unknown",))


def test_unknown_cached_modality_is_no_doubt_where_every_modality_costs_the_same(
    price: Price,
) -> None:
    """One rate for all modalities leaves nothing undecided."""
    cost = price(
        "gemini-3.5-flash-lite",
        prompt=10_000,
        cached=6_000,
        candidates=500,
        reasons=("cached_modality_unknown",),
        **AUDIO_8K,
    )

    assert (cost.status, cost.reasons) == ("exact", ())


def test_a_rate_that_no_page_of_google_confirms_is_an_estimate(price: Price) -> None:
    """Carbon's rates come from third parties: the amount is there, and so is the doubt."""
    cost = price("gemini-4-carbon", prompt=10_000, candidates=1_000)

    assert cost.total_pico_usd == Decimal("0.03") * 10**12
    assert (cost.status, cost.reasons) == ("estimated", ("inferred_rate",))


def test_context_retrieved_by_search_is_not_billed_and_its_fee_is_still_missing(
    price: Price,
) -> None:
    """Under Google Search the tool tokens are free; the queries have a fee that this book lacks: a lower bound."""
    cost = price(
        "gemini-3.8-flash",
        prompt=151,
        tool_use=18_329,
        candidates=1_089,
        thoughts=1_120,
        grounded=True,
    )

    assert cost.total_pico_usd == Decimal("0.00839700") * 10**12
    assert (cost.status, cost.reasons) == ("lower_bound", ("grounding_not_priced",))


def test_tool_tokens_around_the_context_step_leave_a_doubt(price: Price) -> None:
    """Google does not say whether tool tokens count towards the step: they do not here, and the status says so."""
    cost = price("gemini-3.1-pro-preview", prompt=190_000, tool_use=20_000, candidates=1_000)

    assert cost.total_pico_usd == Decimal("0.432") * 10**12
    assert (cost.status, cost.reasons) == ("estimated", ("context_step_unclear",))


@pytest.mark.parametrize(
    ("model", "facts", "reason"),
    [
        ("gemini-3.1-pro", {}, "unknown_model"),
        ("gemini-3.8-flash-cyber", {}, "unknown_model"),
        ("tunedModels/gemini-2.5-flash", {}, "unknown_model"),
        ("gemini-3.8-flash", {"tier": "flex"}, "no_rate:flex"),
        ("gemini-3.8-flash", {"moment": datetime(2020, 1, 1, tzinfo=UTC)}, "no_rate:date"),
        ("gemini-2.5-flash", {"output_by_modality": {"image": 3}}, "no_rate:output.image"),
        ("gemini-2.5-flash", {"input_by_modality": {"smell": 3}}, "no_rate:input.smell"),
        ("gemini-2.5-flash", {"usage": None}, "no_usage"),
    ],
)
def test_what_the_book_does_not_know_is_unpriced_and_never_zero(
    price: Price, model: str, facts: dict[str, Any], reason: str
) -> None:
    """No amount at all, and the reason by name."""
    cost = price(model, prompt=10, candidates=10, **facts)

    assert cost.total_pico_usd is None
    assert (cost.status, cost.reasons) == ("unpriced", (reason,))


def test_the_model_that_answered_is_billed_and_not_the_one_that_was_asked(price: Price) -> None:
    """Google reroutes retired models; the response names the one that served."""
    rerouted = price(
        "gemini-3.5-flash", response_model="gemini-3.6-flash", prompt=10_000, candidates=1_000
    )

    assert rerouted.total_pico_usd == Decimal("0.01125") * 10**12
    assert rerouted.rows == ("gemini_api/gemini-3.6-flash/standard/base/2026-10-01",)


def test_a_model_behind_a_proxy_of_somebody_else_is_an_estimate(price: Price) -> None:
    """List prices hold at Google's own hosts and at loopback."""
    call = {"prompt": 10, "candidates": 10}

    assert price("gemini-2.5-flash", server_address="gateway.example", **call).reasons == (
        "unknown_endpoint",
    )
    for host in ("us-east1-aiplatform.googleapis.com", "127.0.0.1", "localhost", "::1"):
        assert price("gemini-2.5-flash", server_address=host, **call).status == "exact"


def test_one_region_of_vertex_ai_costs_a_tenth_more_where_google_says_so(price: Price) -> None:
    """Gemini 3 Flash models have the uplift, 2.5 and 3.1 Pro do not."""
    call = {"platform": "vertex_ai", "prompt": 1_000_000}

    def total(model: str, region: str) -> int:
        return price(model, region=region, **call).total_pico_usd or 0

    assert (
        total("gemini-3.8-flash", "europe-west4") * 10 == total("gemini-3.8-flash", "global") * 11
    )
    assert total("gemini-2.5-flash", "europe-west4") == total("gemini-2.5-flash", "global")
