"""The checklist of what makes Gemini bills wrong, point by point, as far as the engine decides it.

Points 7, 20, 25, 26 and 28 are about what the SDK sends and shows; they are tested end to end, where it runs. Point
23, free or paid, is among the engine's own tests: ``test_engine``.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from google.genai import types

from gemledger.pricing import Book, Cost, Facts, Usage, combine, price_exchange
from gemledger.pricing.units import storage_pico_usd
from gemledger.usage import interaction_quantities, read_interaction_usage, read_usage

Price = Callable[..., Cost]

FLASH, PRO = "gemini-3.8-flash", "gemini-3.1-pro-preview"
SHORT = {"prompt": 10_000, "candidates": 1_000}
NOVEMBER = 1_795_176_000 * 10**9


def usd(amount: str) -> int:
    """Dollars as picodollars."""
    return int(Decimal(amount) * 10**12)


def of_response(book: Book, model: str, **usage: object) -> Cost:
    """The cost of a response whose usage reads like this."""
    reading = read_usage(types.GenerateContentResponseUsageMetadata.model_validate(usage))
    assert reading is not None
    facts = Facts("gemini_api", model, None, "standard", NOVEMBER, reading.usage)
    return price_exchange(book, facts._replace(server_address="localhost", reasons=reading.reasons))


def modality(name: str, tokens: int) -> dict[str, object]:
    """One entry of the details, as the API writes it."""
    return {"modality": name, "token_count": tokens}


def test_01_cached_tokens_are_part_of_the_prompt_and_never_added(book: Book) -> None:
    """More cached than prompt is a contradiction: clamped, and said."""
    part = of_response(book, FLASH, prompt_token_count=1_000, cached_content_token_count=400)
    above = of_response(book, FLASH, prompt_token_count=1_000, cached_content_token_count=1_400)

    assert part.total_pico_usd == 600 * 750_000 + 400 * 75_000
    assert above.total_pico_usd == 1_000 * 75_000
    assert above.reasons == ("cached_above_prompt",)


def test_02_cached_tokens_are_subtracted_by_modality(book: Book) -> None:
    """Cached audio costs what cached audio costs; without details text is taken first, which is said."""
    details = {
        "prompt_token_count": 10_000,
        "cached_content_token_count": 6_000,
        "prompt_tokens_details": [modality("TEXT", 2_000), modality("AUDIO", 8_000)],
    }
    told = of_response(
        book, "gemini-3.1-flash-lite", cache_tokens_details=[modality("AUDIO", 6_000)], **details
    )
    untold = of_response(book, "gemini-3.1-flash-lite", **details)

    assert told.lines["cache_read.audio"] == 6_000 * 50_000
    assert (untold.lines["cache_read"], untold.lines["cache_read.audio"]) == (
        2_000 * 25_000,
        4_000 * 50_000,
    )
    assert (told.reasons, untold.reasons) == ((), ("cached_modality_unknown",))


def test_03_thoughts_cost_what_output_does_and_are_counted_once(book: Book) -> None:
    """Beside the candidates as a rule; among them where the server's own total says so."""
    counts = {"prompt_token_count": 100, "candidates_token_count": 50, "thoughts_token_count": 30}
    beside = of_response(book, FLASH, total_token_count=180, **counts)
    among = of_response(book, FLASH, total_token_count=150, **counts)

    assert beside.total_pico_usd == 100 * 750_000 + 80 * 3_750_000
    assert among.total_pico_usd == 100 * 750_000 + 50 * 3_750_000
    assert beside.lines["thoughts"] == among.lines["thoughts"] == 30 * 3_750_000


def test_03_the_total_of_a_live_turn_leaves_thoughts_out_and_is_no_contradiction() -> None:
    """522 + 42 = 564 with 136 thoughts beside them."""
    reading = read_usage(
        types.UsageMetadata(
            prompt_token_count=522,
            response_token_count=42,
            thoughts_token_count=136,
            total_token_count=564,
        )
    )

    assert reading is not None
    assert reading.usage[:5] == (522, 178, 0, 0, 136)
    assert reading.reasons == ()


def test_04_tool_tokens_are_billed_as_input_unless_a_search_retrieved_them(price: Price) -> None:
    """Free under Search and Maps; of both kinds together a range."""
    call = {"prompt": 100, "tool_use": 1_000}
    billed, free, mixed = (
        price(FLASH, tool_tokens=kind, **call) for kind in ("billed", "free", "mixed")
    )

    assert billed.total_pico_usd == 1_100 * 750_000
    assert free.total_pico_usd == mixed.total_pico_usd == 100 * 750_000
    assert (mixed.status, mixed.upper_pico_usd) == ("lower_bound", billed.total_pico_usd)


