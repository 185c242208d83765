"""Old names and new ones, any provider's, any language's: decided by what a span says, not by who sent it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from support import otlp
from support.dialects import Door, opened_door

PLANTED = "planted.person@example.com"
OLD: Mapping[str, otlp.Value] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "vertex_ai",
    "gen_ai.request.model": "gemini-2.5-flash",
    "gen_ai.usage.prompt_tokens": 1_000,
    "gen_ai.usage.completion_tokens": 100,
}
TRACELOOP: Mapping[str, otlp.Value] = {
    "gen_ai.system": "Google",
    "llm.request.type": "chat",
    "gen_ai.request.model": "gemini-2.5-flash",
    "gen_ai.response.model": "gemini-2.5-flash",
    "gen_ai.prompt.0.role": "user",
    "gen_ai.prompt.0.content": f"Write to {PLANTED}",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": f"Written to {PLANTED}",
    "gen_ai.usage.prompt_tokens": 1_000,
    "gen_ai.usage.completion_tokens": 100,
    "llm.usage.total_tokens": 1_400,
}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One collector for all; each request has traces of its own."""
    with opened_door(tmp_path_factory.mktemp("names")) as opened:
        yield opened


def test_names_before_1_37_are_the_new_ones(door: Door) -> None:
    """``gen_ai.system`` and prompt and completion tokens, as older libraries of any language still send."""
    door.send(door.call(OLD))

    row = door.select(
        "select provider, platform, input_tokens, output_tokens, cost_status, attributes is null, "
        "(cost_pico_usd = 1000 * 300000 + 100 * 2500000) from spans"
    )[0]
    assert row == ["gcp.vertex_ai", "vertex_ai", 1_000, 100, "estimated", True, True]


def test_traceloops_old_names_are_read_and_its_thoughts_found(door: Door) -> None:
    """Its total has 300 more than prompt and completion: without tools these are thoughts."""
    door.send(door.call(TRACELOOP))

    row = door.select(
        "select operation, output_tokens, thoughts_tokens, cost_status, repairs, "
        "(cost_pico_usd = 1000 * 300000 + 400 * 2500000) from spans"
    )[0]
    assert row == ["chat", 400, 300, "exact", "thoughts_added", True]
    said = door.select("select input_messages, output_messages from contents")[0]
    assert [json.loads(text)[0]["parts"][0]["content"] for text in said] == [
        "Write to [email]",
        "Written to [email]",
    ]


@pytest.mark.parametrize(
    ("named", "provider"),
    [
        ("Google", "gcp.gen_ai"),
        ("google-gla", "gcp.gemini"),
        ("google_genai", "gcp.gemini"),
        ("Gemini", "gcp.gemini"),
        ("VertexAI", "gcp.vertex_ai"),
        ("google-vertex", "gcp.vertex_ai"),
        ("google.vertex.chat", "gcp.vertex_ai"),
        ("google.generative-ai", "gcp.gemini"),
    ],
)
def test_google_has_many_names(door: Door, named: str, provider: str) -> None:
    """All of them are billed."""
    door.send(door.call({**OLD, "gen_ai.system": named}))

    row = door.select("select provider, cost_status is not null from spans")[0]
    assert row == [provider, True]


@pytest.mark.parametrize("provider", ["openai", "anthropic", "azure.ai.openai", "aws.bedrock"])
def test_other_providers_are_outside_every_figure(door: Door, provider: str) -> None:
    """Kept for the trace, without a status, though they too have a total that reveals something."""
    said: dict[str, otlp.Value] = {
        **TRACELOOP,
        "gen_ai.system": provider,
        "gen_ai.request.model": "o-9",
    }
    door.send(door.call(said))

    row = door.select("select provider, cost_status, cost_reasons, repairs from spans")[0]
    assert row == [provider, None, None, None]
    assert door.select("select count(*) from calls")[0] == [0]
    assert door.select(f"select count(*) from spans s where s::varchar like '%{PLANTED}%'") == [[0]]


@pytest.mark.parametrize("kind", ["AGENT", "CHAIN", "TOOL", "RETRIEVER", "GUARDRAIL"])
def test_a_frameworks_span_that_repeats_tokens_is_not_billed(door: Door, kind: str) -> None:
    """Even where it names a model and a provider."""
    attributes: dict[str, otlp.Value] = {
        "openinference.span.kind": kind,
        "llm.provider": "google",
        "llm.model_name": "gemini-2.5-flash",
        "llm.token_count.prompt": 1_000,
        "llm.token_count.completion": 100,
    }
    door.send(door.call(attributes))

    assert door.select("select cost_status, input_tokens from spans") == [[None, 1_000]]


def test_what_others_reckoned_is_kept_beside_our_figure(door: Door) -> None:
    """Never the bill."""
    door.send(door.call({**OLD, "gen_ai.usage.cost": 99.0}))

    row = door.select("select app_cost_usd, (cost_pico_usd = 550000000) from spans")[0]
    assert row == [99.0, True]


def test_searches_in_a_captured_response_are_billed(door: Door) -> None:
    """OpenInference tells of no search, but the response that it captures does."""
    usage = {"prompt_token_count": 1_000, "candidates_token_count": 100, "total_token_count": 1_100}
    queries = {"web_search_queries": ["weather", "weather ", "trains", ""]}
    response = {"usage_metadata": usage, "candidates": [{"grounding_metadata": queries}]}
    attributes: dict[str, otlp.Value] = {
        "openinference.span.kind": "LLM",
        "llm.provider": "google",
        "llm.model_name": "gemini-3-flash-preview",
        "llm.token_count.prompt": 1_000,
        "llm.token_count.completion": 100,
        "output.value": json.dumps(response),
    }
    door.send(door.call(attributes))

    row = door.select("select grounding_queries, grounding_pico_usd > 0, repairs from spans")[0]
    assert row == [2, True, "searches_from_response"]


def test_messages_that_come_as_values_are_kept_as_json(door: Door) -> None:
    """The newest conventions allow structured attributes."""
    messages = [{"role": "user", "parts": [{"type": "text", "content": f"Write to {PLANTED}"}]}]
    door.send(door.call({**OLD, "gen_ai.input.messages": messages}))

    text = door.select("select input_messages from contents")[0][0]
    assert json.loads(text)[0]["parts"][0]["content"] == "Write to [email]"
    assert door.select("select nested_attributes from spans") == [[None]]


@pytest.mark.parametrize(
    "response",
    [
        {
            "usage_metadata": {"prompt_token_count": 10**30},
            "candidates": [{"grounding_metadata": "?"}],
        },
        {"usage_metadata": [], "candidates": 5, "sdk_http_response": "x"},
        {"usage_metadata": {"prompt_tokens_details": 7}, "automatic_function_calling_history": [1]},
    ],
)
def test_an_odd_span_does_not_turn_away_its_request(
    door: Door, response: Mapping[str, Any]
) -> None:
    """It lands as well as it can be read, and so do the others."""
    odd: dict[str, otlp.Value] = {
        "openinference.span.kind": "LLM",
        "llm.provider": "google",
        "llm.model_name": "gemini-2.5-flash",
        "llm.token_count.prompt": 10.0**300,
        "output.value": json.dumps(response),
    }
    door.send(door.call(odd), door.call(OLD))

    assert door.select("select count(*) from spans") == [[2]]
    assert door.select("select count(*) from spans where cost_pico_usd > 0") == [[1]]
