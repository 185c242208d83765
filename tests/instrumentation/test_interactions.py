"""What an interaction cost, to the picodollar: by the model that answered, at the tier that served, hop by hop."""

import json
from typing import Any

import pytest
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from support.interactions import FLASH, PRO, RESEARCHER, ask, counted, searched

import gemledger
from gemledger_simulator.process import SimulatorProcess

from .conftest import Recorded

URLS, SEARCH = {"type": "url_context"}, {"type": "google_search"}
PICO = 10**12
# 3.8-flash in November 2026: 0.75 in, 0.075 cached, 3.75 out, per million tokens; 0.014 a search.
READ, HIT, SAID, QUERY = 750_000, 75_000, 3_750_000, 14 * 10**9


def modalities(**tokens: int) -> list[dict[str, Any]]:
    """Details of a usage."""
    return [{"modality": name, "tokens": count} for name, count in tokens.items()]


def cost(recorded: Recorded) -> tuple[int | None, str, tuple[str, ...]]:
    """Amount, status and reasons of the only span."""
    told = recorded.attributes
    return (
        told.get("gemledger.cost.pico_usd"),
        told["gemledger.cost.status"],
        told.get("gemledger.cost.reasons", ()),
    )


@pytest.mark.parametrize(
    ("usage", "asked", "pico_usd"),
    [
        (counted(10_000, 500), {}, 10_000 * READ + 500 * SAID),
        (
            counted(10_000, 500, cached=4_000, thought=300),
            {},
            6_000 * READ + 4_000 * HIT + 800 * SAID,
        ),
        (
            counted(10_000, 500, cached=4_000, thought=300, tool_use=200),
            {"tools": [URLS]},
            6_000 * READ + 4_000 * HIT + 200 * READ + 800 * SAID,
        ),
        (
            counted(1_000, 50, tool_use=9_000)
            | {"grounding_tool_count": searched(google_search=3)},
            {"tools": [SEARCH]},
            1_000 * READ + 50 * SAID + 3 * QUERY,  # what a search brings in is free
        ),
        (counted(200_000, 1_000), {"model": PRO}, 200_000 * 2_000_000 + 1_000 * 12_000_000),
        (counted(200_001, 1_000), {"model": PRO}, 200_001 * 4_000_000 + 1_000 * 18_000_000),
        (counted(1_000, 1_000), {"service_tier": "flex"}, 1_000 * 375_000 + 1_000 * 1_875_000),
        (counted(10, 10), {"model": "gemini-3.7-flash"}, 10 * READ + 10 * SAID),
        (
            counted(10, 10) | {"grounding_tool_count": searched(google_maps=2, retrieval=5)},
            {},
            10 * READ + 10 * SAID + 2 * QUERY,  # Maps costs as much as a search
        ),
        (
            counted(50, 1_140, thought=100)
            | {"output_tokens_by_modality": modalities(image=1_120, text=20)},
            {"model": "gemini-3.1-flash-image"},
            50 * 500_000 + 1_120 * 60_000_000 + 120 * 3_000_000,
        ),
        (
            counted(10_000, 500, cached=6_000)
            | {
                "input_tokens_by_modality": modalities(text=2_000, audio=8_000),
                "cached_tokens_by_modality": modalities(audio=6_000),
            },
            {"model": "gemini-3.1-flash-lite"},
            2_000 * 250_000 + 2_000 * 500_000 + 6_000 * 50_000 + 500 * 1_500_000,
        ),
    ],
    ids=[
        "plain",
        "cached",
        "url_context",
        "search",
        "at the step",
        "above the step",
        "flex",
        "rerouted",
        "maps",
        "image",
        "cached audio",
    ],
)
def test_an_interaction_is_billed_to_the_picodollar(
    client: genai.Client,
    recorded: Recorded,
    usage: dict[str, Any],
    asked: dict[str, Any],
    pico_usd: int,
) -> None:
    """Cached tokens once, thoughts as output, tools by what they are, the step by the prompt, the tier that served."""
    ask(client, usage, **asked)
    assert cost(recorded) == (pico_usd, "exact", ())


