"""An app with Live sessions cannot tell whether we are there: messages, order, exceptions, kinds of methods."""

import asyncio
import contextlib
import gc
import inspect
import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from google.genai.live import AsyncLive, AsyncSession
from instrumentation.conftest import Recorded, noon_clock
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from support.live import LIVE, done, live_usage, scripted, words

import gemledger
from gemledger import guard
from gemledger.instrumentor import GeminiInstrumentor

CALLS = {"functionCalls": [{"id": "1", "name": "light", "args": {}}]}
REPLIES: tuple[list[dict[str, Any]], ...] = (
    [words("One."), words("Two."), done(live_usage(100, 10))],
    [{"toolCall": CALLS, "usageMetadata": live_usage(120, 3)}],
    [words("On."), done(live_usage(140, 4)), {"usageMetadata": live_usage(140, 4)}],
    [words("So"), {"close": 1011, "reason": "Overloaded."}],
)
METHODS = [
    *((AsyncSession, name) for name in ("_receive", "send_client_content", "send_tool_response")),
    *((AsyncSession, name) for name in ("send_realtime_input", "close", "receive")),
    (AsyncLive, "connect"),
]


async def converse(client: genai.Client) -> list[str]:
    """Everything that a user of a session can see, up to its break."""
    seen: list[str] = []
    try:
        async with client.aio.live.connect(model=LIVE, config=scripted(*REPLIES)) as session:
            content = types.Content(role="user", parts=[types.Part(text="Hello")])
            await session.send_client_content(turns=content)
            await _read(session, seen)
            await session.send_realtime_input(text="Light!")
            await _read(session, seen)
            with pytest.raises(ValueError, match="Only one argument"):
                await session.send_realtime_input(text="a", activity_end=types.ActivityEnd())
            await session.send_realtime_input(text="Go on.")
            await _read(session, seen)
    except Exception as error:  # noqa: BLE001 - it is what is compared
        seen.append(f"{type(error).__name__}: {error}")
    return seen


async def _read(session: AsyncSession, seen: list[str]) -> None:
    async for message in session.receive():
        seen.append(message.model_dump_json(exclude_none=True))
        if message.tool_call is not None:
            answer = types.FunctionResponse(id="1", name="light", response={})
            await session.send_tool_response(function_responses=answer)


async def test_messages_and_exceptions_are_the_same_with_and_without_us(
    client: genai.Client,
) -> None:
    """Every message in order, and the exception at the end."""
    plain = await converse(client)
    recorder = Recorded()
    GeminiInstrumentor().instrument(tracer_provider=recorder.provider, clock=noon_clock())
    try:
        watched = await converse(client)
    finally:
        gemledger.uninstrument()
    assert watched == plain
    assert len(plain) == 9
    assert "1011" in plain[-1]
    turns = [span for span in recorder.spans if span.name.startswith("live_turn")]
    assert len(turns) == 3


def test_methods_keep_their_kind_and_come_back(client: genai.Client) -> None:
    """Signatures, coroutine functions, context managers; the very same objects after ``uninstrument``."""
    before = [getattr(owner, name) for owner, name in METHODS]
    manager = type(client.aio.live.connect(model=LIVE))
    gemledger.instrument()
    try:
        for (owner, name), plain in zip(METHODS, before, strict=True):
            wrapped = getattr(owner, name)
            assert inspect.signature(wrapped) == inspect.signature(plain)
            assert inspect.iscoroutinefunction(wrapped) == inspect.iscoroutinefunction(plain)
        assert type(client.aio.live.connect(model=LIVE)) is manager
        with pytest.raises(TypeError, match="model"):
            client.aio.live.connect()  # type: ignore[call-arg]
    finally:
        gemledger.uninstrument()
    assert [getattr(owner, name) for owner, name in METHODS] == before


@pytest.mark.parametrize(
    "error", [KeyError("mine"), StopAsyncIteration(), asyncio.CancelledError()]
)
async def test_what_the_user_raises_within_a_session_comes_out_as_it_is(
    client: genai.Client, recorded: Recorded, error: BaseException
) -> None:
    """The very same object; it is no error of the session."""
    caught: list[BaseException] = []

    def fail() -> None:
        raise error

    try:
        async with client.aio.live.connect(model=LIVE, config=scripted()):
            fail()
    except BaseException as raised:  # noqa: BLE001 - cancellation included
        caught.append(raised)
    assert caught == [error]
    assert "error.type" not in (recorded.span.attributes or {})


