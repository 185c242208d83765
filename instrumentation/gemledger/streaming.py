"""Streams: real generators around the SDK's, which note first chunk, last usage and early close.

The call is current only while the SDK works on the next chunk; between chunks nothing of ours is on the context, so a
stream may be consumed in another thread or task than the one it was made in.
"""

import asyncio
import functools
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any

from gemledger.exchange import Exchange
from gemledger.outcome import ABANDONED, CANCELLED, ERROR
from gemledger.recorded_call import Call
from gemledger.streamed_call import StreamedCall

Chunk = Any
"""A GenerateContentResponse."""


def watch(stream: Generator[Chunk, Any, Any], call: StreamedCall) -> Generator[Chunk, Any, Any]:
    """The stream, its call begun at the first ``next`` and ended at its end, however that comes."""
    step: Callable[[], Chunk] = functools.partial(next, stream)
    try:
        call.begin()
        while True:
            token = call.attach()
            try:
                chunk = step()
            finally:
                call.detach(token)
            call.chunk(chunk)
            try:
                step = functools.partial(stream.send, (yield chunk))
            except GeneratorExit:
                stream.close()
                raise
            except BaseException as thrown:  # noqa: BLE001 - thrown in by the consumer: the SDK's generator decides
                step = functools.partial(stream.throw, thrown)
    except StopIteration as stop:
        call.end()
        return stop.value
    except BaseException as error:
        _end_early(call, error)
        raise


async def watch_async(stream: Any, call: StreamedCall) -> AsyncGenerator[Chunk, Any]:  # noqa: ANN401 - an async generator; a plain async iterator in some SDK versions
    """The same for an async stream. Cancellation ends the call as ``cancelled``, with what was billed so far."""
    step: Callable[[], Awaitable[Chunk]] = stream.__anext__
    try:
        call.begin()
        while True:
            token = call.attach()
            try:
                chunk = await step()
            finally:
                call.detach(token)
            call.chunk(chunk)
            try:
                yield chunk
                step = stream.__anext__
            except GeneratorExit:
                await _close(stream)
                raise
            except BaseException as thrown:  # noqa: BLE001 - thrown in by the consumer: the SDK's generator decides
                step = functools.partial(stream.athrow, thrown)
    except StopAsyncIteration:
        call.end()
    except BaseException as error:
        _end_early(call, error)
        raise


def _end_early(call: StreamedCall, error: BaseException) -> None:
    """End a call whose stream did not reach its end. Being closed is no error: the consumer has had enough."""
    if isinstance(error, GeneratorExit):
        call.end(state=ABANDONED)
        return
    call.fail(error)
    call.end(state=CANCELLED if isinstance(error, asyncio.CancelledError) else ERROR)


async def _close(stream: Any) -> None:  # noqa: ANN401 - an async generator, or an iterator without aclose
    """Close the SDK's stream as its consumer closed ours."""
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()


def watch_exchange(stream: Generator[Chunk, Any, Any], call: Call) -> Generator[Chunk, Any, Any]:
    """One streamed HTTP request, sent at the first ``next``: every chunk restates the usage, the last is the bill."""
    with call.open_exchange() as exchange:
        for chunk in stream:
            exchange.note(chunk)
            yield chunk


async def watch_exchange_async(stream: Any, exchange: Exchange) -> AsyncGenerator[Chunk, Any]:  # noqa: ANN401 - the SDK's async iterator
    """One streamed HTTP request, already sent.

    Its end may never run (the SDK leaves nested generators to the garbage collector), so the call also closes what is
    open when it ends.
    """
    with exchange:
        async for chunk in stream:
            exchange.note(chunk)
            yield chunk
