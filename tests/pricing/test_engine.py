"""What the engine says beside an amount: doubts, their upper end, and what has no price at all."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from gemledger.pricing import (
    Book,
    Cost,
    Facts,
    Rates,
    Usage,
    combine,
    load_book,
    price_exchange,
    storage_pico_usd,
    unit_lines,
    unpriced,
)
from gemledger.pricing.engine import FREE
from gemledger.pricing.rows import ModelRows, RateRow
from gemledger.pricing.terms import Terms

Price = Callable[..., Cost]

AUDIO_8K = {"input_by_modality": {"audio": 8_000}}
NOVEMBER_30_EVENING = datetime(2026, 11, 30, 17, tzinfo=UTC)
FLASH, PRO = "gemini-3.8-flash", "gemini-3.1-pro-preview"
SHORT = {"prompt": 10_000, "candidates": 1_000}


def usd(amount: str) -> int:
    """Dollars as picodollars."""
    return int(Decimal(amount) * 10**12)


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

    assert (cost.status, cost.reasons, cost.upper_pico_usd) == ("exact", (), None)


def test_the_upper_end_of_unknown_cached_modality_is_the_dearest_allocation() -> None:
    """Where a cached picture saves less than cached text, the dear end is not text first."""
    cells = {"input": 100, "input.image": 40, "cache_read": 20, "cache_read.image": 30, "output": 1}
    row = RateRow(
        datetime(2026, 1, 1, tzinfo=UTC).date(),
        None,
        "standard",
        "base",
        "global",
        cells,
        {},
        frozenset(),
        "a test",
        "2026-11-20",
    )
    book = Book("1", [ModelRows("gemini_api", "m", (), None, (row,))])
    usage = Usage(1_000, 0, 400, 0, 0, {"image": 500})
    facts = Facts(
        "gemini_api",
        "m",
        None,
        "standard",
        1_795_176_000 * 10**9,
        usage,
        server_address="localhost",
        reasons=("cached_modality_unknown",),
    )
    cost = price_exchange(book, facts)

    # Text first: 400 of 500 texts cached. Dearest: 400 of 500 pictures cached, which save 10 each and not 80.
    assert cost.total_pico_usd == 100 * 100 + 400 * 20 + 500 * 40
    assert cost.upper_pico_usd == 500 * 100 + 400 * 30 + 100 * 40


@pytest.mark.parametrize(
    ("tier", "total", "upper"),
    [("flex", "0.005625", "0.01125"), ("priority", "0.02025", "0.02025")],
)
def test_a_tier_that_nothing_confirms_is_bounded_by_the_dearer_of_it_and_standard(
    price: Price, tier: str, total: str, upper: str
) -> None:
    """Google may have served standard instead, whatever was asked for."""
    cost = price(FLASH, tier=tier, reasons=("tier_assumed",), **SHORT)

    assert (cost.status, cost.reasons) == ("estimated", ("tier_assumed",))
    assert (cost.total_pico_usd, cost.upper_pico_usd) == (usd(total), usd(upper))


def test_within_eight_hours_of_a_new_price_the_dearer_one_is_the_upper_end(price: Price) -> None:
    """The book's days are UTC, Google's are Pacific: on the evening before either may be billed."""
    before = price("gemini-4-argon", moment=NOVEMBER_30_EVENING, **SHORT)
    after = price("gemini-4-argon", moment=datetime(2026, 12, 1, 7, 59, tzinfo=UTC), **SHORT)

    assert (before.total_pico_usd, before.upper_pico_usd) == (usd("0.03"), usd("0.06"))
    assert (after.total_pico_usd, after.upper_pico_usd) == (usd("0.06"), usd("0.06"))
    assert before.reasons == after.reasons == ("price_change_near",)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 1, 8, tzinfo=UTC),
    ],
)
def test_further_than_eight_hours_from_a_new_price_nothing_is_doubted(
    price: Price, moment: datetime
) -> None:
    """No time zone of the United States is further away."""
    assert price("gemini-4-argon", moment=moment, **SHORT).status == "exact"


def test_tokens_of_search_and_of_other_tools_together_are_a_range(price: Price) -> None:
    """Search context is free and a page's is not; one figure for both leaves everything between the two."""
    cost = price(
        FLASH,
        prompt=1_000,
        tool_use=10_000,
        candidates=0,
        quantities={"grounding_query": 1, "grounded_prompt": 1},
        tool_tokens="mixed",
    )

    assert (cost.status, cost.reasons) == ("lower_bound", ("tool_tokens_mixed",))
    assert cost.total_pico_usd == usd("0.01475")
    assert cost.upper_pico_usd == usd("0.02225")


