"""Streams are the SDK's own kind of generator, and end their span however they end."""

import asyncio
import contextlib
import gc
import inspect
import json
import os
import threading
import warnings
from collections.abc import AsyncIterator
from itertools import chain, repeat
from typing import Any

import pytest
from google import genai
from google.genai import types
from opentelemetry import trace

from gemledger.call import end_open_streams
from gemledger.streamed_call import StreamedCall

from .conftest import NOON, Recorder, asked

USAGE = {"promptTokenCount": 1_000, "candidatesTokenCount": 44}
FIRST_CHUNK = {
    "candidates": [{"content": {"parts": [{"text": "So"}]}}],
    "usageMetadata": {"promptTokenCount": 10, "totalTokenCount": 10},
    "modelVersion": "gemini-2.5-flash",
}


@contextlib.asynccontextmanager
async def stalling_gemini(chunk: dict[str, Any] | None) -> AsyncIterator[genai.Client]:
    """A client of a server that sends one chunk, or nothing, and then never again."""
    held: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        if chunk is not None:
            event = f"data: {json.dumps(chunk)}\r\n\r\n".encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n\r\n"
                + event
            )
            await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = genai.Client(
        api_key="k", http_options=genai.types.HttpOptions(base_url=f"http://127.0.0.1:{port}")
    )
    yield client
    await client.aio.aclose()
    client.close()
    for writer in held:
        writer.close()
    server.close()
    await server.wait_closed()


def opened(client: genai.Client, config: Any) -> Any:
    """A sync stream of many chunks, not yet begun."""
    return client.models.generate_content_stream(
        model="gemini-2.5-flash", contents="Tell me everything about it, at length", config=config
    )


async def opened_async(client: genai.Client, config: Any) -> Any:
    """The same, async."""
    return await client.aio.models.generate_content_stream(
        model="gemini-2.5-flash", contents="Tell me everything about it, at length", config=config
    )


