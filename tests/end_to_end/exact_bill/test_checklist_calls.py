"""Points 20 to 28 of the accuracy checklist: errors, what is absent, terms, sums, and calls of several spans."""

from pathlib import Path

import pytest
from end_to_end.exact_bill.asking import FLASH, FLASH_2_5, PRO, Till, answer, exactly, searched, usd
from end_to_end.exact_bill.cases import GOOGLE_SEARCH
from end_to_end.exact_bill.point import FLEX, NO_HEADER
from google import genai
from google.genai import types
from support.gemini import Json, asks_for, said, usage

from gemledger.pricing import load_book_with_overlay


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503, 504])
def test_point_20_an_error_costs_nothing(till: Till, status: int) -> None:
    """Google charges neither 4xx nor 5xx."""
    bill = till.ask(FLASH, {"status": status})

    assert bill.verdict == exactly("0")
    assert bill.attributes["error.type"] == str(status)


def test_point_20_retries_are_attempts_and_not_spend(till: Till) -> None:
    """Three tries, one bill."""
    bill = till.ask(FLASH, {"status": 503}, {"status": 429}, answer(10_000, 1_000))

    assert bill.verdict == exactly("0.01125")
    assert bill.attributes["gemledger.attempts"] == 3
    assert bill.attributes["gemledger.exchanges"] == 1


def test_point_20_a_blocked_prompt_is_billed_as_reported(till: Till) -> None:
    """Status 200 is charged: the prompt, and nothing else."""
    blocked = {
        "promptFeedback": {"blockReason": "SAFETY"},
        "usageMetadata": usage(10_000, None),
    }
    assert till.ask(FLASH, {"response": blocked}).verdict == exactly("0.0075")


@pytest.mark.parametrize(
    "metadata",
    [
        {"promptTokenCount": 1_000},
        {"promptTokenCount": 1_000, "candidatesTokenCount": 0, "totalTokenCount": 1_000},
        {"promptTokenCount": 1_000, "cachedContentTokenCount": 0, "thoughtsTokenCount": 0},
        {"promptTokenCount": 1_000, "promptTokensDetails": [], "cacheTokensDetails": []},
    ],
)
def test_point_21_absent_and_zero_are_the_same_bill(till: Till, metadata: Json) -> None:
    """Every count may be missing."""
    step = {"response": said("", usage=metadata)}
    bill = till.ask(FLASH, step)

    assert bill.verdict == exactly("0.00075")
    assert bill.attributes["gen_ai.usage.cache_read.input_tokens"] == 0


@pytest.mark.parametrize("metadata", [None, {}], ids=["absent", "empty"])
def test_point_21_no_usage_at_all_is_not_zero(till: Till, metadata: Json | None) -> None:
    """It is unpriced, and no amount stands on the span."""
    bill = till.ask(FLASH, {"response": said("So much.", usage=metadata)})

    assert bill.verdict == (None, "unpriced", ("no_usage",))
    assert "gemledger.cost.amount" not in bill.attributes


def test_point_23_the_free_tier_is_the_users_own_to_state(till: Till, tmp_path: Path) -> None:
    """Nothing in a response shows it; an overlay says so, and everything costs 0."""
    overlay = tmp_path / "overlay.toml"
    overlay.write_text('[terms]\nbilling = "free"\n')
    book = load_book_with_overlay(overlay)
    bill = till.ask(FLASH, answer(10_000, 1_000), book=book)

    assert bill.verdict == (0, "exact", ("free_tier",))
    assert bill.attributes["gen_ai.usage.input_tokens"] == 10_000
    assert till.ask(FLASH, answer(10_000, 1_000)).verdict == exactly("0.01125")


@pytest.mark.parametrize("model", [FLASH, PRO, FLASH_2_5, "gemini-3.1-flash-lite"])
def test_point_24_lines_sum_to_the_total_in_whole_picodollars(till: Till, model: str) -> None:
    """Odd counts in every cell at once; the till itself asserts integers and the sum."""
    odd = answer(
        99_991,
        7_919,
        cached=31_337,
        thoughts=104_729,
        tool_use=1_299_709,
        promptTokensDetails=[{"modality": "AUDIO", "tokenCount": 10_007}],
        cacheTokensDetails=[{"modality": "AUDIO", "tokenCount": 1_009}],
        grounding=searched("a", "b", "c", pages=2, maps=1),
    )
    bill = till.ask(model, odd, config=GOOGLE_SEARCH)

    assert bill.pico_usd == sum(bill.lines.values())
    assert set(bill.lines) == {"input", "cache_read", "output", "thoughts", "grounding", "maps"}


def test_point_25_what_the_sdk_drops_is_read_where_the_raw_body_is_there(till: Till) -> None:
    """`serviceTier` stands in the usage on the wire, which the SDK's own model does not keep."""
    dropped = {"serviceTier": "flex", "billedToolCalls": [{"googleSearch": 1}]}
    step = answer(10_000, 1_000, headers=NO_HEADER, **dropped)
    parsed = till.ask(FLASH, step, config=FLEX)
    raw = till.ask(FLASH, step, config=FLEX | {"should_return_http_response": True})

    assert parsed.verdict == (usd("0.005625"), "estimated", ("tier_assumed",))
    assert raw.verdict == exactly("0.005625")


@pytest.mark.parametrize("streamed", [False, True], ids=["send", "stream"])
def test_point_26_a_chat_is_counted_once(till: Till, streamed: bool) -> None:
    """However many public calls the SDK makes of one message: the spans sum to what was billed."""

    def talk(client: genai.Client) -> None:
        chat = client.chats.create(
            model=FLASH, config=types.GenerateContentConfig(tools=[get_weather])
        )
        if streamed:
            list(chat.send_message_stream("How much?"))
        else:
            chat.send_message("How much?")

    calling = said(asks_for("get_weather", city="Oslo"), usage=usage(10_000, 1_000))
    bills = till.bills_of(talk, {"response": calling}, answer(20_000, 1_000))

    assert sum(bill.pico_usd or 0 for bill in bills) == usd("0.03")
    assert sum(bill.attributes["gen_ai.usage.input_tokens"] for bill in bills) == 30_000


def test_point_28_counting_tokens_costs_nothing(till: Till) -> None:
    """It is recorded, and its amount is 0."""

    def count(client: genai.Client) -> None:
        client.models.count_tokens(model=FLASH, contents="How much?")

    bills = till.bills_of(count, {"response": {"totalTokens": 5}})

    assert [bill.verdict for bill in bills] == [(0, "exact", ("free_operation",))]
    assert bills[0].attributes["gemledger.counted_tokens"] == 5