def test_output_of_unknown_modality_is_at_least_text_and_at_most_pictures(price: Price) -> None:
    """An image model whose answer nobody broke down."""
    cost = price("gemini-3.1-flash-image", prompt=0, candidates=1_000)

    assert (cost.status, cost.reasons) == ("lower_bound", ("output_modality_unknown",))
    assert (cost.total_pico_usd, cost.upper_pico_usd) == (usd("0.003"), usd("0.06"))


def test_a_text_answer_of_an_image_model_is_exact(price: Price) -> None:
    """Its details say that it is text."""
    cost = price("gemini-3.1-flash-image", prompt=0, candidates=1_000, output_detailed=1_000)

    assert (cost.status, cost.total_pico_usd) == ("exact", usd("0.003"))


def test_several_doubts_at_once_are_bounded_with_all_of_them_at_their_dear_end(
    price: Price,
) -> None:
    """Flex or standard, on either side of the context step."""
    cost = price(
        PRO,
        prompt=190_000,
        tool_use=20_000,
        candidates=1_000,
        tier="flex",
        reasons=("tier_assumed",),
    )

    assert cost.status == "estimated"
    assert cost.upper_pico_usd == usd("0.858")


def test_a_lower_bound_without_an_upper_end_takes_it_from_the_whole(price: Price) -> None:
    """A stream that broke off may have cost anything, so a bound on its tier bounds nothing."""
    cost = price(FLASH, tier="flex", reasons=("partial_usage", "tier_assumed"), **SHORT)

    assert (cost.status, cost.upper_pico_usd) == ("lower_bound", None)


def test_a_tool_that_read_aloud_is_priced_as_text_and_bounded_by_audio(price: Price) -> None:
    """Tool tokens by modality have no attribute of their own: the doubt carries what they may have cost."""
    call = {"prompt": 0, "tool_use": 1_000, "reasons": ("tool_modality_assumed",)}
    doubted, certain = price("gemini-2.5-flash", **call), price(FLASH, **call)

    assert (doubted.status, doubted.total_pico_usd) == ("estimated", usd("0.0003"))
    assert doubted.upper_pico_usd == usd("0.001")
    assert (certain.status, certain.reasons) == ("exact", ())


def test_maps_is_charged_by_the_query_and_assumed_to_be_one(price: Price) -> None:
    """A response of 3.x shows that Maps was used, not how often; 2.5 is billed by the prompt, which is certain."""
    call = {"prompt": 0, "quantities": {"maps_query": 1, "maps_prompt": 1}}
    by_query, by_prompt = price(FLASH, **call), price("gemini-2.5-flash", **call)

    assert (by_query.total_pico_usd, by_query.reasons) == (usd("0.014"), ("maps_queries_assumed",))
    assert (by_prompt.total_pico_usd, by_prompt.reasons) == (usd("0.025"), ())
    assert by_query.by_class()["maps"] == usd("0.014")


def test_queries_that_an_interaction_counted_itself_are_not_assumed(price: Price) -> None:
    """Three uses of Maps, reported as three."""
    cost = price(FLASH, prompt=0, quantities={"maps_query": 3, "maps_prompt": 1})

    assert (cost.total_pico_usd, cost.status) == (usd("0.042"), "exact")