async def test_streams_are_real_generators(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Frameworks ask with inspect, and call next(), close(), aclose()."""
    stream = opened(client, asking())
    assert inspect.isgenerator(stream)
    assert next(stream) is not None
    stream.close()

    async_stream = await opened_async(client, asking())
    assert inspect.isasyncgen(async_stream)
    assert await anext(async_stream) is not None
    await async_stream.aclose()
    await client.aio.aclose()


def test_a_stream_that_is_never_begun_sends_nothing_and_is_no_span(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """The SDK sends its request at the first next(); before that there is no call."""
    opened(client, asking()).close()
    del client

    assert recorded.spans == []


def test_wrong_arguments_of_a_stream_raise_at_once(client: genai.Client, recorded: Any) -> None:
    """As without us: at the call, not at the first next()."""
    with pytest.raises(TypeError, match="missing 2 required keyword-only arguments"):
        client.models.generate_content_stream()  # type: ignore[call-arg]  # the point

    assert recorded.spans == []


def test_a_stream_closed_early_ends_its_span_with_what_was_billed_so_far(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Abandoned is not an error; the bill so far is a lower bound."""
    stream = opened(client, asking(usage=USAGE))
    next(stream)
    stream.close()

    assert recorded.attributes["gemledger.stream.state"] == "abandoned"
    assert recorded.attributes["gemledger.cost.status"] == "lower_bound"
    assert recorded.attributes["gemledger.cost.reasons"] == ("partial_usage",)
    assert recorded.attributes["gemledger.cost.input.pico_usd"] == 300_000_000
    assert recorded.span.status.status_code is trace.StatusCode.UNSET
    assert "error.type" not in recorded.attributes


def test_breaking_out_of_a_loop_ends_the_span(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Python closes the forgotten generator, and so ends the call."""
    for _ in opened(client, asking(usage=USAGE)):
        break

    assert recorded.attributes["gemledger.stream.state"] == "abandoned"


def test_leaving_after_the_last_chunk_is_the_whole_bill(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Many consumers stop at the finish reason without exhausting the stream: nothing more can be billed."""
    for chunk in opened(client, asking(usage=USAGE)):
        if chunk.candidates[0].finish_reason:
            break

    assert recorded.attributes["gemledger.stream.state"] == "abandoned"
    assert recorded.attributes["gemledger.cost.status"] == "exact"
    assert recorded.attributes["gemledger.cost.pico_usd"] == 410_000_000


def test_an_error_in_mid_stream_keeps_what_was_billed(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Chunks came, then an error event: a lower bound, and the error's code."""
    with pytest.raises(genai.errors.ServerError):
        list(opened(client, asking(usage=USAGE, fault="midstream")))

    assert recorded.attributes["gemledger.stream.state"] == "error"
    assert recorded.attributes["error.type"] == "503"
    assert recorded.attributes["gemledger.cost.reasons"] == ("partial_usage",)
    assert recorded.attributes["gen_ai.usage.input_tokens"] == 1_000


def test_an_error_of_the_consumer_leaves_the_stream_abandoned(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """The app's own exception is not the call's."""

    def consume() -> None:
        for _ in opened(client, asking(usage=USAGE)):
            raise KeyError("mine")

    with pytest.raises(KeyError):
        consume()

    assert recorded.attributes["gemledger.stream.state"] == "abandoned"


def test_an_exception_thrown_into_a_stream_comes_back_out(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """generator.throw reaches the SDK's generator and returns to the thrower."""
    stream = opened(client, asking(usage=USAGE))
    next(stream)
    mine = KeyError("mine")

    with pytest.raises(KeyError) as caught:
        stream.throw(mine)

    assert caught.value is mine
    assert recorded.attributes["gemledger.stream.state"] == "error"
    assert recorded.attributes["error.type"] == "KeyError"


def test_a_stream_is_consumed_in_another_thread_chunk_by_chunk(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Web frameworks do this; each next() may even run in a thread of its own."""
    stream, chunks = opened(client, asking(usage=USAGE)), []

    def take() -> None:
        chunks.append(next(stream, None))

    while not chunks or chunks[-1] is not None:
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()

    assert recorded.attributes["gemledger.stream.state"] == "complete"
    assert recorded.attributes["gemledger.stream.chunks"] == len(chunks) - 1 > 1


def test_nothing_of_ours_is_on_the_context_between_chunks(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Spans the app starts while it handles a chunk are not children of the call."""
    assert not trace.get_current_span().get_span_context().is_valid
    for _ in opened(client, asking(usage=USAGE)):
        assert not trace.get_current_span().get_span_context().is_valid


def test_a_stream_belongs_to_whoever_made_it(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Its parent is the span in which it was made, also when that is over by the time it is consumed."""
    with recorded.provider.get_tracer("app").start_as_current_span("request") as request:
        stream = opened(client, asking(usage=USAGE))
    list(stream)

    call = recorded.spans[-1]
    assert call.parent.span_id == request.get_span_context().span_id


async def test_an_async_stream_cancelled_between_chunks_ends_when_it_is_closed(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """The app was cancelled in its own work, not in ours: abandoned, with what was billed so far."""
    begun = asyncio.Event()

    async def consume() -> None:
        async with contextlib.aclosing(await opened_async(client, asking(usage=USAGE))) as stream:
            async for _ in stream:
                begun.set()
                await asyncio.sleep(3600)

    task = asyncio.create_task(consume())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await client.aio.aclose()

    assert recorded.attributes["gemledger.stream.state"] == "abandoned"
    assert recorded.attributes["gemledger.cost.input.pico_usd"] == 300_000_000


async def test_an_async_stream_cancelled_while_it_waits_for_a_chunk_is_cancelled(
    recorded: Any,
) -> None:
    """Cancellation passes through untouched; the span says cancelled, with what was billed so far."""
    waiting = asyncio.Event()

    async def consume(client: genai.Client) -> None:
        async for _ in await opened_async(client, None):
            waiting.set()

    async with stalling_gemini(FIRST_CHUNK) as client:
        task = asyncio.create_task(consume(client))
        await waiting.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert recorded.attributes["gemledger.stream.state"] == "cancelled"
    assert recorded.attributes["error.type"] == "CancelledError"
    assert recorded.attributes["gemledger.cost.reasons"] == ("partial_usage",)
    assert recorded.attributes["gemledger.cost.pico_usd"] == 3_000_000


async def test_an_async_stream_broken_out_of_ends_when_it_is_closed(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """The SDK does not close its nested generators on break; our span ends all the same."""
    stream = await opened_async(client, asking(usage=USAGE))
    async for _ in stream:
        break
    await stream.aclose()
    await client.aio.aclose()

    assert recorded.attributes["gemledger.stream.state"] == "abandoned"
    assert recorded.attributes["gemledger.cost.reasons"] == ("partial_usage",)


async def test_an_async_call_cancelled_in_flight_is_an_unknown_cost(recorded: Any) -> None:
    """A request was sent and nobody waited for the answer: no amount, and the reason."""
    async with stalling_gemini(None) as client:
        asked = client.aio.models.generate_content(model="gemini-2.5-flash", contents="Hello")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asked, 0.3)

    assert recorded.attributes["error.type"] == "CancelledError"
    assert recorded.attributes["gemledger.cost.status"] == "unpriced"
    assert recorded.attributes["gemledger.cost.reasons"] == ("no_response", "no_usage")


def test_the_longest_wait_for_a_chunk_is_told_and_the_consumers_own_time_is_not(
    recorder: Recorder, recorded: Any
) -> None:
    """Five seconds for the first chunk are its waiting time, two for the second a gap; handling it took a minute."""
    second = 10**9
    times = iter([NOON, NOON, NOON + 5 * second, NOON + 65 * second, NOON + 67 * second])
    call = recorder(chain(times, repeat(NOON + 70 * second))).start(asked(stream=True))
    assert isinstance(call, StreamedCall)
    for _ in range(2):
        call.detach(call.attach())
        call.chunk(types.GenerateContentResponse())
    call.end()

    assert recorded.attributes["gemledger.stream.chunks"] == 2
    assert recorded.span.attributes["gen_ai.response.time_to_first_chunk"] == 5
    assert recorded.span.attributes["gemledger.stream.max_gap_seconds"] == 2


def test_streams_still_open_are_ended_before_the_process_is(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Somebody kept it and will not read on: abandoned, with what was billed so far, and only once."""
    stream = opened(client, asking(usage=USAGE))
    next(stream)
    end_open_streams()

    assert recorded.attributes["gemledger.stream.state"] == "abandoned"
    assert recorded.attributes["gemledger.cost.input.pico_usd"] == 300_000_000
    assert list(stream)  # whoever reads on after all gets every chunk
    end_open_streams()
    assert len(recorded.spans) == 1


def test_an_async_stream_whose_loop_is_gone_ends_when_it_is_collected(
    simulator: Any, recorded: Any, asking: Any
) -> None:
    """Nobody can close it any more; its span is not lost with it."""
    client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=simulator.url))

    async def begin() -> Any:
        stream = await opened_async(client, asking(usage=USAGE))
        await anext(stream)
        return stream

    loop = asyncio.new_event_loop()
    stream = loop.run_until_complete(begin())
    loop.run_until_complete(client.aio.aclose())
    loop.close()
    del stream
    gc.collect()
    client.close()

    assert recorded.attributes["gemledger.stream.state"] == "abandoned"


def test_a_stream_of_the_parent_process_is_not_ended_by_its_child(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """A forked child has copies of everything; the parent will end its own."""
    stream = opened(client, asking(usage=USAGE))
    next(stream)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # that other threads are not copied is the point
        child = os.fork()
    if child == 0:
        end_open_streams()
        os._exit(len(recorded.spans))
    _, status = os.waitpid(child, 0)
    stream.close()

    assert os.waitstatus_to_exitcode(status) == 0
    assert len(recorded.spans) == 1