@pytest.mark.parametrize(("prompt", "rate"), [(200_000, 2_000_000), (200_001, 4_000_000)])
def test_05_the_context_step_is_strictly_above_and_for_the_whole_request(
    price: Price, prompt: int, rate: int
) -> None:
    """Cached tokens count towards it, tool tokens do not."""
    cached = price(PRO, prompt=prompt, cached=100_000)
    tools = price(PRO, prompt=200_000, tool_use=50_000)

    assert cached.lines["input"] == (prompt - 100_000) * rate
    assert cached.lines["cache_read"] == 100_000 * rate // 10
    assert tools.lines["input"] == 200_000 * 2_000_000


def test_06_the_context_step_is_decided_per_request_and_never_on_a_sum(price: Price) -> None:
    """Two prompts of 150,000 tokens are not one of 300,000."""
    hops = combine([price(PRO, prompt=150_000), price(PRO, prompt=150_010)])

    assert hops.total_pico_usd == 300_010 * 2_000_000


def test_08_what_no_detail_claims_is_text(book: Book) -> None:
    """Documents and unspecified modalities cost what text does; a modality nobody knows has no price."""
    gap = of_response(
        book,
        "gemini-2.5-flash",
        prompt_token_count=522,
        prompt_tokens_details=[modality("AUDIO", 165), modality("TEXT", 332)],
    )
    as_text = of_response(
        book,
        "gemini-2.5-flash",
        prompt_token_count=100,
        prompt_tokens_details=[modality("DOCUMENT", 60), modality("MODALITY_UNSPECIFIED", 40)],
    )
    assert gap.lines["input"] == 357 * 300_000
    assert as_text.total_pico_usd == 100 * 300_000
    assert gap.status == as_text.status == "exact"


def test_08_a_modality_that_nobody_knows_has_no_price(price: Price) -> None:
    """It is its own cell, and unpriced."""
    cost = price(FLASH, prompt=100, input_by_modality={"smell": 10})

    assert (cost.status, cost.reasons) == ("unpriced", ("no_rate:input.smell",))


def test_09_pictures_are_billed_by_the_details_and_thoughts_as_text(book: Book) -> None:
    """60 dollars per million for image tokens, 3 for text and thoughts."""
    cost = of_response(
        book,
        "gemini-3.1-flash-image",
        candidates_token_count=1_140,
        thoughts_token_count=100,
        candidates_tokens_details=[modality("IMAGE", 1_120), modality("TEXT", 20)],
    )

    assert cost.lines["output.image"] == 1_120 * 60_000_000
    assert cost.lines["output"] + cost.lines["thoughts"] == 120 * 3_000_000
    assert cost.status == "exact"


def test_10_the_tier_that_served_is_billed(price: Price) -> None:
    """Priority that was downgraded costs standard; reserved capacity costs nothing more."""
    assert price(FLASH, tier="standard", **SHORT).total_pico_usd == usd("0.01125")
    assert price(FLASH, tier="priority", **SHORT).total_pico_usd == usd("0.02025")
    assert price(FLASH, tier="provisioned_throughput", **SHORT).total_pico_usd == 0
    assert price(FLASH, tier="flex", reasons=("tier_assumed",), **SHORT).status == "estimated"


def test_11_the_cache_discount_of_batch_differs_by_family(price: Price) -> None:
    """Pro and 2.5 pay the standard cache rate in a batch, 3.8 Flash half of it."""
    call = {"prompt": 1_000, "cached": 1_000}
    for model, half in ((PRO, False), ("gemini-2.5-pro", False), (FLASH, True)):
        standard, batch = price(model, **call), price(model, tier="batch", **call)
        assert batch.total_pico_usd == (standard.total_pico_usd or 0) // (2 if half else 1)


def test_12_a_rounded_rate_is_the_rate(price: Price) -> None:
    """Google prints 0.02 and 0.08 where half of the standard rate would be 0.015 and 0.075."""
    lite = price("gemini-3.5-flash-lite", tier="batch", prompt=1_000_000, cached=1_000_000)
    flash = price("gemini-3.5-flash", tier="flex", prompt=1_000_000, cached=1_000_000)

    assert (lite.total_pico_usd, flash.total_pico_usd) == (usd("0.02"), usd("0.08"))