def test_a_call_names_its_interaction_and_carries_the_id_of_its_bill(
    client: genai.Client, recorded: Recorded
) -> None:
    """So that the collector takes the bill once, whoever tells it."""
    first = ask(client, counted(10, 5))
    recorded.exporter.clear()
    with gemledger.attribution(team="search"):
        second = ask(client, counted(20, 5), previous_interaction_id=first.id, labels={"team": "x"})
    told = recorded.attributes
    expected = {
        "gen_ai.operation.name": "interaction",
        "gen_ai.request.model": FLASH,
        "gen_ai.response.model": FLASH,
        "gen_ai.response.finish_reasons": ("completed",),
        "gemledger.job.name": second.id,
        "gemledger.job.state": "completed",
        "gemledger.settlement.id": f"interaction:{second.id}",
        "gemledger.interaction.previous_id": first.id,
        "gemledger.attribution.team": "search",
        "gemledger.label.team": "x",
        "gen_ai.usage.input_tokens": 20,
        "gemledger.attempts": 1,
        "gemledger.exchanges": 1,
    }
    assert {name: told[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("usage", "wishes", "asked", "reason"),
    [
        (counted(10, 5), {"service_tier": "deferred"}, {}, "no_rate:deferred"),
        (None, {"fault": "no-usage"}, {}, "no_usage"),
        (counted(10, 5), {"model": "gemini-9-neon"}, {}, "unknown_model"),
        (counted(10, 5), {}, {"agent": "antigravity-preview-09-2026"}, "unknown_model"),
    ],
)
def test_what_has_no_price_is_seen_to_have_none(
    client: genai.Client,
    recorded: Recorded,
    usage: dict[str, Any] | None,
    wishes: dict[str, Any],
    asked: dict[str, Any],
    reason: str,
) -> None:
    """A tier without a rate, an answer without usage, a model or an agent that the book does not know."""
    ask(client, usage, wishes=wishes, **asked)
    assert cost(recorded) == (None, "unpriced", (reason,))


def test_a_total_that_does_not_add_up_is_named(client: genai.Client, recorded: Recorded) -> None:
    """The parts are billed, and doubted."""
    ask(client, counted(100, 10) | {"total_tokens": 999})
    assert cost(recorded) == (100 * READ + 10 * SAID, "estimated", ("total_mismatch",))


def test_a_tier_that_the_answer_leaves_out_is_assumed(
    client: genai.Client, recorded: Recorded
) -> None:
    """What was asked for, with the doubt, and what it costs if the standard served."""
    ask(client, counted(100, 10), service_tier="flex", wishes={"service_tier": None})
    assert cost(recorded) == (100 * 375_000 + 10 * 1_875_000, "estimated", ("tier_assumed",))
    upper = recorded.attributes["gemledger.cost.upper_pico_usd"]
    assert upper == 100 * READ + 10 * SAID


def test_an_agent_is_billed_as_the_model_that_it_thinks_with(
    client: genai.Client, recorded: Recorded
) -> None:
    """By the agent's name, or by the model that the answer names; tools of both kinds leave a range."""
    usage = counted(1_000, 100, tool_use=500) | {"grounding_tool_count": searched(google_search=2)}
    ask(client, usage, agent=RESEARCHER, wishes={"tools": ["url_context"]})
    assert recorded.attributes["gen_ai.agent.name"] == RESEARCHER
    assert cost(recorded)[0] is not None
    recorded.exporter.clear()

    tools = ["google_search", "url_context"]
    ask(client, usage, agent=RESEARCHER, wishes={"model": PRO, "tools": tools})
    told = recorded.attributes
    assert told["gen_ai.response.model"] == PRO
    least = 1_000 * 2_000_000 + 100 * 12_000_000 + 2 * QUERY
    assert cost(recorded) == (least, "lower_bound", ("tool_tokens_mixed",))
    assert told["gemledger.cost.upper_pico_usd"] == least + 500 * 2_000_000
    recorded.exporter.clear()

    config = {"type": "antigravity", "model": FLASH}
    ask(client, counted(10, 5), agent="antigravity-preview-09-2026", agent_config=config)
    assert cost(recorded) == (10 * READ + 5 * SAID, "exact", ())


def test_an_interaction_that_asks_for_a_function_is_billed_as_it_says(
    client: genai.Client, recorded: Recorded
) -> None:
    """Each turn of the conversation is an interaction of its own."""
    tool = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}
    asked = ask(client, counted(100, 10), input="What is the weather?", tools=[tool])
    call = asked.steps[-1]
    result = {"type": "function_result", "call_id": call.id, "name": call.name, "result": "rain"}
    ask(client, counted(120, 20), input=[result], previous_interaction_id=asked.id, tools=[tool])
    first, second = (dict(span.attributes or {}) for span in recorded.spans)
    assert first["gemledger.job.state"] == "requires_action"
    assert first["gemledger.cost.pico_usd"] == 100 * READ + 10 * SAID
    assert second["gemledger.cost.pico_usd"] == 120 * READ + 20 * SAID