def test_a_search_whose_queries_nobody_reports_is_a_lower_bound(price: Price) -> None:
    """Web sources came back, and no query is listed, though the model is billed by the query."""
    cost = price(FLASH, quantities={"grounded_prompt": 1}, **SHORT)

    assert (cost.status, cost.reasons) == ("lower_bound", ("grounding_unreported",))
    assert (cost.total_pico_usd, cost.upper_pico_usd) == (usd("0.01125"), None)


def test_a_fee_that_the_book_does_not_have_leaves_a_lower_bound(price: Price) -> None:
    """Tokens have their price; what the search cost on top is unknown, not nothing."""
    cost = price("gemini-2.5-flash", quantities={"enterprise_prompt": 1}, **SHORT)

    assert (cost.status, cost.reasons) == ("lower_bound", ("fee_unknown:enterprise_prompt",))
    assert cost.total_pico_usd == usd("0.0055")


def test_enterprise_search_of_vertex_ai_is_a_grounding_fee(price: Price) -> None:
    """45 dollars per thousand prompts, on the line of searches."""
    cost = price(
        "gemini-2.5-flash", platform="vertex_ai", prompt=0, quantities={"enterprise_prompt": 1}
    )

    assert (cost.status, cost.by_class()["grounding"]) == ("exact", usd("0.045"))


@pytest.mark.parametrize(
    ("model", "facts", "reason"),
    [
        ("gemini-3.1-pro", {}, "unknown_model"),
        ("gemini-3.8-flash-cyber", {}, "unknown_model"),
        ("tunedModels/gemini-2.5-flash", {}, "unknown_model"),
        ("gemini-4-carbon", {"tier": "flex"}, "no_rate:flex"),
        ("gemini-3.8-flash", {"tier": "deferred"}, "no_rate:deferred"),
        ("gemini-3.8-flash", {"moment": datetime(2020, 1, 1, tzinfo=UTC)}, "no_rate:date"),
        ("gemini-2.0-flash", {"moment": datetime(2026, 11, 1, tzinfo=UTC)}, "no_rate:date"),
        ("gemini-2.5-flash", {"output_by_modality": {"image": 3}}, "no_rate:output.image"),
        ("gemini-2.5-flash", {"input_by_modality": {"smell": 3}}, "no_rate:input.smell"),
        ("gemini-2.5-flash", {"reasons": ("no_rate:tool_use.smell",)}, "no_rate:tool_use.smell"),
        ("gemini-2.5-flash", {"reasons": ("impossible_usage",)}, "impossible_usage"),
        ("gemini-2.5-flash", {"usage": None}, "no_usage"),
        ("gemini-2.5-flash", {"usage": None, "quantities": {"image": 1}}, "no_rate:image"),
        ("gemini-2.5-flash", {"usage": Usage(-1, 0)}, "impossible_usage"),
        ("gemini-2.5-flash", {"usage": Usage(10**9 + 1, 0)}, "impossible_usage"),
        ("gemini-2.5-flash", {"usage": Usage(1.5, 0)}, "impossible_usage"),
        ("gemini-2.5-flash", {"quantities": {"image": -1}}, "impossible_usage"),
        ("gemini-2.5-flash", {"quantities": {"grounded_prompts": 10**6 + 1}}, "impossible_usage"),
    ],
)
def test_what_the_book_does_not_know_is_unpriced_and_never_zero(
    price: Price, model: str, facts: dict[str, Any], reason: str
) -> None:
    """No amount at all, and the reason by name."""
    cost = price(model, prompt=10, candidates=10, **facts)

    assert (cost.total_pico_usd, cost.usd, cost.upper_usd) == (None, None, None)
    assert (cost.status, cost.reasons) == ("unpriced", (reason,))


def test_a_model_behind_a_proxy_of_somebody_else_is_an_estimate(price: Price) -> None:
    """List prices hold at Google's own hosts and at loopback."""
    call = {"prompt": 10, "candidates": 10}

    assert price("gemini-2.5-flash", server_address="gateway.example", **call).reasons == (
        "unknown_endpoint",
    )
    for host in ("us-east1-aiplatform.googleapis.com", "127.0.0.1", "localhost", "::1"):
        assert price("gemini-2.5-flash", server_address=host, **call).status == "exact"


