"""generate_content and its relatives, through the real SDK over HTTP."""

import pytest
from google import genai
from google.genai import types

FLASH = "gemini-2.5-flash"
LITE = "gemini-2.5-flash-lite"
QUESTION = "What does the Plus subscription cost?"


def _usage(response: types.GenerateContentResponse) -> types.GenerateContentResponseUsageMetadata:
    assert response.usage_metadata is not None
    return response.usage_metadata


def test_a_call_is_answered_with_text_usage_model_and_id(client: genai.Client) -> None:
    """Everything that a bill needs comes back, and the total is the sum of its parts."""
    response = client.models.generate_content(model=FLASH, contents=QUESTION)
    usage = _usage(response)
    assert response.text
    assert "euros" in response.text
    assert response.model_version == FLASH
    assert response.response_id
    assert response.candidates
    assert response.candidates[0].finish_reason is types.FinishReason.STOP
    assert usage.prompt_token_count == -(-len(QUESTION) // 4)
    assert usage.candidates_token_count == -(-len(response.text.encode()) // 4)
    assert usage.thoughts_token_count
    assert usage.total_token_count == (
        usage.prompt_token_count + usage.candidates_token_count + usage.thoughts_token_count
    )


def test_the_same_question_gets_the_same_answer_under_another_id(client: genai.Client) -> None:
    """Answers depend on seed and request; response ids are unique all the same."""
    first, second = (
        client.models.generate_content(model=LITE, contents=QUESTION) for _ in range(2)
    )
    assert first.text == second.text
    assert first.response_id != second.response_id


def test_the_tier_served_is_in_the_header(client: genai.Client) -> None:
    """The SDK keeps the header, and only the header says which tier was billed."""
    for tier in (types.ServiceTier.STANDARD, types.ServiceTier.FLEX, types.ServiceTier.PRIORITY):
        response = client.models.generate_content(
            model=LITE, contents=QUESTION, config=types.GenerateContentConfig(service_tier=tier)
        )
        assert response.sdk_http_response
        assert (response.sdk_http_response.headers or {})["x-gemini-service-tier"] == tier.value


def test_max_output_tokens_cuts_the_answer(client: genai.Client) -> None:
    """The finish reason says so, and no token too many is billed."""
    response = client.models.generate_content(
        model=LITE, contents="Summarize the report.", config={"max_output_tokens": 10}
    )
    assert response.candidates
    assert response.candidates[0].finish_reason is types.FinishReason.MAX_TOKENS
    assert _usage(response).candidates_token_count == 10


def test_a_stop_sequence_ends_the_answer(client: genai.Client) -> None:
    """The answer ends before it, with the usual finish reason."""
    response = client.models.generate_content(
        model=LITE, contents="Summarize the report.", config={"stop_sequences": ["."]}
    )
    assert response.text
    assert "." not in response.text


def test_thinking_can_be_seen_and_be_switched_off(client: genai.Client) -> None:
    """A budget of zero leaves no thoughts; asked for, they come as a part of their own."""
    silent = client.models.generate_content(
        model=FLASH, contents=QUESTION, config={"thinking_config": {"thinking_budget": 0}}
    )
    aloud = client.models.generate_content(
        model=FLASH, contents=QUESTION, config={"thinking_config": {"include_thoughts": True}}
    )
    assert _usage(silent).thoughts_token_count is None
    assert aloud.parts
    assert aloud.parts[0].thought
    assert aloud.text
    assert (aloud.parts[0].text or "") not in aloud.text


def test_pictures_and_sound_are_counted_apart(client: genai.Client) -> None:
    """An image is 258 tokens, a second of sound 32, each under its own modality."""
    parts = [
        types.Part.from_text(text="What is this?"),
        types.Part.from_bytes(data=b"\x89PNG" * 100, mime_type="image/png"),
        types.Part.from_bytes(data=bytes(32_000), mime_type="audio/mpeg"),
    ]
    response = client.models.generate_content(model=LITE, contents=types.Content(parts=parts))
    details = {d.modality: d.token_count for d in _usage(response).prompt_tokens_details or []}
    assert details == {
        types.MediaModality.TEXT: 4,
        types.MediaModality.IMAGE: 258,
        types.MediaModality.AUDIO: 64,
    }
    assert _usage(response).prompt_token_count == 4 + 258 + 64


def test_a_search_is_grounded_and_counts_what_it_read(client: genai.Client) -> None:
    """Queries and pages come with the answer, and tool-use tokens apart from the prompt's."""
    tool = types.Tool(google_search=types.GoogleSearch())
    response = client.models.generate_content(
        model=FLASH, contents="Search for frost alarms", config={"tools": [tool]}
    )
    assert response.candidates
    grounding = response.candidates[0].grounding_metadata
    assert grounding
    assert grounding.web_search_queries
    usage = _usage(response)
    assert usage.tool_use_prompt_token_count
    assert usage.total_token_count == sum(
        (
            usage.prompt_token_count or 0,
            usage.candidates_token_count or 0,
            usage.thoughts_token_count or 0,
            usage.tool_use_prompt_token_count,
        )
    )


def test_a_retired_model_is_answered_by_its_successor(client: genai.Client) -> None:
    """What is billed is what answered, not what was asked for."""
    response = client.models.generate_content(model="gemini-3.7-flash", contents=QUESTION)
    assert response.model_version == "gemini-3.8-flash"


def test_a_header_sets_the_usage_exactly(client: genai.Client) -> None:
    """A replay is answered with the token counts of its trace."""
    counts = (
        '{"promptTokenCount":374,"candidatesTokenCount":44,"cachedContentTokenCount":512,"thoughtsTokenCount":9,'
        '"promptTokensDetails":[{"modality":"AUDIO","tokenCount":100}]}'
    )
    response = client.models.generate_content(
        model=FLASH,
        contents="row 1",
        config={"http_options": {"headers": {"x-simulator-usage": counts}}},
    )
    usage = _usage(response)
    assert usage.prompt_token_count == 374
    assert usage.candidates_token_count == 44
    assert usage.cached_content_token_count == 512
    assert usage.thoughts_token_count == 9
    assert usage.total_token_count == 374 + 44 + 9
    details = {d.modality: d.token_count for d in usage.prompt_tokens_details or []}
    assert details == {types.MediaModality.TEXT: 274, types.MediaModality.AUDIO: 100}


@pytest.mark.parametrize("counts", ["no json", "[]", '{"promptTokenCount":-1}', '{"prompt":1}'])
def test_an_impossible_usage_is_refused(client: genai.Client, counts: str) -> None:
    """The error names the header, so that a test does not measure something else."""
    with pytest.raises(genai.errors.ClientError, match="x-simulator-usage") as refused:
        client.models.generate_content(
            model=FLASH,
            contents="hi",
            config={"http_options": {"headers": {"x-simulator-usage": counts}}},
        )
    assert refused.value.code == 400


def test_a_chat_keeps_its_history(client: genai.Client) -> None:
    """Each turn sends all the turns before it, and is counted with them."""
    chat = client.chats.create(model=LITE)
    first, second = chat.send_message("Good morning"), chat.send_message(QUESTION)
    assert first.text
    assert second.text
    said = "Good morning", first.text, QUESTION
    assert _usage(second).prompt_token_count == sum(-(-len(text.encode()) // 4) for text in said)
    assert len(chat.get_history()) == 4


async def test_the_asynchronous_client_gets_the_same_answer(
    client: genai.Client, async_client: genai.client.AsyncClient
) -> None:
    """There is one engine behind both."""
    asynchronous = await async_client.models.generate_content(model=LITE, contents=QUESTION)
    assert asynchronous.text == client.models.generate_content(model=LITE, contents=QUESTION).text


def test_tokens_are_counted_without_an_answer(client: genai.Client) -> None:
    """count_tokens counts as generate_content bills."""
    counted = client.models.count_tokens(model=FLASH, contents=QUESTION)
    assert counted.total_tokens == -(-len(QUESTION) // 4)


def test_embeddings_have_the_asked_size_and_bring_like_texts_together(client: genai.Client) -> None:
    """A batch gives one unit vector per text, and says what it read."""
    texts = ["the rain gauge is full", "is the rain gauge full?", "invoice by e-mail"]
    response = client.models.embed_content(
        model="gemini-embedding-001",
        contents=list[types.ContentUnion](texts),
        config={"output_dimensionality": 256},
    )
    rain, same, invoice = (embedding.values or [] for embedding in response.embeddings or [])

    def likeness(one: list[float], other: list[float]) -> float:
        return sum(a * b for a, b in zip(one, other, strict=True))

    assert len(rain) == 256
    assert likeness(rain, rain) == pytest.approx(1, abs=1e-5)
    assert likeness(rain, same) > 0.5 > likeness(rain, invoice)
    assert response.usage_metadata
    assert response.usage_metadata.prompt_token_count == sum(-(-len(text) // 4) for text in texts)


def test_vertex_reports_its_traffic_type_and_no_tier_header(vertex: genai.Client) -> None:
    """The same answers under Vertex's paths, with Vertex's own marks."""
    response = vertex.models.generate_content(model=FLASH, contents=QUESTION)
    assert response.text
    assert _usage(response).traffic_type is types.TrafficType.ON_DEMAND
    assert response.create_time
    assert response.sdk_http_response
    assert "x-gemini-service-tier" not in (response.sdk_http_response.headers or {})
    streamed = list(vertex.models.generate_content_stream(model=FLASH, contents=QUESTION))
    assert "".join(chunk.text or "" for chunk in streamed) == response.text
    assert vertex.models.count_tokens(model=FLASH, contents=QUESTION).total_tokens == -(
        -len(QUESTION) // 4
    )


@pytest.mark.parametrize("model", ["gemini-embedding-001", "text-embedding-005"])
def test_vertex_embeds_by_both_of_its_methods(vertex: genai.Client, model: str) -> None:
    """The newer models by embedContent, the older ones by predict; both count tokens per text."""
    response = vertex.models.embed_content(model=model, contents="frost")
    assert response.embeddings
    assert response.embeddings[0].values
    assert response.embeddings[0].statistics
    assert response.embeddings[0].statistics.token_count == 2


@pytest.mark.parametrize("version", ["v1", "v1beta", "v1alpha"])
def test_every_version_of_the_api_is_spoken(client: genai.Client, version: str) -> None:
    """Older SDKs ask for v1beta."""
    response = client.models.generate_content(
        model=LITE, contents="hi", config={"http_options": {"api_version": version}}
    )
    assert response.text
