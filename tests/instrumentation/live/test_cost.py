"""What the turns of a Live session cost: a span for each, by the real SDK over real frames."""

from google import genai
from google.genai import types
from instrumentation.conftest import Recorded
from instrumentation.live.conftest import (
    AUDIO_IN,
    AUDIO_OUT,
    TEXT_IN,
    TEXT_OUT,
    ask,
    costs_of,
    session_of,
    turns_of,
)
from opentelemetry.sdk.trace import ReadableSpan
from support.gemini import by_modality
from support.live import (
    FORUM,
    FORUM_PICO_USD,
    LIVE,
    done,
    live_usage,
    scripted,
    vertex_client,
    words,
)

import gemledger
from gemledger_simulator.process import SimulatorProcess


async def test_a_turn_costs_what_its_usage_says_by_modality(
    client: genai.Client, recorded: Recorded
) -> None:
    """Audio at audio's rates, tokens that no detail claims as text, thoughts as output, and no doubt about a total."""
    config = scripted([words("Hello."), done(FORUM)])
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        messages = await ask(session)
    (turn,) = turns_of(recorded)
    assert turn["gemledger.cost.pico_usd"] == FORUM_PICO_USD == 1_878_750_000
    assert turn["gemledger.cost.status"] == "exact"
    assert turn["gemledger.cost.input.pico_usd"] == 357 * TEXT_IN + 165 * AUDIO_IN
    assert turn["gemledger.cost.output.pico_usd"] == 42 * AUDIO_OUT
    assert turn["gemledger.cost.thoughts.pico_usd"] == 136 * TEXT_OUT
    assert turn["gen_ai.usage.input_tokens"] == 522
    assert turn["gen_ai.usage.output_tokens"] == 42 + 136
    assert turn["gen_ai.usage.audio.input_tokens"] == 165
    assert turn["gen_ai.request.model"] == LIVE
    assert turn["gemledger.stream.state"] == "complete"
    cost = gemledger.cost_of(messages[-1])
    assert cost is not None
    assert cost.total_pico_usd == FORUM_PICO_USD


async def test_each_turn_is_a_call_below_its_session_and_only_turns_cost(
    client: genai.Client, recorded: Recorded
) -> None:
    """Usage is of one turn over the whole context, so two turns cost the sum of both."""
    config = scripted(
        [words("One."), done(live_usage(100, 10))], [words("Two."), done(live_usage(130, 20))]
    )
    with gemledger.session() as spent:
        async with client.aio.live.connect(model=LIVE, config=config) as session:
            await ask(session)
            await ask(session)
    first, second = 100 * TEXT_IN + 10 * TEXT_OUT, 130 * TEXT_IN + 20 * TEXT_OUT
    assert costs_of(recorded) == [first, second]
    assert (spent.calls, spent.cost_pico_usd) == (2, first + second)
    assert [turn["gemledger.live.turn"] for turn in turns_of(recorded)] == [1, 2]
    found = session_of(recorded)
    assert found["gemledger.live.turns"] == 2
    assert found["gemledger.live.closed_by"] == "client"
    assert found["gemledger.live.session_id"].startswith("live-")
    assert not [name for name in found if name.startswith(("gemledger.cost", "gen_ai.usage"))]
    *turns, around = recorded.spans
    assert around.context is not None
    assert {_parent(turn) for turn in turns} == {around.context.span_id}
    assert (around.start_time or 0) < (turns[0].start_time or 0)
    assert (turns[-1].end_time or 0) <= (around.end_time or 0)


