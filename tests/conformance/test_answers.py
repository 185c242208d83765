"""Answers of every kind, on every surface: the app sees what it saw without us, the span says what was billed."""

from typing import NamedTuple

import pytest
from conformance.bills import PLAIN, PLAIN_BILL, Bill, cost
from conformance.stage import Stage
from conformance.surfaces import EVERY, Surface
from support.gemini import Json, asks_for, blocked, by_modality, said, thought, usage


class Case(NamedTuple):
    """One answer and its bill."""

    answer: Json
    bill: Bill
    finish: str | None = "stop"


PROMPT_ONLY = Bill(input=1_000, pico_usd=cost(input=1_000))

CASES = {
    "success": Case(said("Forty-two, give or take a few of them.", usage=PLAIN), PLAIN_BILL),
    "thoughts": Case(
        said("Forty-two.", usage=usage(thoughts=100)),
        Bill(input=1_000, output=144, thoughts=100, pico_usd=cost(input=1_000, output=144)),
    ),
    "thoughts shown": Case(
        said(thought("Hm."), "Forty-two.", usage=usage(thoughts=100)),
        Bill(input=1_000, output=144, thoughts=100, pico_usd=cost(input=1_000, output=144)),
    ),
    "cached": Case(
        said("Forty-two.", usage=usage(cached=600)),
        Bill(
            input=1_000,
            output=44,
            cached=600,
            pico_usd=cost(input=400, cache_read=600, output=44),
        ),
    ),
    "modalities": Case(
        said(
            "A song.",
            usage=usage(
                cached=300,
                promptTokensDetails=by_modality(text=100, audio=640, image=260),
                cacheTokensDetails=by_modality(audio=200, image=100),
                candidatesTokensDetails=by_modality(text=44),
            ),
        ),
        Bill(
            input=1_000,
            output=44,
            cached=300,
            pico_usd=cost(
                input=100 + 160, input_audio=440, cache_read=100, cache_read_audio=200, output=44
            ),
        ),
    ),
    "tool use": Case(
        said("The page says so.", usage=usage(26, 103, tool_use=12_504)),
        Bill(input=12_530, output=103, tool_use=12_504, pico_usd=cost(input=12_530, output=103)),
    ),
    "prompt blocked": Case(blocked(usage(candidates=None)), PROMPT_ONLY, finish=None),
    "safety": Case(said(finish="SAFETY", usage=usage(candidates=None)), PROMPT_ONLY, "safety"),
    "max tokens": Case(said("Forty-", finish="MAX_TOKENS", usage=PLAIN), PLAIN_BILL, "max_tokens"),
    "thoughts only": Case(
        said(finish="MAX_TOKENS", usage=usage(candidates=None, thoughts=500)),
        Bill(input=1_000, output=500, thoughts=500, pico_usd=cost(input=1_000, output=500)),
        "max_tokens",
    ),
    "function call": Case(said(asks_for("get_weather", city="Oslo"), usage=PLAIN), PLAIN_BILL),
    "no usage": Case(
        said("Forty-two."), Bill(pico_usd=None, status="unpriced", reasons=("no_usage",))
    ),
    "unknown finish reason": Case(
        said("Forty-two.", finish="SOLAR_FLARE", usage=PLAIN), PLAIN_BILL, "solar_flare"
    ),
}


@pytest.mark.filterwarnings("ignore:.*SOLAR_FLARE is not a valid FinishReason.*:UserWarning")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("surface", EVERY, ids=lambda surface: surface.name)
async def test_an_answer_is_seen_as_without_us_and_billed_to_the_pico(
    stage: Stage, surface: Surface, case: Case
) -> None:
    """One public call is one span, whose tokens and cost are what the answer said."""
    recorded = await stage.compare(surface.asking(), {"response": case.answer})

    assert recorded.error is None
    assert recorded.bill == case.bill
    attributes = recorded.attributes
    assert attributes.get("gen_ai.response.finish_reasons") == (case.finish and (case.finish,))
    assert attributes.get("gemledger.stream.state") == ("complete" if surface.stream else None)
    assert (attributes["gemledger.exchanges"], attributes["gemledger.attempts"]) == (1, 1)
    assert recorded.span.status.status_code.name == "UNSET"
    assert "error.type" not in attributes


@pytest.mark.parametrize("surface", EVERY, ids=lambda surface: surface.name)
async def test_a_blocked_prompt_says_why(stage: Stage, surface: Surface) -> None:
    """It is no error, and has no finish reason: the reason stands under a name of its own."""
    recorded = await stage.compare(surface.asking(), {"response": blocked(usage(candidates=None))})

    assert recorded.attributes["gemledger.prompt.block_reason"] == "prohibited_content"
