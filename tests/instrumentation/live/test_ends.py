"""Live sessions that break, are left, or do not tell: what is not known is not zero."""

import asyncio
import contextlib
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
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
from websockets.exceptions import ConnectionClosedError


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


async def test_a_sender_may_be_the_one_who_finds_the_connection_gone(
    client: genai.Client, recorded: Recorded
) -> None:
    """The SDK hands on the error of its WebSocket library; older ones do so to readers, too."""
    config = scripted([words("So") | {"usageMetadata": live_usage(300, 4)}, {"close": 1011}])
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await session.send_realtime_input(text="Go on.")
        assert (await anext(session.receive())).text == "So"
        with pytest.raises(ConnectionClosedError):
            await _send_until_it_fails(session)
    (turn,) = turns_of(recorded)
    assert turn["gemledger.cost.pico_usd"] == 300 * TEXT_IN + 4 * TEXT_OUT
    assert (turn["gemledger.cost.status"], turn["error.type"]) == ("lower_bound", "1011")
    found = session_of(recorded)
    assert (found["gemledger.live.close_code"], found["error.type"]) == (1011, "1011")
    assert found["gemledger.error.kind"] == turn["gemledger.error.kind"]


async def _send_until_it_fails(session: AsyncSession) -> None:
    """Its close frame is read in the background, some messages later."""
    sound = types.Blob(data=bytes(320), mime_type="audio/pcm;rate=16000")
    while True:
        await session.send_realtime_input(audio=sound)
        await asyncio.sleep(0)


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


async def test_a_question_that_could_not_be_sent_is_none(
    client: genai.Client, recorded: Recorded
) -> None:
    """The SDK refused it before it went out."""
    async with client.aio.live.connect(model=LIVE, config=scripted()) as session:
        with pytest.raises(ValueError, match="Only one argument"):
            await session.send_realtime_input(text="a", activity_end=types.ActivityEnd())
    assert turns_of(recorded) == []


async def test_a_question_that_interrupted_and_broke_the_session_has_no_price(
    client: genai.Client, recorded: Recorded
) -> None:
    """The turn that it interrupted has one."""
    config = scripted(
        [words("Well"), {"pause": True}, done(live_usage(90, 3), interrupted=True)],
        [{"close": 1011}],
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await session.send_realtime_input(text="Tell me everything.")
        assert (await anext(session.receive())).text == "Well"
        await session.send_realtime_input(text="No, wait.")
        assert len([message async for message in session.receive()]) == 1
        with pytest.raises(errors.APIError):
            await anext(session.receive())
    interrupted, unanswered = turns_of(recorded)
    assert interrupted["gemledger.cost.pico_usd"] == 90 * TEXT_IN + 3 * TEXT_OUT
    assert unanswered["gemledger.cost.status"] == "unpriced"
    assert unanswered["error.type"] == "1011"


@pytest.mark.parametrize(("answers", "status"), [(False, "exact"), (True, "lower_bound")])
async def test_a_session_left_while_a_tool_is_called(
    client: genai.Client, recorded: Recorded, answers: bool, status: str
) -> None:
    """All is told until the tool answers; then the model goes on, and nobody knows for how much."""
    calls = {"functionCalls": [{"id": "1", "name": "light", "args": {}}]}
    config = scripted([{"toolCall": calls, "usageMetadata": live_usage(100, 5)}], [{"pause": True}])
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await session.send_realtime_input(text="Light!")
        await anext(session.receive())
        if answers:
            answer = types.FunctionResponse(id="1", name="light", response={})
            await session.send_tool_response(function_responses=answer)
    (turn,) = turns_of(recorded)
    assert turn["gemledger.cost.pico_usd"] == 100 * TEXT_IN + 5 * TEXT_OUT
    assert turn["gemledger.cost.status"] == status


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
