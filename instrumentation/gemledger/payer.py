"""Who pays for a call, carried on the OpenTelemetry context: wherever the context goes, the attribution goes.

(The public function is ``gemledger.attribution``; a module of that name would shadow it on the package.)
"""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar, cast

from opentelemetry import context as otel

from gemledger import semconv
from gemledger.carried import Carried, Frame

_P = ParamSpec("_P")
_R = TypeVar("_R")

_KEY = otel.create_key("gemledger-attribution")
_NOBODY: Mapping[str, str] = MappingProxyType({})


def current_attributes(context: otel.Context | None = None) -> Mapping[str, str]:
    """Span attributes of the attribution in force, by their full names; empty outside of any."""
    frame = otel.get_value(_KEY, context)
    return frame.value if isinstance(frame, Frame) else _NOBODY


class Attribution(Carried):
    """Context manager and decorator; nests, the inner one wins key by key; may be entered many times, by many threads.

    As a decorator it covers functions, coroutines, generators and async generators; the latter two only while they
    run, not while their consumer does.
    """

    _key = _KEY

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self._attributes = dict(attributes)

    def _inside(self, outside: otel.Context) -> Mapping[str, str]:
        return {**current_attributes(outside), **self._attributes}

    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """The function, attributed while it runs."""
        if inspect.isasyncgenfunction(function):
            return cast("Callable[_P, _R]", self._wrap_async_generator(function))
        if inspect.isgeneratorfunction(function):
            return cast("Callable[_P, _R]", self._wrap_generator(function))
        if inspect.iscoroutinefunction(function):
            return cast("Callable[_P, _R]", self._wrap_coroutine(function))

        @functools.wraps(function)
        def attributed(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            with self:
                return function(*args, **kwargs)

        return attributed

    def _wrap_coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A coroutine function, attributed from start to end."""

        @functools.wraps(function)
        async def attributed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the user's types pass through
            with self:
                return await function(*args, **kwargs)

        return attributed

    def _wrap_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A generator function, attributed while it runs."""

        @functools.wraps(function)
        def attributed(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:  # noqa: ANN401 - the user's types pass through
            generator = function(*args, **kwargs)
            step: Callable[[], Any] = functools.partial(next, generator)
            while True:
                try:
                    with self:
                        value = step()
                except StopIteration as stop:
                    return stop.value
                try:
                    step = functools.partial(generator.send, (yield value))
                except GeneratorExit:
                    with self:
                        generator.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - handed to the user's own generator, as `yield from` does
                    step = functools.partial(generator.throw, error)

        return attributed

    def _wrap_async_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """An async generator function, attributed while it runs."""

        @functools.wraps(function)
        async def attributed(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:  # noqa: ANN401 - the user's types pass through
            generator = function(*args, **kwargs)
            step: Callable[[], Any] = generator.__anext__
            while True:
                try:
                    with self:
                        value = await step()
                except StopAsyncIteration:
                    return
                try:
                    step = functools.partial(generator.asend, (yield value))
                except GeneratorExit:
                    with self:
                        await generator.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 - handed to the user's own generator
                    step = functools.partial(generator.athrow, error)

        return attributed


def attribution(
    *,
    team: str | None = None,
    feature: str | None = None,
    user_id: str | None = None,
    environment: str | None = None,
    prompt_version: str | None = None,
    conversation_id: str | None = None,
    **labels: object,
) -> Attribution:
    """Who pays for the calls inside: ``with gemledger.attribution(team="growth"): …`` or ``@gemledger.attribution(…)``.

    Further keywords become labels. None means: not said here, an outer attribution keeps its say.
    """
    named = {
        semconv.ATTRIBUTION_TEAM: team,
        semconv.ATTRIBUTION_FEATURE: feature,
        semconv.ATTRIBUTION_USER_ID: user_id,
        semconv.ATTRIBUTION_ENVIRONMENT: environment,
        semconv.ATTRIBUTION_PROMPT_VERSION: prompt_version,
        semconv.CONVERSATION_ID: conversation_id,
        **{semconv.LABEL_PREFIX + name: value for name, value in labels.items()},
    }
    return Attribution({name: str(value) for name, value in named.items() if value is not None})


def purpose(name: str) -> Attribution:
    """Marks the calls inside as made for gemledger's own ends, such as ``judge``: they are billed, never judged."""
    return Attribution({semconv.PURPOSE: name})


def reservation(reservation_id: str | None) -> Attribution:
    """Marks the calls inside as paid from money that a collector set aside for them; None marks nothing."""
    return Attribution({} if reservation_id is None else {semconv.RESERVATION_ID: reservation_id})
