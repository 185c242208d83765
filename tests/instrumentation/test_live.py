"""Live sessions: a span per turn that is billed, and one per session that is not. The real SDK, over real frames."""

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from google.genai.live import AsyncSession
from instrumentation.conftest import Recorded
from opentelemetry.sdk.trace import ReadableSpan
from support.live import (
    FORUM,
    FORUM_PICO_USD,
    LIVE,
    done,
    live_client,
    live_usage,
    scripted,
    vertex_client,
    words,
)

import gemledger
from gemledger_simulator.process import SimulatorProcess

TEXT_IN, TEXT_OUT = 750_000, 4_500_000
"""PicoUSD per token of gemini-3.8-live; thoughts cost what text costs."""
AUDIO_IN, AUDIO_OUT = 3_000_000, 12_000_000


@pytest.fixture(scope="module")
def live_server() -> Iterator[SimulatorProcess]:
    """A simulator with TLS."""
    with SimulatorProcess(tls=True) as running:
        yield running


@pytest.fixture
def client(live_server: SimulatorProcess) -> Iterator[genai.Client]:
    """The real SDK, pointed at it."""
    with live_client(live_server) as made:
        yield made
    gc.collect()


def spans_of(recorded: Recorded, operation: str) -> list[dict[str, Any]]:
    """Attributes of the spans of one operation, in the order they ended."""
    found = [dict(span.attributes or {}) for span in recorded.spans]
    return [span for span in found if span["gen_ai.operation.name"] == operation]


def turns_of(recorded: Recorded) -> list[dict[str, Any]]:
    """The billed turns."""
    return spans_of(recorded, "live_turn")


def session_of(recorded: Recorded) -> dict[str, Any]:
    """The only session."""
    (session,) = spans_of(recorded, "live_session")
    return session


def costs_of(recorded: Recorded) -> list[int | None]:
    """What each turn cost."""
    return [turn.get("gemledger.cost.pico_usd") for turn in turns_of(recorded)]


async def ask(session: AsyncSession, text: str = "Go on.") -> list[types.LiveServerMessage]:
    """One question, and the messages up to the end of the turn."""
    await session.send_realtime_input(text=text)
    return [message async for message in session.receive()]


# What a turn costs


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
        [words("It is on."), done(live_usage(1_100, 172, 111))],
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await session.send_realtime_input(text="Light!")
        async for message in session.receive():
            if message.tool_call is not None:
                answer = types.FunctionResponse(id="1", name="light", response={"on": True})
                await session.send_tool_response(function_responses=answer)
    (turn,) = turns_of(recorded)
    assert turn["gemledger.cost.pico_usd"] == 2_100 * TEXT_IN + (14 + 124 + 172 + 111) * TEXT_OUT
    assert (turn["gemledger.exchanges"], turn["gemledger.cost.status"]) == (2, "exact")


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


# What is not known is not zero


