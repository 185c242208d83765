"""Answers in sound and pictures: speech and images by their tokens, songs by the piece."""

from typing import Any

import pytest
from google import genai

SPEECH, IMAGE, SONG = "gemini-3.8-flash-tts", "gemini-3.1-flash-image", "lyria-3-clip-preview"
PROMPT = "x" * 40
"""Ten tokens."""


async def ask(client: genai.Client, how: str, model: str, config: Any = None) -> None:
    """Ask in one of the four ways."""
    asked: dict[str, Any] = {"model": model, "contents": PROMPT, "config": config}
    if how == "unary":
        client.models.generate_content(**asked)
    elif how == "stream":
        list(client.models.generate_content_stream(**asked))
    else:
        async with client.aio as opened:
            await _ask(opened, how, asked)


async def _ask(client: genai.client.AsyncClient, how: str, asked: dict[str, Any]) -> None:
    if how == "async":
        await client.models.generate_content(**asked)
        return
    async for _ in await client.models.generate_content_stream(**asked):
        pass


every_way = pytest.mark.parametrize("how", ["unary", "stream", "async", "async stream"])


@every_way
async def test_speech_costs_what_sound_does(client: genai.Client, recorded: Any, how: str) -> None:
    """Four seconds, 25 tokens each, at $9 a million; ten tokens of text at $0.50."""
    await ask(client, how, SPEECH)

    told = recorded.attributes
    assert told["gen_ai.usage.input_tokens"] == 10
    assert told["gen_ai.usage.output_tokens"] == 100
    assert told["gen_ai.usage.audio.output_tokens"] == 100
    assert told["gemledger.cost.input.pico_usd"] == 10 * 500_000
    assert told["gemledger.cost.output.pico_usd"] == 100 * 9_000_000
    assert told["gemledger.cost.pico_usd"] == 10 * 500_000 + 100 * 9_000_000
    assert told["gemledger.cost.status"] == "exact"


@pytest.mark.parametrize(("size", "tokens"), [("1K", 1_120), ("2K", 1_680), ("4K", 2_520)])
async def test_an_image_costs_its_tokens_and_thoughts_cost_what_text_does(
    client: genai.Client, recorded: Any, size: str, tokens: int
) -> None:
    """$60 a million for the image, $3 for thoughts, $0.50 for the prompt."""
    await ask(client, "unary", IMAGE, {"image_config": {"image_size": size}})

    told = recorded.attributes
    thoughts = told["gen_ai.usage.reasoning.output_tokens"]
    assert thoughts > 0
    assert told["gen_ai.usage.image.output_tokens"] == tokens
    assert told["gemledger.cost.pico_usd"] == (
        10 * 500_000 + tokens * 60_000_000 + thoughts * 3_000_000
    )
    assert told["gemledger.cost.status"] == "exact"


@every_way
async def test_a_song_is_billed_by_the_piece_however_many_tokens_it_has(
    client: genai.Client, recorded: Any, how: str
) -> None:
    """$0.04; that its tokens cost nothing is nobody's published word, so it is an estimate."""
    await ask(client, how, SONG)

    told = recorded.attributes
    assert told["gemledger.usage.songs"] == 1
    assert told["gen_ai.usage.audio.output_tokens"] == 750
    assert told["gemledger.cost.pico_usd"] == 40_000_000_000
    assert told["gemledger.cost.media.pico_usd"] == 40_000_000_000
    assert told["gemledger.cost.status"] == "estimated"
    assert told["gemledger.cost.reasons"] == ("inferred_rate",)


async def test_a_song_that_was_withheld_is_no_song(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Nothing was sung."""
    await ask(client, "unary", SONG, asking(fault="safety"))

    told = recorded.attributes
    assert "gemledger.usage.songs" not in told
    assert told["gemledger.cost.pico_usd"] == 0
