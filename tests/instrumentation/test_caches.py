"""Explicit context caches as spans: creation is paid for, the rest is free, and every look tells how long they live."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from google import genai
from google.genai import types
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import gemledger
from gemledger.instrumentor import GeminiInstrumentor
from gemledger.unsampled import flush_unsampled

from .conftest import MODEL, Recorded, noon_clock

FAR = datetime(2030, 1, 1, tzinfo=UTC)
FAR_SECONDS = 1_893_456_000
FLASH_INPUT_PICO = 300_000
"""Picodollars a token of input: 0.30 USD a million."""
CREATED = 1_000_000 * FLASH_INPUT_PICO


def holding(tokens: int, **config: Any) -> types.CreateCachedContentConfig:
    """A cache of exactly so many tokens."""
    headers = {"x-simulator-usage": json.dumps({"promptTokenCount": tokens})}
    return types.CreateCachedContentConfig(
        contents="see the header", http_options=types.HttpOptions(headers=headers), **config
    )


def test_making_a_cache_costs_its_tokens_as_input(client: genai.Client, recorded: Recorded) -> None:
    """A million tokens at 0.30 USD; when it was made and when it ends is on the span for whoever bills storage."""
    cache = client.caches.create(model=MODEL, config=holding(1_000_000, expire_time=FAR))
    assert cache.create_time
    told = recorded.attributes
    assert told["gen_ai.operation.name"] == "cache_create"
    assert told["gemledger.cost.pico_usd"] == CREATED == 300_000_000_000
    assert told["gemledger.cost.input.pico_usd"] == CREATED
    assert told["gemledger.cost.status"] == "exact"
    assert told["gen_ai.usage.input_tokens"] == 1_000_000
    assert told["gen_ai.request.model"] == told["gen_ai.response.model"] == MODEL
    assert told["gemledger.cache.name"] == cache.name
    assert told["gemledger.cache.tokens"] == 1_000_000
    assert told["gemledger.cache.create_time_unix_seconds"] == int(cache.create_time.timestamp())
    assert told["gemledger.cache.expire_time_unix_seconds"] == FAR_SECONDS


def test_a_long_cache_of_pro_is_written_at_the_rate_of_long_prompts(
    client: genai.Client, recorded: Recorded
) -> None:
    """250,000 tokens of 2.5 Pro, above the step: 2.50 USD a million."""
    client.caches.create(model="gemini-2.5-pro", config=holding(250_000))
    assert recorded.attributes["gemledger.cost.pico_usd"] == 250_000 * 2_500_000


def test_looking_at_a_cache_changing_and_deleting_it_is_free(
    client: genai.Client, recorded: Recorded
) -> None:
    """Each tells the cache's name and when it ends; a deletion when it ended, by the answer's own date."""
    cache = client.caches.create(model=MODEL, config=holding(5_000, ttl="60s"))
    assert cache.name
    client.caches.get(name=cache.name.removeprefix("cachedContents/"))
    client.caches.update(name=cache.name, config={"expire_time": FAR})
    client.caches.list(config={"page_size": 1})
    client.caches.delete(name=cache.name)
    _, looked, updated, listed, deleted = [dict(span.attributes or {}) for span in recorded.spans]
    for told, operation in (
        (looked, "cache_get"),
        (updated, "cache_update"),
        (listed, "cache_list"),
        (deleted, "cache_delete"),
    ):
        assert told["gen_ai.operation.name"] == operation
        assert told["gemledger.cost.pico_usd"] == 0
        assert told["gemledger.cost.status"] == "exact"
        assert told["gemledger.cost.reasons"] == ("free_operation",)
    assert looked["gemledger.cache.name"] == updated["gemledger.cache.name"] == cache.name
    assert looked["gemledger.cache.tokens"] == 5_000
    assert updated["gemledger.cache.expire_time_unix_seconds"] == FAR_SECONDS
    assert listed["gemledger.caches.listed"] == f"{cache.name} {FAR_SECONDS}"
    assert deleted["gemledger.cache.name"] == cache.name
    assert cache.create_time
    age = (
        deleted["gemledger.cache.expire_time_unix_seconds"]  # type: ignore[operator]  # an int
        - int(cache.create_time.timestamp())
    )
    assert 0 <= age < 60


def test_a_cache_that_is_gone_is_noted_as_gone(client: genai.Client, recorded: Recorded) -> None:
    """The error is the user's, untouched; the span names the cache that a look did not find."""
    with pytest.raises(genai.errors.ClientError) as raised:
        client.caches.get(name="cachedContents/nobody")
    assert raised.value.code == 404
    told = recorded.attributes
    assert told["gemledger.cache.name"] == "cachedContents/nobody"
    assert told["gemledger.cache.gone"] is True
    assert told["error.type"] == "404"
    assert told["gemledger.cost.pico_usd"] == 0


