"""Embeddings: every path of tokens to the bill, and no zero where an SDK says nothing of them."""

import json
from typing import Any

import pytest
from google.genai import types
from support.clients import gemini_api, vertex_ai

from gemledger_simulator.process import SimulatorProcess

EMBEDDING_1, EMBEDDING_2 = "gemini-embedding-001", "gemini-embedding-2"
TEXTS: list[Any] = ["x" * 4_000, "y" * 400]
"""1,100 tokens: four bytes each."""


@pytest.fixture(params=["sync", "async"])
async def embed(request: pytest.FixtureRequest) -> Any:
    """``embed_content`` of a client, either side."""

    async def call(client: Any, **arguments: Any) -> Any:
        if request.param == "sync":
            return client.models.embed_content(**arguments)
        async with client.aio as opened:
            return await opened.models.embed_content(**arguments)

    return call


async def test_the_gemini_api_bills_the_tokens_of_its_usage(
    simulator: SimulatorProcess, recorded: Any, embed: Any
) -> None:
    """1,100 tokens at $0.15 a million."""
    await embed(gemini_api(simulator.url), model=EMBEDDING_1, contents=TEXTS)

    told = recorded.attributes
    assert recorded.span.name == "embeddings gemini-embedding-001"
    assert told["gen_ai.operation.name"] == "embeddings"
    assert told["gen_ai.usage.input_tokens"] == 1_100
    assert told["gen_ai.usage.output_tokens"] == 0
    assert told["gemledger.cost.pico_usd"] == 1_100 * 150_000
    assert told["gemledger.cost.status"] == "exact"


async def test_vertex_ai_bills_the_tokens_of_every_text(
    simulator: SimulatorProcess, recorded: Any, embed: Any
) -> None:
    """One span; the statistics of the embeddings sum to the usage."""
    client = vertex_ai(simulator.url)
    response = await embed(client, model="text-embedding-005", contents=TEXTS)

    assert [one.statistics.token_count for one in response.embeddings] == [1_000, 100]
    told = recorded.attributes
    assert told["gen_ai.usage.input_tokens"] == 1_100
    assert told["gemledger.usage.billable_characters"] == 4_400
    # The book has no such model: characters or tokens, its price is not known here.
    assert told["gemledger.cost.status"] == "unpriced"
    assert told["gemledger.cost.reasons"] == ("unknown_model",)


@pytest.mark.parametrize(
    ("model", "contents", "tokens", "pico_usd"),
    [
        (EMBEDDING_1, TEXTS[0], 1_000, 1_000 * 150_000),
        (EMBEDDING_2, TEXTS[0], 1_000, 1_000 * 200_000),
    ],
)
async def test_the_newer_models_of_vertex_ai_give_a_usage(  # noqa: PLR0917  fixtures and cases
    simulator: SimulatorProcess,
    recorded: Any,
    embed: Any,
    model: str,
    contents: Any,
    tokens: int,
    pico_usd: int,
) -> None:
    """By `embedContent`, or by `predict`, as the SDK chooses."""
    await embed(vertex_ai(simulator.url), model=model, contents=contents)

    told = recorded.attributes
    assert told["gen_ai.usage.input_tokens"] == tokens
    assert told["gemledger.cost.pico_usd"] == pico_usd
    assert told["gemledger.cost.status"] == "exact"


async def test_each_modality_has_its_rate(
    simulator: SimulatorProcess, recorded: Any, embed: Any
) -> None:
    """Text $0.20, image $0.45, audio $6.50, video $12 a million: 10, 258, 32 and 295 tokens here."""
    parts = [
        types.Part.from_text(text="z" * 40),
        types.Part.from_bytes(data=b"\x89PNG", mime_type="image/png"),
        types.Part.from_bytes(data=b"ID3", mime_type="audio/mp3"),
        types.Part.from_bytes(data=b"ftyp", mime_type="video/mp4"),
    ]
    await embed(gemini_api(simulator.url), model=EMBEDDING_2, contents=types.Content(parts=parts))

    told = recorded.attributes
    assert told["gen_ai.usage.input_tokens"] == 10 + 258 + 32 + 295
    assert told["gen_ai.usage.image.input_tokens"] == 258
    assert told["gen_ai.usage.audio.input_tokens"] == 32
    assert told["gemledger.usage.video.input_tokens"] == 295
    assert told["gemledger.cost.pico_usd"] == (
        10 * 200_000 + 258 * 450_000 + 32 * 6_500_000 + 295 * 12_000_000
    )
    assert told["gemledger.cost.status"] == "exact"


async def test_without_any_count_there_is_no_price(
    simulator: SimulatorProcess, recorded: Any, embed: Any
) -> None:
    """As with an SDK that drops the usage: never a zero."""
    silent = json.dumps({"response": {"embeddings": [{"values": [1.0]}]}})
    client = gemini_api(simulator.url, x_simulator_script=silent)
    response = await embed(client, model=EMBEDDING_1, contents="Hello")

    assert response.embeddings[0].values == [1.0]
    told = recorded.attributes
    assert told["gemledger.cost.status"] == "unpriced"
    assert told["gemledger.cost.reasons"] == ("no_usage",)
    assert "gemledger.cost.pico_usd" not in told


async def test_where_some_texts_were_not_counted_the_rest_is_a_lower_bound(
    simulator: SimulatorProcess, recorded: Any, embed: Any
) -> None:
    """What was counted is billed at least."""
    counted = {"embeddings": {"values": [1.0], "statistics": {"token_count": 7}}}
    script = {"response": {"predictions": [counted, {"embeddings": {"values": [1.0]}}]}}
    client = vertex_ai(simulator.url, x_simulator_script=json.dumps(script))
    await embed(client, model="gemini-embedding-001", contents=["a", "b"])

    told = recorded.attributes
    assert told["gemledger.cost.pico_usd"] == 7 * 150_000
    assert told["gemledger.cost.status"] == "lower_bound"
    assert told["gemledger.cost.reasons"] == ("partial_usage",)


async def test_a_refused_request_costs_nothing_and_its_error_is_the_users(
    simulator: SimulatorProcess, recorded: Any, embed: Any
) -> None:
    """As with every other call."""
    client = gemini_api(simulator.url, x_simulator_fault="429")
    with pytest.raises(Exception, match="429") as raised:
        await embed(client, model=EMBEDDING_1, contents="Hello")

    assert type(raised.value).__name__ == "ClientError"
    told = recorded.attributes
    assert told["error.type"] == "429"
    assert told["gemledger.cost.pico_usd"] == 0


async def test_the_text_is_on_the_span_only_where_content_is_wanted(
    simulator: SimulatorProcess, recorded_content: Any, embed: Any
) -> None:
    """And then it is."""
    await embed(gemini_api(simulator.url), model=EMBEDDING_1, contents="A lighthouse.")

    assert "A lighthouse." in recorded_content.attributes["gen_ai.input.messages"]
