"""Streams, through the real SDK over HTTP."""

import httpx2
from google import genai
from google.genai import types

from gemledger_simulator.process import SimulatorProcess

FLASH = "gemini-2.5-flash"


def test_chunks_restate_a_running_total_of_tokens(client: genai.Client) -> None:
    """Counts only grow, the prompt is whole from the start, and the last chunk holds the bill."""
    whole = client.models.generate_content(model=FLASH, contents="Summarize the report.")
    chunks = list(
        client.models.generate_content_stream(model=FLASH, contents="Summarize the report.")
    )
    totals = [
        chunk.usage_metadata.total_token_count or 0 for chunk in chunks if chunk.usage_metadata
    ]
    assert len(chunks) > 3
    assert totals == sorted(set(totals))
    assert chunks[-1].usage_metadata == whole.usage_metadata
    assert "".join(chunk.text or "" for chunk in chunks) == whole.text
    assert {chunk.response_id for chunk in chunks} == {chunks[0].response_id}


def test_only_the_last_chunk_says_why_it_ended(client: genai.Client) -> None:
    """Before it there is no finish reason, so an abandoned stream is recognised."""
    chunks = list(
        client.models.generate_content_stream(model=FLASH, contents="Summarize the report.")
    )
    reasons = [chunk.candidates[0].finish_reason for chunk in chunks if chunk.candidates]
    assert reasons[-1] is types.FinishReason.STOP
    assert set(reasons[:-1]) == {None}


def test_every_chunk_carries_the_tier_header(client: genai.Client) -> None:
    """The SDK hands it on with each chunk."""
    for chunk in client.models.generate_content_stream(
        model=FLASH,
        contents="hi",
        config=types.GenerateContentConfig(service_tier=types.ServiceTier.FLEX),
    ):
        assert chunk.sdk_http_response
        assert (chunk.sdk_http_response.headers or {})["x-gemini-service-tier"] == "flex"


async def test_an_asynchronous_stream_says_the_same(
    client: genai.Client, async_client: genai.client.AsyncClient
) -> None:
    """Chunk by chunk."""
    stream = await async_client.models.generate_content_stream(
        model=FLASH, contents="Draft a slogan"
    )
    texts = [chunk.text async for chunk in stream]
    again = client.models.generate_content_stream(model=FLASH, contents="Draft a slogan")
    assert texts == [chunk.text for chunk in again]


def test_a_chat_streams(client: genai.Client) -> None:
    """What was said piece by piece ends in the history of the chat."""
    chat = client.chats.create(model=FLASH)
    said = "".join(
        chunk.text or "" for chunk in chat.send_message_stream("How heavy is the base station?")
    )
    assert said
    kept = [part.text or "" for content in chat.get_history()[1:] for part in content.parts or []]
    assert "".join(kept) == said


def test_an_exact_usage_is_reached_at_the_end_of_a_stream(client: genai.Client) -> None:
    """Replayed streams end with the counts of their trace."""
    headers = {
        "x-simulator-usage": '{"promptTokenCount":1000,"candidatesTokenCount":7,"thoughtsTokenCount":3}'
    }
    chunks = list(
        client.models.generate_content_stream(
            model=FLASH, contents="hi", config={"http_options": {"headers": headers}}
        )
    )
    usage = chunks[-1].usage_metadata
    assert usage
    assert (usage.prompt_token_count, usage.candidates_token_count, usage.total_token_count) == (
        1000,
        7,
        1010,
    )


def test_without_events_a_stream_is_one_array(simulator: SimulatorProcess) -> None:
    """As Google's own endpoint answers a request that lacks alt=sse."""
    answered = httpx2.post(
        f"{simulator.url}/v1beta/models/{FLASH}:streamGenerateContent?key=any",
        json={"contents": [{"parts": [{"text": "Summarize the report."}]}]},
    )
    chunks = answered.json()
    assert len(chunks) > 3
    assert chunks[-1]["candidates"][0]["finishReason"] == "STOP"