@pytest.mark.parametrize(
    ("model", "day"), [("gemini-4-argon", (2026, 12, 1)), (FLASH, (2027, 1, 1))]
)
def test_13_a_price_holds_from_midnight_utc_of_its_day(
    price: Price, model: str, day: tuple[int, int, int]
) -> None:
    """Both switches double the price; around them Google's Pacific day is flagged."""
    midnight = datetime(*day, tzinfo=UTC)
    second = midnight.timestamp() - 1
    before = price(model, moment=datetime.fromtimestamp(second, tz=UTC), **SHORT)
    after = price(model, moment=midnight, **SHORT)

    assert after.total_pico_usd == 2 * (before.total_pico_usd or 0)
    assert before.reasons == after.reasons == ("price_change_near",)


@pytest.mark.parametrize(
    ("asked", "answered", "row"),
    [
        ("gemini-3.5-flash", "gemini-3.6-flash", "gemini-3.6-flash"),
        ("gemini-pro-latest", None, PRO),
        (f"models/{FLASH}", None, FLASH),
        (f"publishers/google/models/{FLASH}", None, FLASH),
        (f"projects/p/locations/global/publishers/google/models/{FLASH}", None, FLASH),
        ("gemini-2.5-flash-tts", None, None),
        ("gemini-3.8-flash-cyber", None, None),
        ("gemini-3.8-flash-001", None, None),
        (f"tunedModels/{FLASH}", None, None),
        ("projects/p/locations/l/endpoints/7", None, None),
    ],
)
def test_14_the_model_is_the_one_that_answered_by_its_exact_name(
    price: Price, asked: str, answered: str | None, row: str | None
) -> None:
    """Aliases are listed, paths are understood, and nothing matches by its beginning."""
    cost = price(asked, response_model=answered, **SHORT)

    assert [name.split("/")[1] for name in cost.rows] == ([] if row is None else [row])
    assert cost.reasons == (("unknown_model",) if row is None else ())


def test_15_searches_are_charged_by_the_query_or_by_the_prompt(price: Price) -> None:
    """The response shows both figures; the model's rates have one of them."""
    call = {"prompt": 0, "quantities": {"grounding_query": 2, "grounded_prompt": 1}}

    assert price(FLASH, **call).by_class()["grounding"] == 2 * usd("0.014")
    assert price("gemini-2.5-flash", **call).by_class()["grounding"] == usd("0.035")


def test_15_an_interaction_counts_its_searches_itself() -> None:
    """``grounding_tool_count`` is what is billed."""

    class Tool:
        """One entry of the count."""

        def __init__(self, kind: str, count: int) -> None:
            self.type, self.count = kind, count

    class Counted:
        """A usage that only searched."""

        grounding_tool_count = (
            Tool("google_search", 3),
            Tool("google_maps", 2),
            Tool("retrieval", 9),
        )

    assert interaction_quantities(Counted()) == {
        "grounding_query": 3,
        "grounded_prompt": 1,
        "maps_query": 2,
        "maps_prompt": 1,
    }


@pytest.mark.parametrize("tier", ["standard", "flex", "batch", "priority"])
def test_16_the_fee_of_a_search_is_the_same_in_every_tier(price: Price, tier: str) -> None:
    """Tokens are cheaper in a batch, searches are not."""
    cost = price(
        FLASH, tier=tier, prompt=0, quantities={"grounding_query": 1, "grounded_prompt": 1}
    )

    assert cost.by_class()["grounding"] == usd("0.014")


def test_17_an_explicit_cache_costs_its_input_once_and_storage_by_the_hour(
    price: Price, book: Book
) -> None:
    """Prorated over the time it really lived, also where its end was moved or it was deleted early."""
    rates = book.rates_for("gemini_api", FLASH, "standard", False, NOVEMBER)
    assert rates is not None
    hourly = rates.unit_pico_usd("token_hour")
    assert hourly is not None
    created = price(FLASH, prompt=100_000)

    assert created.total_pico_usd == usd("0.075")
    assert storage_pico_usd(hourly, 100_000, 3_600) == usd("0.05")
    assert storage_pico_usd(hourly, 100_000, 5_400) == usd("0.075")
    assert storage_pico_usd(hourly, 100_000, 90) == usd("0.00125")


