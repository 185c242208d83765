"""Vertex AI, raw responses, service tiers, clients of the app's own: everything a call can be made with."""

import json
from typing import Any

import pytest
from conformance.bills import MODEL, PLAIN, PLAIN_BILL, Bill, cost
from conformance.sdk import (
    needs_raw_response,
    needs_service_tier,
)
from conformance.stage import Log, Stage
from conformance.surfaces import EVERY, MODELS, QUESTION, Surface
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from support.gemini import Json, said, usage

ANSWER = {"response": said("Forty-two.", usage=PLAIN)}
every_surface = pytest.mark.parametrize("surface", EVERY, ids=lambda surface: surface.name)
every_model_surface = pytest.mark.parametrize("surface", MODELS, ids=lambda surface: surface.name)


def vertex() -> dict[str, Any]:
    """The client options of Vertex AI, with a token of our own making."""
    credentials = Credentials(token="made-up")  # type: ignore[no-untyped-call]  # google-auth has no types here
    return {
        "vertexai": True,
        "project": "skerry",
        "location": "europe-west1",
        "credentials": credentials,
    }


@every_surface
async def test_vertex_ai_is_seen_as_such(stage: Stage, surface: Surface) -> None:
    """Platform, provider, project and location are on the span; the tier is the traffic type's."""
    told = PLAIN | {"trafficType": "ON_DEMAND"}
    recorded = await stage.compare(
        surface.asking(), {"response": said("Forty-two.", usage=told)}, **vertex()
    )

    assert recorded.bill == PLAIN_BILL
    attributes = recorded.attributes
    assert attributes["gen_ai.provider.name"] == "gcp.vertex_ai"
    assert attributes["gemledger.platform"] == "vertex_ai"
    assert attributes["gemledger.account.project"] == "skerry"
    assert attributes["gemledger.account.location"] == "europe-west1"
    assert attributes["gemledger.service_tier"] == "standard"


@every_surface
async def test_the_gemini_api_is_seen_as_such(stage: Stage, surface: Surface) -> None:
    """Provider, platform, and whose key it was, as a digest."""
    recorded = await stage.compare(surface.asking(), ANSWER)

    attributes = recorded.attributes
    assert attributes["gen_ai.provider.name"] == "gcp.gemini"
    assert attributes["gemledger.platform"] == "gemini_api"
    assert len(attributes["gemledger.account.key_digest"]) == 8
    assert "conformance" not in str(attributes)


@every_surface
async def test_no_words_leave_the_process(stage: Stage, surface: Surface) -> None:
    """Prompts, answers and keys are on no span unless somebody asked for content."""
    recorded = await stage.compare(surface.asking(), ANSWER)

    told = recorded.span.to_json()
    assert not [word for word in (QUESTION, "Forty", "conformance") if word in told]


@needs_raw_response
@pytest.mark.parametrize("surface", [s for s in MODELS if not s.stream], ids=lambda s: s.name)
async def test_a_raw_response_is_billed_from_its_body(stage: Stage, surface: Surface) -> None:
    """The SDK parses nothing then: neither usage nor model."""
    config = types.GenerateContentConfig(should_return_http_response=True)
    recorded = await stage.compare(surface.asking(config), ANSWER)

    (seen,) = recorded.log
    assert seen.usage_metadata is None
    assert json.loads(seen.sdk_http_response.body)["usageMetadata"] == PLAIN
    assert recorded.bill == PLAIN_BILL
    assert recorded.attributes["gen_ai.response.model"] == MODEL


@needs_service_tier
@every_model_surface
@pytest.mark.parametrize(
    ("asked", "headers", "served"),
    [
        ("flex", {}, "flex"),
        ("priority", {"x-gemini-service-tier": "standard"}, "standard"),
    ],
    ids=["as asked", "downgraded"],
)
async def test_the_tier_served_is_the_headers(
    stage: Stage, surface: Surface, asked: str, headers: dict[str, str], served: str
) -> None:
    """Priority may be served, and billed, as standard."""
    config = types.GenerateContentConfig(service_tier=asked)  # type: ignore[arg-type]  # pydantic takes the name
    recorded = await stage.compare(surface.asking(config), ANSWER | {"headers": headers})

    assert recorded.attributes["gemledger.service_tier"] == served


@every_model_surface
async def test_a_config_may_be_a_dict(stage: Stage, surface: Surface) -> None:
    """As the SDK's users write it, in snake case and in camel case."""
    recorded = await stage.compare(
        surface.asking({"temperature": 0.5, "max_output_tokens": 9, "seed": 3}), ANSWER
    )

    assert recorded.bill == PLAIN_BILL
    assert recorded.attributes["gen_ai.request.temperature"] == 0.5
    assert recorded.attributes["gen_ai.request.max_tokens"] == 9


