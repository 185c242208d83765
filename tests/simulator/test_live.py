"""The simulated Live API, as the real SDK's sessions see it: real frames, over TLS."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from google import genai
from google.genai import errors, types
from google.genai.live import AsyncSession
from support.live import FORUM, LIVE, done, live_client, live_usage, scripted, words

from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.settings import Settings


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorProcess]:
    """A simulator with a certificate of its own."""
    with SimulatorProcess(Settings(seed=7, api_key="test-key"), tls=True) as running:
        yield running


@pytest.fixture
def client(server: SimulatorProcess) -> Iterator[genai.Client]:
    """A client that trusts it."""
    with live_client(server) as made:
        yield made


def bills(server: SimulatorProcess) -> list[dict[str, Any]]:
    """What the invoice says of Live sessions."""
    entries = httpx.get(f"{server.url}/simulator/record").json()["entries"]
    return [entry for entry in entries if entry["kind"] == "live"]


async def turn(session: AsyncSession) -> list[types.LiveServerMessage]:
    """The messages of one turn."""
    return [message async for message in session.receive()]


async def test_a_text_turn_is_answered_and_billed_for_all_that_was_said(
    client: genai.Client, server: SimulatorProcess
) -> None:
    """Each turn is billed for the whole context, so the second costs more than the first."""
    before = len(bills(server))
    config = types.LiveConnectConfig(
        response_modalities=[types.Modality.TEXT], system_instruction="Be brief."
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        assert session.session_id
        usages = []
        for question in ("What is a fjord?", "And a skerry?"):
            await session.send_client_content(
                turns=types.Content(role="user", parts=[types.Part(text=question)])
            )
            *spoken, last = await turn(session)
            assert "".join(message.text or "" for message in spoken)
            assert last.server_content is not None
            assert last.server_content.turn_complete
            assert last.usage_metadata is not None
            usages.append(last.usage_metadata)
    first, second = usages
    assert (first.prompt_token_count or 0) < (second.prompt_token_count or 0)
    assert first.total_token_count == (first.prompt_token_count or 0) + (
        first.response_token_count or 0
    )
    billed = [entry["usageMetadata"]["promptTokenCount"] for entry in bills(server)[before:]]
    assert billed == [first.prompt_token_count, second.prompt_token_count]


async def test_audio_goes_in_and_comes_out(client: genai.Client) -> None:
    """Sound counts as audio in the prompt and in the answer; the end of the stream asks for it."""
    config = types.LiveConnectConfig(response_modalities=[types.Modality.AUDIO])
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        for _ in range(3):
            sound = types.Blob(data=bytes(16_000), mime_type="audio/pcm;rate=16000")
            await session.send_realtime_input(audio=sound)
        await session.send_realtime_input(text="What was that?")
        messages = await turn(session)
    usage = messages[-1].usage_metadata
    assert usage is not None
    details = {detail.modality: detail.token_count for detail in usage.prompt_tokens_details or ()}
    assert details[types.MediaModality.AUDIO] == 96
    assert any(message.data for message in messages)
    assert any(
        message.server_content is not None and message.server_content.output_transcription
        for message in messages
    )


async def test_a_script_is_performed_word_for_word(
    client: genai.Client, server: SimulatorProcess
) -> None:
    """Messages as written; the invoice has what they say, once for each reply."""
    before = len(bills(server))
    calls = {"functionCalls": [{"id": "1", "name": "light", "args": {"on": True}}]}
    config = scripted(
        [{"toolCall": calls, "usageMetadata": live_usage(100, 8)}],
        [words("It is on."), done(live_usage(140, 5))],
        [words("So"), done(FORUM, interrupted=True), {"goAway": {"timeLeft": "10s"}}],
    )
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        await session.send_realtime_input(text="Light, please.")
        message = await anext(session.receive())
        assert message.tool_call is not None
        answer = types.FunctionResponse(id="1", name="light", response={"on": True})
        await session.send_tool_response(function_responses=answer)
        assert [message.text for message in await turn(session)] == ["It is on.", None]
        await session.send_realtime_input(text="Tell me all of it.")
        last = (await turn(session))[-1]
        assert last.server_content is not None
        assert last.server_content.interrupted
        assert (await anext(session.receive())).go_away is not None
    told = [entry["usageMetadata"] for entry in bills(server)[before:]]
    assert told == [live_usage(100, 8), live_usage(140, 5), FORUM]


async def test_a_session_is_resumed_by_its_handle(client: genai.Client) -> None:
    """The new connection remembers what the old one heard; a handle that was never given is refused."""
    fresh = types.LiveConnectConfig(
        response_modalities=[types.Modality.TEXT],
        session_resumption=types.SessionResumptionConfig(),
    )
    async with client.aio.live.connect(model=LIVE, config=fresh) as session:
        await session.send_realtime_input(text="My name is Ada, and I like long sentences.")
        first = (await turn(session))[-1].usage_metadata
        update = (await anext(session.receive())).session_resumption_update
        assert update is not None
        assert update.resumable
    again = types.LiveConnectConfig(
        response_modalities=[types.Modality.TEXT],
        session_resumption=types.SessionResumptionConfig(handle=update.new_handle),
    )
    async with client.aio.live.connect(model=LIVE, config=again) as session:
        await session.send_realtime_input(text="Who am I?")
        second = (await turn(session))[-1].usage_metadata
    assert first is not None
    assert second is not None
    assert (second.prompt_token_count or 0) > (first.prompt_token_count or 0)

    unknown = types.LiveConnectConfig(
        session_resumption=types.SessionResumptionConfig(handle="never-given")
    )
    with pytest.raises(errors.APIError, match=r"1008.*session not found"):
        async with client.aio.live.connect(model=LIVE, config=unknown):
            pass


@pytest.mark.parametrize(
    ("end", "code"),
    [({"close": 1011, "reason": "Overloaded."}, 1011), ({"disconnect": True}, 1006)],
)
async def test_a_session_breaks_where_the_script_says_so(
    client: genai.Client, end: dict[str, Any], code: int
) -> None:
    """By a close frame, or by a connection that is cut."""
    async with client.aio.live.connect(model=LIVE, config=scripted([words("So"), end])) as session:
        await session.send_realtime_input(text="Go on.")
        assert (await anext(session.receive())).text == "So"
        with pytest.raises(errors.APIError) as raised:
            await anext(session.receive())
    assert raised.value.code == code


@pytest.mark.parametrize("script", ["[", '{"a": 1}', '[{"a": 1}]', "[[1]]"])
async def test_a_script_that_cannot_be_played_is_refused(client: genai.Client, script: str) -> None:
    """The close frame names the header."""
    options = types.HttpOptions(headers={"x-simulator-live": script})
    with pytest.raises(errors.APIError, match=r"1007.*x-simulator-live"):
        async with client.aio.live.connect(
            model=LIVE, config=types.LiveConnectConfig(http_options=options)
        ):
            pass


async def test_a_wrong_key_opens_no_session(server: SimulatorProcess) -> None:
    """As at Google's: the socket closes with the reason."""
    with live_client(server) as client:
        options = types.HttpOptions(headers={"x-goog-api-key": "stolen"})
        with pytest.raises(errors.APIError, match=r"1007.*API key not valid"):
            async with client.aio.live.connect(
                model=LIVE, config=types.LiveConnectConfig(http_options=options)
            ):
                pass
