"""What ``create`` and ``get`` return, followed until it is over: streams, and responses that nobody has read yet.

The SDK's objects stay the very same. What is replaced on them is what the SDK itself replaces: a stream's generator,
and ``close`` and ``parse`` of one object.
"""

import functools
import json
import weakref
from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import Any

from opentelemetry import context as otel

from gemledger.exchange import Exchange
from gemledger.guard import guarded, report
from gemledger.outcome import ABANDONED, COMPLETE
from gemledger.recorded_call import Call
from gemledger.streamed_call import StreamedCall
from gemledger.streaming import watch, watch_async, watch_exchange_async
from gemledger.surfaces.interactions.told import fields_of


class Followed(StreamedCall):
    """A call whose answer is still to come when its method has returned. Its request is sent before."""

    __slots__ = ()

    @property
    def awaited(self) -> Exchange | None:
        """The request that has not been answered in full."""
        return self._open

    def returned(self, response: Any) -> None:  # noqa: ANN401 - a stream, or a response nobody has read
        """The method returned: the rest is between its user and what it returned."""
        otel.detach(self._token)
        follow(response, self)


def is_stream(answer: object) -> bool:
    """Whether it is a stream of events."""
    return "generator" in fields_of(answer)


def body_of(answer: Any) -> Any:  # noqa: ANN401 - a raw response of the SDK
    """The JSON of a raw response, read by attribute; None where nobody has read it yet, or it is none."""
    try:
        return json.loads(answer.http_response.content, object_hook=lambda d: SimpleNamespace(**d))
    except Exception:  # noqa: BLE001 - not read yet, no JSON, another HTTP library
        return None


@guarded
def take(call: Call, exchange: Exchange, answer: Any) -> None:  # noqa: ANN401 - anything that a request may return
    """One request has returned: its answer is here, or it has a stream whose events are still to come."""
    if is_stream(answer):
        events = answer.generator
        is_async = hasattr(events, "__anext__")
        answer.generator = (watch_exchange_async if is_async else _watch_hop)(events, exchange)
        return
    if "http_response" in fields_of(answer):
        answer = body_of(answer)
        if answer is None:
            return  # whoever reads it will be watched
    call.answer(exchange, answer)


def follow(answer: Any, call: Followed) -> None:  # noqa: ANN401 - as above
    """The method has returned what the call is not over with."""
    try:
        if is_stream(answer):
            _follow_stream(answer, call)
        elif call.exchanges or not hasattr(answer, "parse"):
            call.end()  # the server answered at once all the same
        else:
            _follow_response(answer, call)
    except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
        report("interactions.follow")
        call.end(state=ABANDONED)


def _watch_hop(events: Generator[Any, Any, Any], exchange: Exchange) -> Generator[Any, Any, Any]:
    """One streamed request, already sent."""
    with exchange:
        for event in events:
            exchange.note(event)
            yield event


def _follow_stream(stream: Any, call: Followed) -> None:  # noqa: ANN401 - the SDK's Stream or AsyncStream
    is_async = hasattr(stream.generator, "__anext__")
    stream.generator = (watch_async if is_async else watch)(stream.generator, call)
    _end_on_close(stream, call.end, is_async=is_async)


def _follow_response(response: Any, call: Followed) -> None:  # noqa: ANN401 - a response whose body is not read
    """It may be parsed, read as it is, or closed."""
    exchange = call.awaited
    is_async = hasattr(response, "__aenter__")
    if exchange is None:
        call.end()
        return

    @guarded
    def parsed(result: Any) -> None:  # noqa: ANN401 - an Interaction, or a stream
        if exchange.call is None or exchange.observed:
            return  # parsed before: the SDK gives the same object again
        take(call, exchange, result)
        follow(result, call)

    def over(*, state: str) -> None:
        read = None if exchange.observed else body_of(response)
        if read is not None:
            call.answer(exchange, read)
        call.end(state=COMPLETE if read is not None else state)

    response.parse = _telling(response.parse, parsed, is_async=is_async)
    _end_on_close(response, over, is_async=is_async)


def _telling(parse: Callable[..., Any], parsed: Callable[[Any], object], *, is_async: bool) -> Any:  # noqa: ANN401 - a method like the given one
    """The method, and word of what it gave."""

    @functools.wraps(parse)
    def told(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        result = parse(*args, **kwargs)
        parsed(result)
        return result

    @functools.wraps(parse)
    async def told_async(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        result = await parse(*args, **kwargs)
        parsed(result)
        return result

    return told_async if is_async else told


def _end_on_close(answer: Any, end: Callable[..., None], *, is_async: bool) -> None:  # noqa: ANN401 - as above
    """Whoever closes it has had enough. The object is not held by what is put on it: it goes when its user lets go."""
    close = answer.__dict__.get("close")
    method = weakref.WeakMethod(answer.close) if close is None else lambda: close
    ended = guarded(end)

    def closing() -> Any:  # noqa: ANN401 - what close returns
        original = method()
        try:
            return original() if original is not None else None
        finally:
            ended(state=ABANDONED)

    async def closing_async() -> Any:  # noqa: ANN401 - what close returns
        original = method()
        try:
            return await original() if original is not None else None
        finally:
            ended(state=ABANDONED)

    answer.close = closing_async if is_async else closing
