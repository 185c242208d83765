"""``generate_content`` and its stream, at three levels.

call      a public method a developer invokes: one span
exchange  one HTTP request that Gemini bills: usage and price (``Models._generate_content`` and its kin)
attempt   one try of such a request (``BaseApiClient._request_once``)

Each wrapper takes the SDK's function and gives one of the same kind, so that a caller cannot tell the difference.
"""

import functools
import sys
from typing import Any

from gemledger.call import current_call
from gemledger.opening import Opener
from gemledger.streaming import watch, watch_async, watch_exchange, watch_exchange_async
from gemledger.surfaces.surface import Coroutines, Function, Surface


def wrap_call(wrapped: Function, opener: Opener) -> Function:
    """A public method that answers at once."""

    @functools.wraps(wrapped)
    def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = opener.enter(self, kwargs)
        if call is None:
            return wrapped(self, *args, **kwargs)
        try:
            response = wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.raised(error)
            raise
        call.returned(response)
        return response

    return call_method


def wrap_async_call(wrapped: Coroutines, opener: Opener) -> Function:
    """The same, async."""

    @functools.wraps(wrapped)
    async def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = opener.enter(self, kwargs)
        if call is None:
            return await wrapped(self, *args, **kwargs)
        try:
            response = await wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.raised(error)
            raise
        call.returned(response)
        return response

    return call_method


def wrap_stream(wrapped: Function, opener: Opener) -> Function:
    """A public method that gives a generator; wrong arguments still raise at once, as they do without us."""

    @functools.wraps(wrapped)
    def stream_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        stream = wrapped(self, *args, **kwargs)
        call = opener.open_stream(self, kwargs)
        return stream if call is None else watch(stream, call)

    return stream_method


def wrap_async_stream(wrapped: Coroutines, opener: Opener) -> Function:
    """A coroutine that gives an async generator; some SDK versions send the request before they return it."""

    @functools.wraps(wrapped)
    async def stream_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = opener.open_stream(self, kwargs)
        if call is None:
            return await wrapped(self, *args, **kwargs)
        token = call.attach()
        try:
            stream = await wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.fail(error)
            call.end()
            raise
        finally:
            call.detach(token)
        return watch_async(stream, call)

    return stream_method


def wrap_exchange(wrapped: Function, opener: Opener) -> Function:
    """One HTTP request that answers at once."""

    @functools.wraps(wrapped)
    def exchange_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = current_call() if opener.active else None
        if call is None:
            return wrapped(self, *args, **kwargs)
        exchange = call.open_exchange()
        try:
            response = wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.close_exchange(exchange, error)
            raise
        call.answer(exchange, response)
        return response

    return exchange_method


def wrap_async_exchange(wrapped: Coroutines, opener: Opener) -> Function:
    """The same, async."""

    @functools.wraps(wrapped)
    async def exchange_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = current_call() if opener.active else None
        if call is None:
            return await wrapped(self, *args, **kwargs)
        exchange = call.open_exchange()
        try:
            response = await wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.close_exchange(exchange, error)
            raise
        call.answer(exchange, response)
        return response

    return exchange_method


def wrap_exchange_stream(wrapped: Function, opener: Opener) -> Function:
    """One HTTP request that streams."""

    @functools.wraps(wrapped)
    def exchange_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        stream = wrapped(self, *args, **kwargs)
        call = current_call() if opener.active else None
        return stream if call is None else watch_exchange(stream, call)

    return exchange_method


def wrap_async_exchange_stream(wrapped: Coroutines, opener: Opener) -> Function:
    """The same, async: the request is sent by the coroutine, its chunks come from what that returns."""

    @functools.wraps(wrapped)
    async def exchange_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = current_call() if opener.active else None
        if call is None:
            return await wrapped(self, *args, **kwargs)
        exchange = call.open_exchange()
        try:
            stream = await wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.close_exchange(exchange, error)
            raise
        return watch_exchange_async(stream, exchange)

    return exchange_method


def wrap_attempt(wrapped: Function, opener: Opener) -> Function:
    """One try of an HTTP request."""

    @functools.wraps(wrapped)
    def attempt_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = current_call() if opener.active else None
        if call is None:
            return wrapped(self, *args, **kwargs)
        call.attempt()
        try:
            return wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.attempt_failed(error)
            raise

    return attempt_method


def wrap_async_attempt(wrapped: Coroutines, opener: Opener) -> Function:
    """The same, async."""

    @functools.wraps(wrapped)
    async def attempt_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = current_call() if opener.active else None
        if call is None:
            return await wrapped(self, *args, **kwargs)
        call.attempt()
        try:
            return await wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.attempt_failed(error)
            raise

    return attempt_method


def wrap_resend(wrapped: Function, opener: Opener) -> Function:
    """What the SDK calls when aiohttp lost its connection, just before it sends the same request once more by itself.

    That happens inside one attempt, and nothing else shows it. (It calls this for a new client too, outside of any.)
    """

    @functools.wraps(wrapped)
    def resend_method(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        error = sys.exc_info()[1]  # what the SDK is handling
        call = current_call() if opener.active else None
        if call is not None and error is not None:
            call.attempt()
            call.attempt_failed(error)
        return wrapped(*args, **kwargs)

    return staticmethod(resend_method)


MODELS, CLIENT = "google.genai.models", "google.genai._api_client"

SURFACES = (
    Surface(CLIENT, "BaseApiClient", "_request_once", wrap_attempt),
    Surface(CLIENT, "BaseApiClient", "_async_request_once", wrap_async_attempt),
    Surface(CLIENT, "BaseApiClient", "_ensure_aiohttp_ssl_ctx", wrap_resend),
    Surface(MODELS, "Models", "_generate_content", wrap_exchange),
    Surface(MODELS, "Models", "_generate_content_stream", wrap_exchange_stream),
    Surface(MODELS, "AsyncModels", "_generate_content", wrap_async_exchange),
    Surface(MODELS, "AsyncModels", "_generate_content_stream", wrap_async_exchange_stream),
    Surface(MODELS, "Models", "generate_content", wrap_call),
    Surface(MODELS, "Models", "generate_content_stream", wrap_stream),
    Surface(MODELS, "AsyncModels", "generate_content", wrap_async_call),
    Surface(MODELS, "AsyncModels", "generate_content_stream", wrap_async_stream),
)
"""From the inside out: a public method is patched only when what lies below it is. Chats go through these too."""
