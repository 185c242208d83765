"""What is put around the methods of a Live session. Messages pass through untouched, in order, at once."""

import contextlib
import functools
import weakref
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from opentelemetry import context as otel

from gemledger.attributes import Request, endpoint_for, field
from gemledger.current import is_suppressed
from gemledger.guard import guarded
from gemledger.opening import Opener
from gemledger.surfaces.live.session import SESSION, LiveSession
from gemledger.surfaces.live.session_span import Reconnects
from gemledger.surfaces.surface import Coroutines, Function

_watched: "weakref.WeakKeyDictionary[Any, LiveSession]" = weakref.WeakKeyDictionary()
"""The SDK's sessions that are recorded."""
_ENDS_OF_INPUT = ("activity_end", "audio_stream_end")


def wrap_connect(wrapped: Function, opener: Opener) -> Function:
    """A method that gives an async context manager; wrong arguments still raise at once, as they do without us."""
    reconnects = Reconnects()

    @functools.wraps(wrapped)
    def connect_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        connection = wrapped(self, *args, **kwargs)
        if not opener.active:
            return connection
        return _watch(connection, functools.partial(_open, opener, self, kwargs, reconnects))

    return connect_method


@contextlib.asynccontextmanager
async def _watch(connection: Any, open_session: Any) -> AsyncGenerator[Any, None]:  # noqa: ANN401 - the SDK's
    """The connection, its span begun when it is entered and ended when it is left, however that comes."""
    live: LiveSession | None = open_session()
    try:
        async with connection as session:
            if live is None:
                yield session
                return
            live.opened(session)
            _watched[session] = live
            try:
                yield session
            finally:
                live.leave()
    except BaseException as error:
        if live is not None:
            live.close(error)
        raise
    if live is not None:
        live.close()


@guarded
def _open(
    opener: Opener,
    module: Any,  # noqa: ANN401 - the SDK's AsyncLive
    arguments: Mapping[str, Any],
    reconnects: Reconnects,
) -> LiveSession | None:
    """A session that begins, or None where nothing is to be recorded."""
    if is_suppressed(otel.get_current()):
        return None
    config, endpoint = arguments.get("config"), opener.endpoint(module)
    options = field(config, "http_options")
    if options is not None:
        endpoint = endpoint_for(endpoint, options)
    model = str(arguments.get("model") or "")
    request = Request(SESSION, model, None, config, False, endpoint)
    return LiveSession(opener.recorder, request, reconnects)


def wrap_receive(wrapped: Coroutines, opener: Opener) -> Function:
    """The way of every message from the server."""

    @functools.wraps(wrapped)
    async def receive_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        live = _watched.get(self) if opener.active else None
        if live is None:
            return await wrapped(self, *args, **kwargs)
        try:
            message = await wrapped(self, *args, **kwargs)
        except BaseException as error:
            live.broke(error)
            raise
        live.received(message)
        return message

    return receive_method


def wrap_send_content(wrapped: Coroutines, opener: Opener) -> Function:
    """Content of the user, which asks for an answer unless it says otherwise."""
    return _sending(wrapped, opener, lambda sent: bool(sent.get("turn_complete", True)))


def wrap_send_realtime(wrapped: Coroutines, opener: Opener) -> Function:
    """What a microphone or a camera sends; text asks for an answer, other input ends without a word of ours."""
    return _sending(wrapped, opener, lambda sent: sent.get("text") is not None, ends=True)


def _sending(
    wrapped: Coroutines,
    opener: Opener,
    asks: Any,  # noqa: ANN401 - whether these arguments ask for an answer
    *,
    ends: bool = False,
) -> Function:
    """A method that sends; ``ends``: its arguments may say that the user stopped to speak."""

    @functools.wraps(wrapped)
    async def send_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        live = _watched.get(self) if opener.active else None
        if live is None:
            return await wrapped(self, *args, **kwargs)
        before = live.asks() if asks(kwargs) else None
        try:
            sent = await wrapped(self, *args, **kwargs)
        except BaseException as error:
            if before is not None:
                live.unasked(before)
            live.broke(error)
            raise
        if ends and any(kwargs.get(name) is not None for name in _ENDS_OF_INPUT):
            live.stops()
        return sent

    return send_method


def wrap_send_tool_response(wrapped: Coroutines, opener: Opener) -> Function:
    """What the user's tools found: the turn goes on."""

    @functools.wraps(wrapped)
    async def send_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        live = _watched.get(self) if opener.active else None
        if live is None:
            return await wrapped(self, *args, **kwargs)
        try:
            sent = await wrapped(self, *args, **kwargs)
        except BaseException as error:
            live.broke(error)
            raise
        live.answers_call()
        return sent

    return send_method


def wrap_close(wrapped: Coroutines, opener: Opener) -> Function:
    """The user closes the session within its block."""

    @functools.wraps(wrapped)
    async def close_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        live = _watched.get(self) if opener.active else None
        if live is None:
            return await wrapped(self, *args, **kwargs)
        live.leave()
        closed = await wrapped(self, *args, **kwargs)
        live.close()
        return closed

    return close_method
