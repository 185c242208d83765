"""Live sessions that go on: resumed, read by several tasks; in whose name a turn is, and since when one waits."""

import asyncio
from typing import Any

from google import genai
from google.genai import types
from google.genai.live import AsyncSession
from instrumentation.conftest import Recorded
from instrumentation.live.conftest import (
    TEXT_IN,
    TEXT_OUT,
    ask,
    costs_of,
    session_of,
    spans_of,
    turns_of,
)
from support.live import (
    LIVE,
    done,
    live_usage,
    scripted,
    words,
)

import gemledger


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
        await session.send_realtime_input(text="And elsewhere?")
    assert len([message async for message in session.receive()]) == 2
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