async def test_a_turn_whose_usage_never_comes_has_no_price(
    client: genai.Client, recorded: Recorded
) -> None:
    """And one of which only the prompt was told has a lower bound."""
    config = scripted(
        [words("One."), done()],
        [{"usageMetadata": {"promptTokenCount": 50}}, words("Two."), done({})],
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await ask(session)
        await ask(session)
    silent, half = turns_of(recorded)
    assert (silent["gemledger.cost.status"], silent.get("gemledger.cost.pico_usd")) == (
        "unpriced",
        None,
    )
    assert silent["gemledger.cost.reasons"] == ("no_usage",)
    assert (half["gemledger.cost.status"], half["gemledger.cost.pico_usd"]) == (
        "lower_bound",
        50 * TEXT_IN,
    )
    assert half["gemledger.cost.reasons"] == ("partial_usage",)


BREAKS = [
    ({"close": 1011, "reason": "Overloaded."}, 1011, "error", "1011"),
    ({"disconnect": True}, 1006, "error", "1006"),
    ({"close": 1000}, 1000, "abandoned", None),
]


@pytest.mark.parametrize(("end", "code", "state", "error_type"), BREAKS)
async def test_a_session_that_ends_within_a_turn_bills_what_was_told(
    client: genai.Client,
    recorded: Recorded,
    end: dict[str, Any],
    code: int,
    state: str,
    error_type: str | None,
) -> None:
    """The user gets the SDK's own exception; the bill a lower bound; the session says how it ended."""
    told = words("So") | {"usageMetadata": live_usage(300, 4)}
    config = scripted([words("Yes."), done(live_usage(200, 2))], [told, words(" far"), end])
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await ask(session)
        with pytest.raises(errors.APIError) as raised:
            await ask(session)
    assert raised.value.code == code
    whole, broken = turns_of(recorded)
    assert whole["gemledger.cost.status"] == "exact"
    assert broken["gemledger.cost.pico_usd"] == 300 * TEXT_IN + 4 * TEXT_OUT
    assert broken["gemledger.cost.status"] == "lower_bound"
    assert broken["gemledger.cost.reasons"] == ("partial_usage",)
    assert (broken["gemledger.stream.state"], broken.get("error.type")) == (state, error_type)
    found = session_of(recorded)
    assert (found["gemledger.live.close_code"], found["gemledger.live.closed_by"]) == (
        code,
        "server",
    )
    assert found.get("error.type") == error_type


@pytest.mark.parametrize("leaving", ["close", "leave", "cancel"])
async def test_a_session_left_within_a_turn_bills_what_was_told(
    client: genai.Client, recorded: Recorded, leaving: str
) -> None:
    """Closed, left, or cancelled: what came until then, and perhaps more."""
    config = scripted([words("So") | {"usageMetadata": live_usage(300, 4)}, {"pause": True}])
    heard = asyncio.Event()

    async def talk() -> None:
        async with client.aio.live.connect(model=LIVE, config=config) as session:
            await session.send_realtime_input(text="Go on.")
            await anext(session.receive())
            heard.set()
            if leaving == "cancel":
                await asyncio.Event().wait()
            if leaving == "close":
                await session.close()
                assert len(recorded.spans) == 2

    task = asyncio.create_task(talk())
    await heard.wait()
    if leaving == "cancel":
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    (turn,) = turns_of(recorded)
    assert turn["gemledger.cost.pico_usd"] == 300 * TEXT_IN + 4 * TEXT_OUT
    assert turn["gemledger.cost.status"] == "lower_bound"
    assert turn["gemledger.stream.state"] == "cancelled" if leaving == "cancel" else "abandoned"
    assert session_of(recorded)["gemledger.live.closed_by"] == "client"


async def test_a_question_that_nobody_answered_has_no_price(
    client: genai.Client, recorded: Recorded
) -> None:
    """It was sent: nobody knows whether Google billed it. Sound that nobody answers is no question."""
    config = scripted([{"pause": True}])
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await session.send_realtime_input(audio_stream_end=True)
    assert turns_of(recorded) == []
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await session.send_client_content(turns=types.Content(parts=[types.Part(text="Well?")]))
    (turn,) = turns_of(recorded)
    assert turn["gemledger.cost.status"] == "unpriced"
    assert "no_response" in turn["gemledger.cost.reasons"]


async def test_a_connection_that_fails_is_a_session_with_an_error(
    client: genai.Client, recorded: Recorded
) -> None:
    """No turn, no cost, and the SDK's own exception."""
    config = types.LiveConnectConfig(
        session_resumption=types.SessionResumptionConfig(handle="never-given")
    )
    with pytest.raises(errors.APIError, match="1008"):
        async with client.aio.live.connect(model=LIVE, config=config):
            pass
    assert turns_of(recorded) == []
    found = session_of(recorded)
    assert (found["error.type"], found["gemledger.live.turns"]) == ("1008", 0)


async def test_a_reader_that_finds_the_session_closed_by_its_own_user_is_no_break(
    client: genai.Client, recorded: Recorded
) -> None:
    """One task reads on while the other leaves: the user closed, whatever the reader gets to see first."""
    config = scripted([words("Yes."), done(live_usage(10, 1))])
    for closing in (True, False):
        async with client.aio.live.connect(model=LIVE, config=config) as session:
            await ask(session)
            reader = asyncio.ensure_future(anext(session.receive()))
            await asyncio.sleep(0)
            if closing:
                await session.close()
        with pytest.raises(errors.APIError):
            await reader
    for found in spans_of(recorded, "live_session"):
        assert found["gemledger.live.closed_by"] == "client"
        assert "error.type" not in found
    assert len(costs_of(recorded)) == 2


# Sessions that go on


async def test_a_resumed_session_is_linked_by_the_digest_of_its_handle(
    client: genai.Client, recorded: Recorded
) -> None:
    """A session of its own, whose turns are billed once; the handle itself is nowhere."""

    def config(handle: str | None, *replies: list[dict[str, Any]]) -> types.LiveConnectConfig:
        return scripted(*replies, session_resumption=types.SessionResumptionConfig(handle=handle))

    handles: list[str] = []
    for number in range(3):
        reply = [words("Yes."), done(live_usage(100 + number, 2)), {"goAway": {"timeLeft": "5s"}}]
        asked = config(handles[-1] if handles else None, reply)
        async with client.aio.live.connect(model=LIVE, config=asked) as session:
            await ask(session)
            assert (await anext(session.receive())).go_away is not None
            update = (await anext(session.receive())).session_resumption_update
            assert update is not None
            handles.append(update.new_handle or "")
    assert costs_of(recorded) == [(100 + n) * TEXT_IN + 2 * TEXT_OUT for n in range(3)]
    sessions = spans_of(recorded, "live_session")
    assert [found["gemledger.live.reconnects"] for found in sessions] == [0, 1, 2]
    given = [found["gemledger.live.handle_digest"] for found in sessions]
    resumed = [found.get("gemledger.live.resumed_handle_digest") for found in sessions]
    assert resumed == [None, *given[:2]]
    assert all(found["gemledger.live.go_away"] for found in sessions)
    told = repr([span.attributes for span in recorded.spans])
    assert not any(handle in told for handle in handles)


async def test_a_session_may_be_read_by_several_tasks(
    client: genai.Client, recorded: Recorded
) -> None:
    """One asks, others read in turn; every message arrives once, in order, and every turn is billed once."""
    config = scripted(
        *([words(f"{n}"), done(live_usage(100 + n, 1))] for n in range(6)),
    )
    heard: list[str | None] = []

    async def read(session: AsyncSession) -> None:
        heard.extend([message.text async for message in session.receive()])

    async with client.aio.live.connect(model=LIVE, config=config) as session:
        for _ in range(6):
            reading = asyncio.create_task(read(session))
            await asyncio.create_task(session.send_realtime_input(text="Next."))
            await reading
    assert heard == [said for n in range(6) for said in (str(n), None)]
    assert costs_of(recorded) == [(100 + n) * TEXT_IN + TEXT_OUT for n in range(6)]


# In whose name, and when


async def test_a_turn_is_attributed_where_it_was_asked_for(
    client: genai.Client, recorded: Recorded
) -> None:
    """As the session is, and what is in force around the question on top."""
    config = scripted(*([words("Yes."), done(live_usage(10, 1))] for _ in range(2)))
    with gemledger.attribution(team="voice", feature="hotline"):
        connecting = client.aio.live.connect(model=LIVE, config=config)
        session = await connecting.__aenter__()  # the block outlives the attribution
    await ask(session)
    with gemledger.attribution(team="search"):
        await ask(session)
    await connecting.__aexit__(None, None, None)
    first, second = turns_of(recorded)
    assert first["gemledger.attribution.team"] == "voice"
    assert first["gemledger.attribution.feature"] == "hotline"
    assert second["gemledger.attribution.team"] == "search"
    assert session_of(recorded)["gemledger.attribution.team"] == "voice"


async def test_time_to_first_chunk_counts_from_the_end_of_the_users_input(
    client: genai.Client, recorded: Recorded
) -> None:
    """Where somebody says when that was; a microphone alone does not."""
    reply = [words("Yes."), done(live_usage(10, 1))]
    sound = types.Blob(data=bytes(3_200), mime_type="audio/pcm;rate=16000")
    config = scripted([{"pause": True}, *reply], reply)
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await session.send_client_content(turns=types.Content(parts=[types.Part(text="Well?")]))
        await asyncio.sleep(0.02)  # the server waits for sound, and the user for the answer
        await session.send_realtime_input(audio=sound)
        assert len([message async for message in session.receive()]) == 2
        await session.send_realtime_input(activity_end=types.ActivityEnd())
        assert len([message async for message in session.receive()]) == 2
    asked, spoken = turns_of(recorded)
    assert 0.02 < asked["gen_ai.response.time_to_first_chunk"] < 5
    assert 0 < spoken["gen_ai.response.time_to_first_chunk"] < 5
    turn = recorded.spans[0]
    assert (turn.end_time or 0) - (turn.start_time or 0) > 20_000_000


async def test_without_a_word_about_its_end_the_waiting_time_is_unknown(
    client: genai.Client, recorded: Recorded
) -> None:
    """What the server says unasked is a turn without a time to first chunk."""
    config = scripted(
        [words("Yes."), done(live_usage(10, 1)), words("And?"), done(live_usage(20, 1))]
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await ask(session)
        assert len([message async for message in session.receive()]) == 2
    assert ["gen_ai.response.time_to_first_chunk" in turn for turn in turns_of(recorded)] == [
        True,
        False,
    ]