@pytest.mark.parametrize(
    "contents",
    [
        "words",
        ["words", "more words"],
        [
            types.Part.from_text(text="words"),
            types.Part.from_bytes(data=b"\x89PNG", mime_type="image/png"),
        ],
        types.Content(role="user", parts=[types.Part(text="words")]),
        [{"role": "user", "parts": [{"text": "words"}]}],
    ],
    ids=["str", "list of str", "parts", "content", "dicts"],
)
async def test_contents_may_be_anything_that_the_sdk_takes(stage: Stage, contents: Any) -> None:
    """What is sent is the same with us, and so is the object afterwards."""
    before = repr(contents)

    def act(client: genai.Client, log: Log) -> None:
        log.append(client.models.generate_content(model=MODEL, contents=contents))

    recorded = await stage.compare(act, ANSWER)

    assert repr(contents) == before
    assert recorded.bill == PLAIN_BILL


@pytest.mark.parametrize("model", [f"models/{MODEL}", MODEL])
async def test_a_model_has_one_name(stage: Stage, model: str) -> None:
    """With or without the prefix of its resource name."""

    def act(client: genai.Client, log: Log) -> None:
        log.append(client.models.generate_content(model=model, contents=QUESTION))

    recorded = await stage.compare(act, ANSWER)

    assert recorded.span.name == f"generate_content {MODEL}"
    assert recorded.attributes["gen_ai.request.model"] == MODEL
    assert recorded.bill == PLAIN_BILL


async def test_structured_output_is_parsed_as_without_us(stage: Stage) -> None:
    """`response.parsed` is the app's own type."""
    schema = {"type": "OBJECT", "properties": {"answer": {"type": "INTEGER"}}}
    config = types.GenerateContentConfig(
        response_mime_type="application/json", response_schema=schema
    )

    def act(client: genai.Client, log: Log) -> None:
        answer = client.models.generate_content(model=MODEL, contents=QUESTION, config=config)
        log.append(answer.parsed)

    recorded = await stage.compare(act, {"response": said('{"answer": 42}', usage=PLAIN)})

    assert recorded.log == [{"answer": 42}]
    assert recorded.bill == PLAIN_BILL


async def test_several_candidates_are_one_bill(stage: Stage) -> None:
    """Their tokens are counted together; each has its finish reason."""
    answer = said("One.", usage=usage(1_000, 90))
    answer["candidates"].append(said("Two-", finish="MAX_TOKENS")["candidates"][0] | {"index": 1})
    config = types.GenerateContentConfig(candidate_count=2)
    recorded = await stage.compare(MODELS[0].asking(config), {"response": answer})

    assert recorded.bill == Bill(input=1_000, output=90, pico_usd=cost(input=1_000, output=90))
    assert recorded.attributes["gen_ai.response.finish_reasons"] == ("stop", "max_tokens")


async def test_a_chat_of_several_turns_is_a_span_a_turn(stage: Stage) -> None:
    """Each turn's prompt holds the history, and is billed so."""
    turns: list[Json] = [
        {"response": said("One.", usage=usage(10, 5))},
        {"response": said("Two.", usage=usage(25, 5))},
        {"chunks": [said("Three.", usage=usage(40, 5))]},
    ]

    def act(client: genai.Client, log: Log) -> None:
        chat = client.chats.create(model=MODEL)
        log.append(chat.send_message("1"))
        log.append(chat.send_message("2"))
        log.extend(chat.send_message_stream("3"))
        log.append(chat.get_history(curated=True))

    recorded = await stage.compare(act, *turns)

    assert [span["gen_ai.usage.input_tokens"] for span in recorded.every] == [10, 25, 40]
    assert len(recorded.asked[-1]["body"]["contents"]) == 5
    assert len(recorded.spans) == 3


async def test_counting_tokens_is_no_billed_call(stage: Stage) -> None:
    """`count_tokens` is free: it works, is seen, and costs nothing."""

    def act(client: genai.Client, log: Log) -> None:
        log.append(client.models.count_tokens(model=MODEL, contents=QUESTION))

    recorded = await stage.compare(
        act, {"response": {"totalTokens": 5, "modelVersion": None, "responseId": None}}
    )

    assert recorded.attributes["gen_ai.operation.name"] == "count_tokens"
    assert recorded.attributes["gemledger.cost.pico_usd"] == 0
    assert "gen_ai.usage.input_tokens" not in recorded.attributes
