"""The table: which SDK methods are patched, at which of the three levels, and with what.

call      a public method a developer invokes: one span
exchange  one HTTP request that Gemini bills: usage and price (``Models._generate_content`` and its kin)
attempt   one try of such a request (``BaseApiClient._request_once``)

Each wrapper takes the SDK's function and gives one of the same kind, so that a caller cannot tell the difference.
"""

import functools
import weakref
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from gemledger.attributes import Endpoint, Request, endpoint_of, field, server_of
from gemledger.call import Call, CallRecorder, current_call
from gemledger.current import is_suppressed
from gemledger.guard import guarded
from gemledger.streaming import watch, watch_async, watch_exchange, watch_exchange_async

Function = Callable[..., Any]
"""A function of the SDK, or one that stands in for it."""
Coroutines = Callable[..., Coroutine[Any, Any, Any]]

OPERATION = "generate_content"


class Opener:
    """Turns the arguments of a public method into a call. ``active`` is taken back when patches cannot be."""

    def __init__(self, recorder: CallRecorder) -> None:
        self.active = True
        self._recorder = recorder
        self._endpoints: weakref.WeakKeyDictionary[Any, Endpoint] = weakref.WeakKeyDictionary()

    @guarded
    def open(self, module: Any, arguments: Mapping[str, Any], *, stream: bool) -> Call | None:  # noqa: ANN401 - the SDK's Models
        """A call that has not begun, or None where nothing is to be recorded."""
        if not self.active or is_suppressed():
            return None
        config = arguments.get("config")
        request = Request(
            operation=OPERATION,
            model=str(arguments.get("model", "")),
            contents=arguments.get("contents"),
            config=config,
            stream=stream,
            endpoint=self._endpoint(module._api_client, config),  # noqa: SLF001 - no public way; guarded
        )
        return self._recorder.prepare(request)

    def _endpoint(self, api_client: Any, config: Any) -> Endpoint:  # noqa: ANN401 - the SDK's own objects
        """The client's endpoint, found out once, or that of this one request."""
        endpoint = self._endpoints.get(api_client)
        if endpoint is None:
            endpoint = self._endpoints[api_client] = endpoint_of(api_client)
        options = field(config, "http_options")
        if options is None or not field(options, "base_url"):
            return endpoint
        address, port = server_of(field(options, "base_url"))
        return replace(endpoint, server_address=address, server_port=port)


def wrap_call(wrapped: Function, opener: Opener) -> Function:
    """A public method that answers at once."""

    @functools.wraps(wrapped)
    def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = opener.open(self, kwargs, stream=False)
        if call is None:
            return wrapped(self, *args, **kwargs)
        with call:
            response = wrapped(self, *args, **kwargs)
            call.answered(response)
            return response

    return call_method


def wrap_async_call(wrapped: Coroutines, opener: Opener) -> Function:
    """The same, async."""

    @functools.wraps(wrapped)
    async def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = opener.open(self, kwargs, stream=False)
        if call is None:
            return await wrapped(self, *args, **kwargs)
        with call:
            response = await wrapped(self, *args, **kwargs)
            call.answered(response)
            return response

    return call_method


def wrap_stream(wrapped: Function, opener: Opener) -> Function:
    """A public method that gives a generator; wrong arguments still raise at once, as they do without us."""

    @functools.wraps(wrapped)
    def stream_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        stream = wrapped(self, *args, **kwargs)
        call = opener.open(self, kwargs, stream=True)
        return stream if call is None else watch(stream, call)

    return stream_method


def wrap_async_stream(wrapped: Coroutines, opener: Opener) -> Function:
    """A coroutine that gives an async generator; some SDK versions send the request before they return it."""

    @functools.wraps(wrapped)
    async def stream_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = opener.open(self, kwargs, stream=True)
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


def wrap_exchange(wrapped: Function, _opener: Opener) -> Function:
    """One HTTP request that answers at once."""

    @functools.wraps(wrapped)
    def exchange_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = current_call()
        if call is None:
            return wrapped(self, *args, **kwargs)
        with call.open_exchange() as exchange:
            response = wrapped(self, *args, **kwargs)
            exchange.note(response)
            return response

    return exchange_method


def wrap_async_exchange(wrapped: Coroutines, _opener: Opener) -> Function:
    """The same, async."""

    @functools.wraps(wrapped)
    async def exchange_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = current_call()
        if call is None:
            return await wrapped(self, *args, **kwargs)
        with call.open_exchange() as exchange:
            response = await wrapped(self, *args, **kwargs)
            exchange.note(response)
            return response

    return exchange_method


def wrap_exchange_stream(wrapped: Function, _opener: Opener) -> Function:
    """One HTTP request that streams."""

    @functools.wraps(wrapped)
    def exchange_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        stream = wrapped(self, *args, **kwargs)
        call = current_call()
        return stream if call is None else watch_exchange(stream, call)

    return exchange_method


def wrap_async_exchange_stream(wrapped: Coroutines, _opener: Opener) -> Function:
    """The same, async: the request is sent by the coroutine, its chunks come from what that returns."""

    @functools.wraps(wrapped)
    async def exchange_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = current_call()
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


def wrap_attempt(wrapped: Function, _opener: Opener) -> Function:
    """One try of an HTTP request."""

    @functools.wraps(wrapped)
    def attempt_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = current_call()
        if call is None:
            return wrapped(self, *args, **kwargs)
        call.attempt()
        try:
            return wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.attempt_failed(error)
            raise

    return attempt_method


def wrap_async_attempt(wrapped: Coroutines, _opener: Opener) -> Function:
    """The same, async."""

    @functools.wraps(wrapped)
    async def attempt_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        call = current_call()
        if call is None:
            return await wrapped(self, *args, **kwargs)
        call.attempt()
        try:
            return await wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.attempt_failed(error)
            raise

    return attempt_method


class Surface(NamedTuple):
    """One method of the SDK and what is put around it."""

    module: str
    owner: str
    method: str
    wrap: Callable[[Function, Opener], Function]

    def __str__(self) -> str:
        return f"{self.module}.{self.owner}.{self.method}"


MODELS, CLIENT = "google.genai.models", "google.genai._api_client"

SURFACES = (
    Surface(CLIENT, "BaseApiClient", "_request_once", wrap_attempt),
    Surface(CLIENT, "BaseApiClient", "_async_request_once", wrap_async_attempt),
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
