"""Streams left before their end: abandoned, with what was billed so far."""

import asyncio
import contextlib
import gc
from typing import Any

from conformance.bills import PLAIN_BILL
from conformance.stage import Log, Stage
from conformance.streams import CHUNKS, assert_abandoned, opened, opened_async
from google import genai

from gemledger import call as recording


async def test_a_stream_closed_early_is_abandoned(stage: Stage) -> None:
    """The second chunk was not wanted: the bill so far is a lower bound."""

    def act(client: genai.Client, log: Log) -> None:
        with contextlib.closing(opened(client)) as stream:  # type: ignore[type-var]  # declared an iterator, is a generator
            log.append(next(stream))

    assert_abandoned(await stage.compare(act, CHUNKS))


async def test_a_stream_broken_out_of_is_abandoned(stage: Stage) -> None:
    """`break` leaves the generator to the garbage collector."""

    def act(client: genai.Client, log: Log) -> None:
        for chunk in opened(client):
            log.append(chunk)
            break
        gc.collect()

    assert_abandoned(await stage.compare(act, CHUNKS))


async def test_a_stream_dropped_is_abandoned(stage: Stage) -> None:
    """The last reference goes without a word."""

    def act(client: genai.Client, log: Log) -> None:
        stream = opened(client)
        log.append(next(stream))
        del stream
        gc.collect()

    assert_abandoned(await stage.compare(act, CHUNKS))


async def test_an_async_stream_broken_out_of_and_closed_is_abandoned(stage: Stage) -> None:
    """The SDK leaves its inner generators open; our span ends all the same."""

    async def act(client: genai.Client, log: Log) -> None:
        stream = await opened_async(client)
        async for chunk in stream:
            log.append(chunk)
            break
        await stream.aclose()

    assert_abandoned(await stage.compare(act, CHUNKS))


async def test_an_async_stream_dropped_is_abandoned(stage: Stage) -> None:
    """The event loop closes it once nobody holds it."""

    async def act(client: genai.Client, log: Log) -> None:
        async for chunk in await opened_async(client):
            log.append(chunk)
            break
        gc.collect()
        for _ in range(10):
            await asyncio.sleep(0)  # the loop's own finalizer runs in tasks

    assert_abandoned(await stage.compare(act, CHUNKS))


async def test_a_consumer_that_raises_abandons_the_stream(stage: Stage) -> None:
    """The exception is the app's, not the call's."""

    def act(client: genai.Client, log: Log) -> None:
        for chunk in opened(client):
            log.append(chunk)
            raise KeyError("mine")

    recorded = await stage.compare(act, CHUNKS)
    assert isinstance(recorded.error, KeyError)
    recorded.error = None
    gc.collect()

    assert_abandoned(recorded)


async def test_an_async_consumer_that_raises_abandons_the_stream(stage: Stage) -> None:
    """The same, where the app closes what it opened."""

    async def act(client: genai.Client, log: Log) -> None:
        async with contextlib.aclosing(await opened_async(client)) as stream:
            async for chunk in stream:
                log.append(chunk)
                raise KeyError("mine")

    recorded = await stage.compare(act, CHUNKS)

    assert isinstance(recorded.error, KeyError)
    assert_abandoned(recorded)


async def test_leaving_after_the_last_chunk_is_the_whole_bill(stage: Stage) -> None:
    """Many apps stop at the finish reason: nothing more can be billed."""

    def act(client: genai.Client, log: Log) -> None:
        for chunk in opened(client):
            log.append(chunk)
            if chunk.candidates[0].finish_reason:
                break
        gc.collect()

    recorded = await stage.compare(act, CHUNKS)

    assert recorded.bill == PLAIN_BILL


async def test_a_stream_kept_open_ends_with_the_process(stage: Stage) -> None:
    """Held and never exhausted: at exit it is abandoned, with what was billed so far."""
    kept: list[Any] = []

    def act(client: genai.Client, log: Log) -> None:
        stream = opened(client)
        kept.append(stream)
        log.append(next(stream))

    recorded = await stage.compare(act, CHUNKS)
    assert recorded.spans == []
    recording.end_open_streams()

    assert_abandoned(recorded)
    kept.clear()
    gc.collect()
    assert len(recorded.spans) == 1


async def test_an_exception_thrown_into_a_stream_comes_back_out(stage: Stage) -> None:
    """`generator.throw` reaches the SDK's own."""

    def act(client: genai.Client, log: Log) -> None:
        stream: Any = opened(client)
        log.append(next(stream))
        stream.throw(KeyError("mine"))

    recorded = await stage.compare(act, CHUNKS)

    assert isinstance(recorded.error, KeyError)
    assert recorded.attributes["error.type"] == "KeyError"