def test_cost_of_an_interaction_is_known_to_its_app(
    client: genai.Client, recorded: Recorded
) -> None:
    """By the very object that ``create`` gave, and in a session."""
    with gemledger.session() as session:
        answer = ask(client, counted(100, 10))
    assert recorded.spans
    assert gemledger.cost_of(answer).total_pico_usd == 100 * READ + 10 * SAID
    assert session.calls == 1


def test_content_is_captured_where_somebody_asked_for_it(
    client: genai.Client, recorded_content: Recorded
) -> None:
    """Question, instruction and answer, whole or in pieces; tools by name."""
    system = "Answer in one word."
    whole = ask(client, input="How far?", system_instruction=system)
    list(ask(client, input="How far?", system_instruction=system, stream=True))
    for span in recorded_content.spans:
        told = dict(span.attributes or {})
        assert "How far?" in str(told["gen_ai.input.messages"])
        assert system in str(told["gen_ai.system_instructions"])
        said = json.loads(str(told["gen_ai.output.messages"]))
        assert said[0]["parts"] == [{"type": "text", "content": whole.output_text}]


def test_a_decision_is_billed_by_its_usage_or_seen_to_have_none(
    client: genai.Client, recorded: Recorded
) -> None:
    """A model decides, and Google may not say what it counted."""
    question = {"type": "noul", "instructions": [{"type": "text", "text": "Is it windy?"}]}
    asked: dict[str, Any] = {"model": FLASH, "input": "Gale.", "questions": {"windy": question}}
    client.decisions.create(**asked)
    assert cost(recorded) == (None, "unpriced", ("no_usage",))
    assert recorded.attributes["gen_ai.operation.name"] == "decision"
    recorded.exporter.clear()
    headers = {"x-simulator-usage": '{"total_input_tokens": 100, "total_output_tokens": 1}'}
    client.decisions.create(**asked, extra_headers=headers)
    assert cost(recorded) == (100 * READ + SAID, "exact", ())


def test_on_vertex_ai_project_and_place_are_known(
    simulator: SimulatorProcess, recorded: Recorded
) -> None:
    """They are in the path of every request; prices outside the global endpoint are a tenth higher."""
    options = types.HttpOptions(base_url=simulator.url)
    credentials = Credentials(token="made-up")  # type: ignore[no-untyped-call]  # google-auth has no types here
    with genai.Client(
        vertexai=True,
        project="skerry",
        location="europe-west1",
        credentials=credentials,
        http_options=options,
    ) as client:
        ask(client, counted(1_000, 100))
    told = recorded.attributes
    expected = {
        "gen_ai.provider.name": "gcp.vertex_ai",
        "gemledger.account.project": "skerry",
        "gemledger.account.location": "europe-west1",
    }
    assert {name: told[name] for name in expected} == expected
    assert cost(recorded)[0] == (1_000 * READ + 100 * SAID) * 11 // 10