def test_18_an_embedding_costs_its_input_alone(book: Book) -> None:
    """Its usage is the one of Live sessions, without any answer."""
    reading = read_usage(types.UsageMetadata(prompt_token_count=1_000, total_token_count=1_000))
    assert reading is not None
    facts = Facts("gemini_api", "gemini-embedding-001", None, "standard", NOVEMBER, reading.usage)
    cost = price_exchange(book, facts._replace(server_address="localhost"))

    assert (cost.status, cost.total_pico_usd) == ("exact", 1_000 * 150_000)


@pytest.mark.parametrize(
    ("model", "quantities", "resolution", "amount"),
    [
        ("veo-3.1-generate-preview", {"video_second": 8}, "720p", "3.20"),
        ("veo-3.1-generate-preview", {"video_second": 8}, "4k", "4.80"),
        ("veo-3.1-fast-generate-preview", {"video_second": 8}, "1080p", "0.96"),
        ("lyria-3.5", {"song": 2}, "", "0.16"),
    ],
)
def test_19_media_without_tokens_are_charged_by_the_piece(
    price: Price, model: str, quantities: dict[str, int], resolution: str, amount: str
) -> None:
    """Seconds of video by their resolution, songs by number; such an answer has no usage and needs none."""
    cost = price(model, usage=None, quantities=quantities, resolution=resolution)

    assert cost.by_class()["media"] == cost.total_pico_usd == usd(amount)


def test_21_a_count_that_is_absent_is_none_and_one_that_is_nothing_is_zero(book: Book) -> None:
    """No usage at all is unpriced; a usage of zeros costs nothing, exactly."""
    assert read_usage(types.GenerateContentResponseUsageMetadata()) is None
    nothing = of_response(book, FLASH, prompt_token_count=0, candidates_token_count=None)

    assert (nothing.total_pico_usd, nothing.status) == (0, "exact")


def test_22_one_region_of_vertex_ai_costs_a_tenth_more_where_google_says_so(price: Price) -> None:
    """Gemini 3 Flash models have the uplift, 2.5 does not; the Gemini API knows no regions."""
    call = {"platform": "vertex_ai", "prompt": 1_000_000}

    def total(model: str, region: str) -> int:
        return price(model, region=region, **call).total_pico_usd or 0

    assert total(FLASH, "europe-west4") * 10 == total(FLASH, "global") * 11
    assert total("gemini-2.5-flash", "europe-west4") == total("gemini-2.5-flash", "global")


def test_22_platforms_have_prices_of_their_own(price: Price) -> None:
    """Pictures of 3 Pro step at 200,000 tokens on Vertex AI and nowhere else."""
    call = {"prompt": 200_001}
    here = price("gemini-3-pro-image", **call)
    there = price("gemini-3-pro-image", platform="vertex_ai", **call)

    assert there.total_pico_usd == 2 * (here.total_pico_usd or 0)


def test_24_money_is_whole_picodollars_and_lines_are_the_total(price: Price) -> None:
    """No float anywhere: not even for a fee."""
    cost = price(
        "gemini-2.5-flash",
        prompt=12_345,
        candidates=678,
        input_by_modality={"audio": 99},
        quantities={"grounding_query": 3, "grounded_prompt": 1},
    )

    assert {type(pico) for pico in cost.lines.values()} == {int}
    assert sum(cost.lines.values()) == sum(cost.by_class().values()) == cost.total_pico_usd
    assert cost.usd == Decimal(cost.total_pico_usd or 0) / 10**12


def test_27_an_interaction_is_read_by_its_own_names() -> None:
    """Earlier turns are re-billed as input, which the usage already includes."""
    interactions = pytest.importorskip(
        "google.genai._gaos.types.interactions.usage",
        reason="this google-genai has no Interactions",
    )
    usage = interactions.Usage(
        total_input_tokens=1_000,
        initial_input_tokens=900,
        total_output_tokens=50,
        total_thought_tokens=30,
        total_cached_tokens=400,
        total_tool_use_tokens=7,
        total_tokens=1_087,
        input_tokens_by_modality=[
            {"modality": "text", "tokens": 800},
            {"modality": "audio", "tokens": 200},
        ],
        output_tokens_by_modality=[{"modality": "text", "tokens": 50}],
        cached_tokens_by_modality=[{"modality": "text", "tokens": 400}],
    )
    reading = read_interaction_usage(usage)

    assert reading is not None
    assert reading.usage == Usage(1_007, 80, 400, 7, 30, {"audio": 200}, {}, {}, 50)
    assert (reading.total_tokens, reading.reasons) == (1_087, ())
