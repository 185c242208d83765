"""Cancelled calls and streams: the cancellation is the app's, and passes through untouched."""

import asyncio
import contextlib
from typing import Any

from conformance.bills import MODEL, Bill
from conformance.stage import Log, Stage
from conformance.streams import ABANDONED, CHUNKS, STALLING, assert_abandoned, opened_async
from conformance.surfaces import QUESTION
from google import genai


async def cancelled(asked: Any, begun: asyncio.Event) -> None:
    """Run ``asked`` as a task, and cancel it once it waits after ``begun``."""
    task = asyncio.ensure_future(asked)
    await begun.wait()
    await asyncio.sleep(0.05)
    task.cancel()
    await task


async def test_an_async_call_cancelled_in_flight(stage: Stage) -> None:
    """The cancellation is the app's; a request was sent, and nobody will know what it cost."""

    async def act(client: genai.Client, log: Log) -> None:
        begun = asyncio.Event()
        begun.set()
        await cancelled(client.aio.models.generate_content(model=MODEL, contents=QUESTION), begun)

    recorded = await stage.compare(act, {"end": "stall"})

    assert isinstance(recorded.error, asyncio.CancelledError)
    assert recorded.attributes["error.type"] == "CancelledError"
    assert recorded.bill == Bill(
        pico_usd=None, status="unpriced", reasons=("no_response", "no_usage")
    )


async def test_an_async_stream_cancelled_while_it_waits(stage: Stage) -> None:
    """State cancelled, with what was billed until then."""

    async def act(client: genai.Client, log: Log) -> None:
        begun = asyncio.Event()

        async def consume() -> None:
            async for chunk in await opened_async(client):
                log.append(chunk)
                begun.set()

        await cancelled(consume(), begun)

    recorded = await stage.compare(act, STALLING)

    assert isinstance(recorded.error, asyncio.CancelledError)
    assert recorded.attributes["gemledger.stream.state"] == "cancelled"
    assert recorded.attributes["error.type"] == "CancelledError"
    assert recorded.bill == ABANDONED


async def test_an_async_stream_cancelled_between_chunks(stage: Stage) -> None:
    """The app was cancelled in its own work: the stream it closes is abandoned."""

    async def act(client: genai.Client, log: Log) -> None:
        begun = asyncio.Event()

        async def consume() -> None:
            async with contextlib.aclosing(await opened_async(client)) as stream:
                async for chunk in stream:
                    log.append(chunk)
                    begun.set()
                    await asyncio.sleep(3600)

        await cancelled(consume(), begun)

    recorded = await stage.compare(act, CHUNKS)

    assert isinstance(recorded.error, asyncio.CancelledError)
    assert_abandoned(recorded)


async def test_a_deadline_of_the_app_ends_an_async_call(stage: Stage) -> None:
    """`asyncio.timeout` works through us: the app gets TimeoutError."""

    async def act(client: genai.Client, log: Log) -> None:
        async with asyncio.timeout(0.1):
            await client.aio.models.generate_content(model=MODEL, contents=QUESTION)

    recorded = await stage.compare(act, {"end": "stall"})

    assert isinstance(recorded.error, TimeoutError)
    assert recorded.attributes["error.type"] == "CancelledError"