BROKEN = (
    "gemledger.surfaces.live.session.told_by",
    "gemledger.surfaces.live.session.SessionSpan",
    "gemledger.surfaces.live.session.LiveTurn.begin",
    "gemledger.surfaces.live.session.LiveTurn.speak",
    "gemledger.surfaces.live.session.LiveTurn.finish",
    "gemledger.surfaces.live.session.Input.demand",
    "gemledger.surfaces.live.session_span.SessionSpan.end",
    "gemledger.exchange.price_exchange",
)


@pytest.mark.parametrize("broken", BROKEN)
async def test_our_own_failures_reach_nobody(
    client: genai.Client, recorded: Recorded, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Whatever breaks in us, the user's session goes its way."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(guard, "_warned", True)
    gemledger.uninstrument()
    plain = await converse(client)
    GeminiInstrumentor().instrument(tracer_provider=recorded.provider, clock=noon_clock())
    monkeypatch.setattr(broken, fail)
    assert await converse(client) == plain


async def test_nothing_is_recorded_where_instrumentation_is_suppressed(
    client: genai.Client, recorded: Recorded
) -> None:
    """A whole session, or a turn of one."""
    config = scripted([words("Yes."), done(live_usage(10, 1))])
    with suppress_instrumentation():
        async with client.aio.live.connect(model=LIVE, config=config) as session:
            await session.send_realtime_input(text="Go on.")
            assert len([message async for message in session.receive()]) == 2
    assert recorded.spans == []


async def test_a_session_outlives_the_instrumentation(client: genai.Client) -> None:
    """Turned off in the middle: no more turns, and the session still works and ends its span."""
    recorder = Recorded()
    config = scripted(*([words("Yes."), done(live_usage(10, 1))] for _ in range(2)))
    GeminiInstrumentor().instrument(tracer_provider=recorder.provider, clock=noon_clock())
    async with client.aio.live.connect(model=LIVE, config=config) as session:
        for _ in range(2):
            await session.send_realtime_input(text="Go on.")
            assert len([message async for message in session.receive()]) == 2
            gemledger.uninstrument()
    assert [span.name for span in recorder.spans] == [f"live_turn {LIVE}", f"live_session {LIVE}"]


async def test_unsampled_turns_are_summed_and_their_session_is_nothing(
    client: genai.Client,
) -> None:
    """The sum of the turns leaves past the sampler; a session bills nothing, so nothing is lost with it."""
    recorder = Recorded(ALWAYS_OFF)
    config = scripted(*([words("Yes."), done(live_usage(10 + n, 1))] for n in range(2)))
    GeminiInstrumentor().instrument(tracer_provider=recorder.provider, clock=noon_clock())
    try:
        async with client.aio.live.connect(model=LIVE, config=config) as session:
            for _ in range(2):
                await session.send_realtime_input(text="Go on.")
                assert len([message async for message in session.receive()]) == 2
    finally:
        gemledger.uninstrument()
    (total,) = recorder.spans
    attributes = dict(total.attributes or {})
    assert attributes["gen_ai.operation.name"] == "live_turn"
    assert attributes["gemledger.unsampled.calls"] == 2
    assert attributes["gemledger.cost.pico_usd"] == 21 * 750_000 + 2 * 4_500_000


async def test_the_deprecated_ways_are_recorded_too(
    client: genai.Client, recorded: Recorded
) -> None:
    """``send`` warns its caller, not us; ``start_stream`` reads what it reads."""
    config = scripted([words("Yes."), done(live_usage(10, 1))])

    answered = asyncio.Event()

    async def microphone() -> AsyncIterator[bytes]:
        yield bytes(320)
        await answered.wait()

    async with client.aio.live.connect(model=LIVE, config=config) as session:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            await session.send(input="Go on.", end_of_turn=True)
            with contextlib.suppress(errors.APIError):
                async for message in session.start_stream(
                    stream=microphone(), mime_type="audio/pcm"
                ):
                    if message.usage_metadata is not None:
                        answered.set()
    assert caught[0].filename == __file__
    turn, _ = recorded.spans
    assert (turn.attributes or {})["gemledger.cost.pico_usd"] == 10 * 750_000 + 4_500_000


async def test_nothing_is_kept_of_sessions_that_are_over(
    client: genai.Client, recorded: Recorded
) -> None:
    """However many there were."""
    from gemledger.surfaces.live import wrapping  # noqa: PLC0415 - what is looked into

    for _ in range(5):
        async with client.aio.live.connect(model=LIVE, config=scripted()) as session:
            await session.close()
        del session
    gc.collect()
    assert len(wrapping._watched) == 0