def _parent(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


async def test_a_tool_call_makes_a_turn_of_two_generations_both_billed(
    client: genai.Client, recorded: Recorded
) -> None:
    """The model read the context twice: once to call, once to answer."""
    calls = {"functionCalls": [{"id": "1", "name": "light", "args": {}}]}
    config = scripted(
        [{"toolCall": calls, "usageMetadata": live_usage(1_000, 14, 124)}],
        [words("It is on."), done(live_usage(1_100, 172, 211))],
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await session.send_realtime_input(text="Light!")
        async for message in session.receive():
            if message.tool_call is not None:
                answer = types.FunctionResponse(id="1", name="light", response={"on": True})
                await session.send_tool_response(function_responses=answer)
    (turn,) = turns_of(recorded)
    assert turn["gemledger.cost.pico_usd"] == 2_100 * TEXT_IN + (14 + 124 + 172 + 211) * TEXT_OUT
    assert (turn["gemledger.exchanges"], turn["gemledger.cost.status"]) == (2, "exact")


async def test_a_count_that_falls_is_of_another_generation(
    client: genai.Client, recorded: Recorded
) -> None:
    """A running total cannot fall, so both are billed."""
    config = scripted(
        [
            words("One") | {"usageMetadata": live_usage(100, 30)},
            words("."),
            done(live_usage(100, 8)),
        ]
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await ask(session)
    assert costs_of(recorded) == [200 * TEXT_IN + 38 * TEXT_OUT]


SPOKEN = {"responseTokensDetails": by_modality(text=9)}


async def test_usage_told_in_pieces_adds_up_to_one_bill(
    client: genai.Client, recorded: Recorded
) -> None:
    """The prompt before the first word, the response beside a later one, and nothing at the end."""
    config = scripted(
        [
            {"usageMetadata": {"promptTokenCount": 1_000, "totalTokenCount": 1_000}},
            words("One ") | {"usageMetadata": {**SPOKEN, "responseTokenCount": 9}},
            done({}),
        ],
        [done({"promptTokenCount": 50, "thoughtsTokenCount": 5, "totalTokenCount": 50})],
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await ask(session)
        await ask(session)
    assert costs_of(recorded) == [1_000 * TEXT_IN + 9 * TEXT_OUT, 50 * TEXT_IN + 5 * TEXT_OUT]
    assert [turn["gemledger.cost.status"] for turn in turns_of(recorded)] == ["exact"] * 2


async def test_usage_told_in_pieces_or_twice_counts_once(
    client: genai.Client, recorded: Recorded
) -> None:
    """The prompt first, the response later, and the same once more: of each field the last value counts."""
    prompt = {"promptTokenCount": 1_000, "totalTokenCount": 1_000}
    config = scripted(
        [
            {"serverContent": {}, "usageMetadata": prompt},
            words("One ") | {"usageMetadata": {"responseTokenCount": 3}},
            words("and two.") | {"usageMetadata": {"responseTokenCount": 9}},
            {"usageMetadata": live_usage(1_000, 9)},
            done({}),
            {"usageMetadata": live_usage(1_000, 9)},
        ],
        [words("Three."), done(live_usage(1_200, 5))],
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await ask(session)
        await ask(session)
    assert costs_of(recorded) == [
        1_000 * TEXT_IN + 9 * TEXT_OUT,
        1_200 * TEXT_IN + 5 * TEXT_OUT,
    ]
    assert [turn["gemledger.cost.status"] for turn in turns_of(recorded)] == ["exact"] * 2


async def test_usage_that_comes_after_the_end_of_its_turn_belongs_to_it(
    client: genai.Client, recorded: Recorded
) -> None:
    """Also for a turn that the user interrupted."""
    config = scripted(
        [words("Well"), done(interrupted=True), {"usageMetadata": live_usage(200, 7)}],
        [words("Yes?"), done(live_usage(220, 2))],
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await ask(session)
        await ask(session)
    assert costs_of(recorded) == [200 * TEXT_IN + 7 * TEXT_OUT, 220 * TEXT_IN + 2 * TEXT_OUT]
    interrupted, other = turns_of(recorded)
    assert interrupted["gemledger.live.interrupted"]
    assert "gemledger.live.interrupted" not in other
    assert interrupted["gemledger.cost.status"] == "exact"


async def test_speech_before_the_work_is_done_is_a_turn_of_its_own(
    client: genai.Client, recorded: Recorded
) -> None:
    """A model that thinks on says so with a complete turn in progress: each has a usage of its own."""
    config = scripted(
        [
            words("Let me see."),
            done(live_usage(3_125, 33), interactionStatus="IN_PROGRESS"),
            words("Orange."),
            done(live_usage(5_966, 38, 732), interactionStatus="IDLE"),
            {"bill": live_usage(3_125, 33)},
            {"bill": live_usage(5_966, 38, 732)},
        ]
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        assert len(await ask(session)) == 4
    assert costs_of(recorded) == [
        3_125 * TEXT_IN + 33 * TEXT_OUT,
        5_966 * TEXT_IN + (38 + 732) * TEXT_OUT,
    ]


async def test_searches_are_billed_by_the_query(client: genai.Client, recorded: Recorded) -> None:
    """Each query once, however often it is told: $14 for a thousand."""
    grounding = {"webSearchQueries": ["tide Bergen", "tide Oslo", "tide Bergen", ""]}
    config = scripted(
        [
            words("High", groundingMetadata=grounding),
            words(" at noon.", groundingMetadata=grounding),
            done(live_usage(100, 10)),
        ],
        tools=[types.Tool(google_search=types.GoogleSearch())],
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await ask(session)
    (turn,) = turns_of(recorded)
    assert turn["gemledger.usage.grounding_queries"] == 2
    assert turn["gemledger.cost.grounding.pico_usd"] == 2 * 14_000_000_000
    assert turn["gemledger.cost.pico_usd"] == 100 * TEXT_IN + 10 * TEXT_OUT + 2 * 14_000_000_000


async def test_a_session_of_vertex_ai_counts_candidates_and_costs_what_they_do(
    live_server: SimulatorProcess, recorded: Recorded
) -> None:
    """Another endpoint, another name for the same count, and the traffic type that served it."""
    usage = {
        "promptTokenCount": 300,
        "candidatesTokenCount": 20,
        "totalTokenCount": 320,
        "thoughtsTokenCount": 5,
        "trafficType": "ON_DEMAND",
    }
    with vertex_client(live_server) as client:
        config = scripted([words("Hello."), done(usage)])
        async with client.aio.live.connect(model=LIVE, config=config) as session:
            await ask(session)
    (turn,) = turns_of(recorded)
    assert turn["gemledger.cost.pico_usd"] == 300 * TEXT_IN + 25 * TEXT_OUT
    assert turn["gen_ai.provider.name"] == "gcp.vertex_ai"
    assert turn["gemledger.account.project"] == "skerry"
    assert turn["gemledger.service_tier"] == "standard"