async def test_the_asynchronous_client_is_recorded_alike(
    client: genai.Client, recorded: Recorded
) -> None:
    """The same methods, the same facts."""
    async with client.aio as awaited:
        cache = await awaited.caches.create(model=MODEL, config=holding(2_000))
        assert cache.name
        await awaited.caches.update(name=cache.name, config={"ttl": "600s"})
        await awaited.caches.get(name=cache.name)
        assert cache.name in [found.name async for found in await awaited.caches.list()]
        await awaited.caches.delete(name=cache.name)
        with pytest.raises(genai.errors.ClientError):
            await awaited.caches.delete(name=cache.name)
    told = [dict(span.attributes or {}) for span in recorded.spans]
    assert [each["gen_ai.operation.name"] for each in told] == [
        "cache_create",
        "cache_update",
        "cache_get",
        "cache_list",
        "cache_delete",
        "cache_delete",
    ]
    assert [each["gemledger.cost.pico_usd"] for each in told] == [600_000_000, 0, 0, 0, 0, 0]
    assert told[-1]["gemledger.cache.gone"] is True


READ = 4_000 * 30_000 + 1 * 300_000
"""4,000 cached tokens at 0.03 USD a million, and a question of one token at 0.30."""


@pytest.mark.parametrize("way", ["call", "stream", "chat", "chat stream"])
def test_what_is_read_from_a_cache_is_tied_to_it(
    client: genai.Client, recorded: Recorded, way: str
) -> None:
    """Calls, streams and chats name the cache they read, and pay its tokens at the cache rate."""
    cache = client.caches.create(model=MODEL, config=holding(4_000))
    config = types.GenerateContentConfig(cached_content=cache.name)
    chat = client.chats.create(model=MODEL, config=config)
    asks: dict[str, Any] = {
        "call": lambda: client.models.generate_content(model=MODEL, contents="Hi", config=config),
        "stream": lambda: list(
            client.models.generate_content_stream(model=MODEL, contents="Hi", config=config)
        ),
        "chat": lambda: chat.send_message("Hi"),
        "chat stream": lambda: list(chat.send_message_stream("Hi")),
    }
    asks[way]()
    told = dict(recorded.spans[-1].attributes or {})
    assert told["gemledger.cache.name"] == cache.name
    assert told["gen_ai.usage.cache_read.input_tokens"] == 4_000
    input_side = ("gemledger.cost.cache_read.pico_usd", "gemledger.cost.input.pico_usd")
    assert sum(told[name] for name in input_side) == READ  # type: ignore[misc]  # ints


def test_no_sampler_leaves_out_how_long_a_cache_lives(client: genai.Client) -> None:
    """Storage is billed by the hour: each cache is told in full, and calls that read it are summed by cache."""
    recorded = Recorded(ALWAYS_OFF)
    GeminiInstrumentor().instrument(tracer_provider=recorded.provider, clock=noon_clock())
    try:
        caches = [
            client.caches.create(model=MODEL, config=holding(4_000, expire_time=FAR))
            for _ in range(2)
        ]
        for cache in (caches[0], caches[0], caches[1]):
            client.models.generate_content(
                model=MODEL, contents="Hi", config={"cached_content": cache.name}
            )
        for cache in caches:
            assert cache.name
            client.caches.delete(name=cache.name)
            with pytest.raises(genai.errors.ClientError):
                client.caches.get(name=cache.name)
        flush_unsampled()
    finally:
        gemledger.uninstrument()
    told = [dict(span.attributes or {}) for span in recorded.spans]

    def of(operation: str) -> list[dict[str, Any]]:
        return [each for each in told if each["gen_ai.operation.name"] == operation]

    names = [cache.name for cache in caches]
    assert [each["gemledger.cache.name"] for each in of("cache_create")] == names
    assert {each["gemledger.cost.pico_usd"] for each in of("cache_create")} == {1_200_000_000}
    assert {each["gemledger.cache.expire_time_unix_seconds"] for each in of("cache_create")} == {
        FAR_SECONDS
    }
    assert all("gemledger.cache.expire_time_unix_seconds" in each for each in of("cache_delete"))
    assert [each["gemledger.cache.name"] for each in of("cache_get")] == names
    hits = {
        each["gemledger.cache.name"]: (
            each["gemledger.unsampled.calls"],
            each["gen_ai.usage.cache_read.input_tokens"],
        )
        for each in of("generate_content")
    }
    assert hits == {names[0]: (2, 8_000), names[1]: (1, 4_000)}


def test_what_is_put_into_a_cache_is_not_captured(
    client: genai.Client, recorded_content: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    """Prompts and answers are, where somebody asks for them; a cache is neither, and may be a library."""
    manual = "The petrel's manual. " * 400
    cache = client.caches.create(
        model=MODEL, config={"contents": manual, "system_instruction": "Know the manual."}
    )
    assert cache.name
    client.caches.delete(name=cache.name)
    written = [str(dict(span.attributes or {})) for span in recorded_content.spans]
    assert len(written) == 2
    assert not any("manual" in text for text in written)
    assert not caplog.records