def test_reserved_capacity_costs_nothing_more_and_says_so(price: Price) -> None:
    """Provisioned throughput is paid by the month, so whatever else is said of the call leaves no doubt."""
    cost = price(
        "gemini-2.5-flash", tier="provisioned_throughput", reasons=("partial_usage",), **SHORT
    )

    assert (cost.total_pico_usd, cost.status, cost.reasons) == (
        0,
        "exact",
        ("provisioned_throughput",),
    )


def with_terms(**terms: Any) -> Book:
    """The book that ships, under other terms."""
    book = load_book()
    return Book(book.version, book.models(), Terms(**terms))


def priced_under(book: Book, **facts: Any) -> Cost:
    """A short answer with one search."""
    known: dict[str, Any] = {
        "platform": "gemini_api",
        "request_model": FLASH,
        "response_model": None,
        "tier": "standard",
        "at_unix_nano": 1_795_176_000 * 10**9,
        "usage": Usage(10_000, 1_000),
        "server_address": "localhost",
        "quantities": {"grounding_query": 1, "grounded_prompt": 1},
    }
    return price_exchange(book, Facts(**known | facts))


def test_the_free_tier_of_the_gemini_api_costs_nothing_and_vertex_ai_has_none() -> None:
    """It is an account's own choice; no response shows it."""
    free = with_terms(billing="free")

    assert priced_under(free)[1:4] == (0, "exact", ("free_tier",))
    assert priced_under(free, platform="vertex_ai").total_pico_usd == usd("0.02525")


def test_units_within_an_allowance_are_charged_nothing_and_their_tokens_are() -> None:
    """The first searches of a month are included: exact, and without a grounding line."""
    cost = priced_under(with_terms(included_units=frozenset({"grounding_query"})))

    assert (cost.total_pico_usd, cost.status, cost.reasons) == (usd("0.01125"), "exact", ())


def test_a_call_costs_the_sum_of_its_exchanges_up_to_the_sum_of_their_upper_ends(
    price: Price,
) -> None:
    """An exact exchange adds the same to both."""
    certain = price(FLASH, **SHORT)
    doubted = price(FLASH, tier="flex", reasons=("tier_assumed",), **SHORT)
    both = combine([certain, doubted])

    assert both.total_pico_usd == usd("0.016875")
    assert both.upper_pico_usd == usd("0.0225")
    assert (both.status, both.reasons) == ("estimated", ("tier_assumed",))


def test_one_exchange_that_is_open_towards_the_top_opens_the_call(price: Price) -> None:
    """Unpriced, or a lower bound of which no more is known."""
    doubted = price(FLASH, tier="flex", reasons=("tier_assumed",), **SHORT)
    partial = price(FLASH, reasons=("partial_usage",), **SHORT)

    for other in (partial, unpriced("no_usage")):
        assert combine([doubted, other]).upper_pico_usd is None
        assert combine([doubted, other]).status == "lower_bound"
    assert combine([FREE, FREE])[1:4] == (0, "exact", ())


def test_an_hour_of_storage_is_the_difference_of_two_accruals() -> None:
    """Rounded down at each end, so that hours sum to the whole and nothing is lost between them."""
    pico, tokens = 1_000_000, 33_333
    ends = [storage_pico_usd(pico, tokens, second) for second in range(0, 3 * 3600 + 1, 1_000)]

    assert sum(end - start for start, end in pairwise(ends)) == ends[-1]
    assert storage_pico_usd(pico, 1_000_000, 3600) == usd("1")
    assert storage_pico_usd(1, 1, 3599) == 0


def test_a_search_is_charged_once_even_where_rates_state_both_ways_to_count_it() -> None:
    """A book is refused for it; should rates come from elsewhere, the query is what counts."""
    both = Rates("", "published", {}, {"grounding_query": 14, "grounded_prompt": 35})

    assert unit_lines(both, {"grounding_query": 2, "grounded_prompt": 1}) == (
        {"grounding_query": 28},
        (),
    )
