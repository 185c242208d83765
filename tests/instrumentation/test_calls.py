"""Calls that succeed: one public method, one span, every figure on it."""

from typing import Any

from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from inline_snapshot import snapshot

from .conftest import steady

USAGE = {
    "promptTokenCount": 1_000,
    "cachedContentTokenCount": 512,
    "candidatesTokenCount": 44,
    "thoughtsTokenCount": 100,
}


def test_a_call_is_one_span_with_tokens_price_and_account(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """The whole span of a plain call."""
    client.models.generate_content(
        model="gemini-2.5-flash",
        contents="Is the answer 42?",
        config=asking(
            usage=USAGE,
            temperature=0.5,
            max_output_tokens=100,
            seed=3,
            labels={"team": "growth", "x": "y"},
        ),
    )

    assert recorded.span.name == "generate_content gemini-2.5-flash"
    assert recorded.span.kind.name == "CLIENT"
    assert recorded.span.status.status_code.name == "UNSET"
    assert not recorded.span.events
    assert recorded.attributes == snapshot(
        {
            "gen_ai.operation.name": "generate_content",
            "gen_ai.provider.name": "gcp.gemini",
            "gen_ai.request.model": "gemini-2.5-flash",
            "server.address": "127.0.0.1",
            "server.port": "int",
            "gemledger.platform": "gemini_api",
            "gemledger.account.key_digest": "a09e98f8",
            "gen_ai.request.temperature": 0.5,
            "gen_ai.request.max_tokens": 100,
            "gen_ai.request.seed": 3,
            "gemledger.label.team": "growth",
            "gemledger.attribution.team": "growth",
            "gemledger.label.x": "y",
            "gemledger.service_tier": "standard",
            "gen_ai.response.model": "gemini-2.5-flash",
            "gen_ai.response.id": "str",
            "gen_ai.response.finish_reasons": ("max_tokens",),
            "gemledger.exchanges": 1,
            "gemledger.attempts": 1,
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 144,
            "gen_ai.usage.cache_read.input_tokens": 512,
            "gen_ai.usage.reasoning.output_tokens": 100,
            "gemledger.usage.total_tokens": 1144,
            "gen_ai.usage.text.input_tokens": 1000,
            "gen_ai.usage.text.cache_read.input_tokens": 512,
            "gen_ai.usage.text.output_tokens": 44,
            "gemledger.cost.status": "exact",
            "gemledger.price.book": "str",
            "gemledger.cost.pico_usd": 521760000,
            "gemledger.cost.amount": 0.00052176,
            "gemledger.cost.currency": "USD",
            "gemledger.price.row": ("gemini_api/gemini-2.5-flash/standard/base/2025-06-17",),
            "gemledger.cost.input.pico_usd": 146400000,
            "gemledger.cost.cache_read.pico_usd": 15360000,
            "gemledger.cost.output.pico_usd": 110000000,
            "gemledger.cost.thoughts.pico_usd": 250000000,
        }
    )


async def test_an_async_call_gives_the_same_span(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Sync and async differ in nothing that is billed."""
    config = asking(usage=USAGE)
    client.models.generate_content(model="gemini-2.5-flash", contents="Hello", config=config)
    async with client.aio as async_client:
        await async_client.models.generate_content(
            model="gemini-2.5-flash", contents="Hello", config=config
        )

    sync_span, async_span = recorded.spans
    assert steady(sync_span.attributes) == steady(async_span.attributes)


def test_a_stream_is_one_span_whose_last_usage_counts(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Each chunk restates the running total: the sum over chunks would be a multiple of the bill."""
    chunks = list(
        client.models.generate_content_stream(
            model="models/gemini-2.5-flash", contents="Hello", config=asking(usage=USAGE)
        )
    )

    assert len(chunks) > 1
    assert recorded.attributes.pop("gemledger.stream.chunks") == len(chunks)
    assert {
        k: v for k, v in recorded.attributes.items() if k != "gemledger.stream.chunks"
    } == snapshot(
        {
            "gen_ai.operation.name": "generate_content",
            "gen_ai.provider.name": "gcp.gemini",
            "gen_ai.request.model": "gemini-2.5-flash",
            "server.address": "127.0.0.1",
            "server.port": "int",
            "gemledger.platform": "gemini_api",
            "gen_ai.request.stream": True,
            "gemledger.account.key_digest": "a09e98f8",
            "gemledger.service_tier": "standard",
            "gen_ai.response.model": "gemini-2.5-flash",
            "gen_ai.response.id": "str",
            "gen_ai.response.finish_reasons": ("stop",),
            "gemledger.exchanges": 1,
            "gemledger.attempts": 1,
            "gemledger.stream.state": "complete",
            "gen_ai.response.time_to_first_chunk": "float",
            "gemledger.stream.max_gap_seconds": "float",
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 144,
            "gen_ai.usage.cache_read.input_tokens": 512,
            "gen_ai.usage.reasoning.output_tokens": 100,
            "gemledger.usage.total_tokens": 1144,
            "gen_ai.usage.text.input_tokens": 1000,
            "gen_ai.usage.text.cache_read.input_tokens": 512,
            "gen_ai.usage.text.output_tokens": 44,
            "gemledger.cost.status": "exact",
            "gemledger.price.book": "str",
            "gemledger.cost.pico_usd": 521760000,
            "gemledger.cost.amount": 0.00052176,
            "gemledger.cost.currency": "USD",
            "gemledger.price.row": ("gemini_api/gemini-2.5-flash/standard/base/2025-06-17",),
            "gemledger.cost.input.pico_usd": 146400000,
            "gemledger.cost.cache_read.pico_usd": 15360000,
            "gemledger.cost.output.pico_usd": 110000000,
            "gemledger.cost.thoughts.pico_usd": 250000000,
        }
    )


async def test_an_async_stream_gives_the_same_span(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Chunks, state and cost are those of the sync stream."""
    config = asking(usage=USAGE)
    for _ in client.models.generate_content_stream(
        model="gemini-2.5-flash", contents="Hello", config=config
    ):
        pass
    async with client.aio as async_client:
        stream = await async_client.models.generate_content_stream(
            model="gemini-2.5-flash", contents="Hello", config=config
        )
        async for _ in stream:
            pass

    sync_span, async_span = recorded.spans
    assert steady(sync_span.attributes) == steady(async_span.attributes)


def test_each_turn_of_a_chat_is_a_call(client: genai.Client, recorded: Any, asking: Any) -> None:
    """Chats go through the same methods; a streamed turn too."""
    chat = client.chats.create(model="gemini-2.5-flash", config=asking(usage=USAGE))
    chat.send_message("Hello")
    for _ in chat.send_message_stream("And again"):
        pass

    assert [span.attributes["gemledger.cost.pico_usd"] for span in recorded.spans] == [
        521_760_000
    ] * 2
    assert [span.attributes.get("gen_ai.request.stream") for span in recorded.spans] == [None, True]


def test_function_calling_sums_its_exchanges_and_shows_each(
    client: genai.Client, recorded: Any
) -> None:
    """The SDK returns the last response's usage only; Gemini billed every one of them."""

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"sunny in {city}"

    billed: list[types.GenerateContentResponse] = []
    answers = type(client.models)._generate_content

    def listening(self: Any, **arguments: Any) -> types.GenerateContentResponse:
        response = answers(self, **arguments)
        billed.append(response.model_copy(deep=True))
        return response

    type(client.models)._generate_content = listening  # type: ignore[method-assign]  # what the simulator really billed
    try:
        client.models.generate_content(
            model="gemini-2.5-flash",
            contents="What is the weather in Paris?",
            config=types.GenerateContentConfig(tools=[get_weather]),
        )
    finally:
        type(client.models)._generate_content = answers  # type: ignore[method-assign]  # as it was

    usages: list[Any] = [response.usage_metadata for response in billed]
    assert len(usages) == 2
    attributes, events = recorded.span.attributes, recorded.span.events
    assert attributes["gemledger.exchanges"] == attributes["gemledger.attempts"] == 2
    assert attributes["gen_ai.usage.input_tokens"] == sum(
        usage.prompt_token_count for usage in usages
    )
    assert attributes["gen_ai.usage.output_tokens"] == sum(
        (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0) for usage in usages
    )
    assert [event.name for event in events] == ["gemledger.exchange"] * 2
    assert [event.attributes["gen_ai.response.id"] for event in events] == [
        r.response_id for r in billed
    ]
    assert [event.attributes["gen_ai.usage.input_tokens"] for event in events] == [
        usage.prompt_token_count for usage in usages
    ]
    assert attributes["gemledger.cost.pico_usd"] == sum(
        event.attributes["gemledger.cost.pico_usd"] for event in events
    )


def test_a_streamed_function_call_sums_its_exchanges_too(
    client: genai.Client, recorded: Any
) -> None:
    """Two streamed requests below one public call."""

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"sunny in {city}"

    for _ in client.models.generate_content_stream(
        model="gemini-2.5-flash",
        contents="What is the weather in Paris?",
        config=types.GenerateContentConfig(tools=[get_weather]),
    ):
        pass

    assert recorded.attributes["gemledger.exchanges"] == 2
    assert recorded.attributes["gemledger.cost.status"] == "exact"
    assert recorded.attributes["gemledger.cost.pico_usd"] == sum(
        event.attributes["gemledger.cost.pico_usd"] for event in recorded.span.events
    )


def test_a_call_made_by_a_tool_function_is_a_child_and_not_counted_twice(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Its tokens are on its own span, its parent is the call that ran the tool; and so it is with what is free."""
    config = asking(usage=USAGE)

    def get_weather(city: str) -> str:
        """The weather in a city."""
        client.models.generate_content(model="gemini-3.8-flash", contents=city, config=config)
        client.models.count_tokens(model="gemini-3.8-flash", contents=city)
        return "sunny"

    client.models.generate_content(
        model="gemini-2.5-flash",
        contents="What is the weather in Paris?",
        config=types.GenerateContentConfig(tools=[get_weather]),
    )

    inner, free, outer = recorded.spans
    assert inner.parent.span_id == free.parent.span_id == outer.context.span_id
    assert inner.attributes["gemledger.exchanges"] == 1
    assert free.attributes["gemledger.cost.pico_usd"] == 0
    assert outer.attributes["gemledger.exchanges"] == outer.attributes["gemledger.attempts"] == 2


def test_the_tier_that_served_is_charged_and_not_the_one_asked_for(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Flex costs half of standard, and is confirmed by the response's header: nothing is left to assume."""
    client.models.generate_content(
        model="gemini-2.5-flash", contents="Hello", config=asking(usage=USAGE, service_tier="flex")
    )

    assert recorded.attributes["gemledger.service_tier"] == "flex"
    assert recorded.attributes["gemledger.cost.status"] == "exact"
    assert recorded.attributes["gemledger.cost.pico_usd"] == 268_560_000


def test_a_blocked_prompt_is_billed_as_reported_and_says_why(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """200 without candidates: the prompt was read and is charged."""
    client.models.generate_content(
        model="gemini-2.5-flash",
        contents="Hello",
        config=asking(usage={"promptTokenCount": 10}, fault="block"),
    )

    assert recorded.attributes["gemledger.prompt.block_reason"] == "prohibited_content"
    assert recorded.attributes["gemledger.cost.pico_usd"] == 3_000_000
    assert recorded.attributes["gemledger.cost.status"] == "exact"


def test_an_answer_without_usage_is_unpriced(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Nothing is known of its tokens: not zero, not guessed."""
    client.models.generate_content(
        model="gemini-2.5-flash", contents="Hello", config=asking(fault="no-usage")
    )

    assert recorded.attributes["gemledger.cost.reasons"] == ("no_usage",)
    assert "gen_ai.usage.input_tokens" not in recorded.attributes


def test_a_raw_http_response_is_read_from_its_body(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Whoever asks the SDK for the raw response gets it untouched; its usage is billed all the same."""
    response = client.models.generate_content(
        model="gemini-2.5-flash",
        contents="Hello",
        config=asking(usage=USAGE, should_return_http_response=True),
    )

    assert response.usage_metadata is None
    assert recorded.attributes["gen_ai.usage.input_tokens"] == 1_000
    assert recorded.attributes["gemledger.cost.pico_usd"] == 521_760_000


def test_vertex_ai_is_told_apart_with_its_project_and_location(
    simulator: Any, recorded: Any, asking: Any
) -> None:
    """Platform, provider, account and tier come from what Vertex AI has instead of a header."""
    with genai.Client(
        vertexai=True,
        project="our-project",
        location="europe-west4",
        credentials=Credentials(token="anyone"),  # type: ignore[no-untyped-call]  # published without types
        http_options=types.HttpOptions(base_url=simulator.url),
    ) as client:
        client.models.generate_content(
            model="gemini-2.5-flash", contents="Hello", config=asking(usage=USAGE)
        )

    assert recorded.attributes["gen_ai.provider.name"] == "gcp.vertex_ai"
    assert recorded.attributes["gemledger.platform"] == "vertex_ai"
    assert recorded.attributes["gemledger.account.project"] == "our-project"
    assert recorded.attributes["gemledger.account.location"] == "europe-west4"
    assert recorded.attributes["cloud.region"] == "europe-west4"
    assert recorded.attributes["gemledger.traffic_type"] == "ON_DEMAND"
    assert recorded.attributes["gemledger.service_tier"] == "standard"
    assert recorded.attributes["gemledger.price.row"] == (
        "vertex_ai/gemini-2.5-flash/standard/base/2025-06-17",
    )
    assert "gemledger.account.key_digest" not in recorded.attributes


def test_retries_are_attempts_and_not_spend(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Every try of a request that keeps failing is counted, with its status; nothing is charged."""
    config = asking(fault="503")
    config.http_options.retry_options = types.HttpRetryOptions(
        attempts=3, initial_delay=0.01, max_delay=0.01, jitter=0
    )
    try:
        client.models.generate_content(model="gemini-2.5-flash", contents="Hello", config=config)
    except genai.errors.ServerError as error:
        assert error.code == 503  # noqa: PT017 - the point is the span

    assert recorded.attributes["gemledger.attempts"] == 3
    assert recorded.attributes["gemledger.retry_statuses"] == ("503", "503", "503")
    assert recorded.attributes["gemledger.exchanges"] == 0
    assert recorded.attributes["gemledger.cost.pico_usd"] == 0
