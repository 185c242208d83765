"""What is put around a public method that answers at once, whatever kind of call it opens."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from gemledger.call import Call
from gemledger.guard import guarded
from gemledger.opening import Opener
from gemledger.surfaces.surface import Coroutines, Function

_Kind = TypeVar("_Kind", bound=Call)

Wrap = Callable[[Function, Opener], Function]
WrapAsync = Callable[[Coroutines, Opener], Function]
Enter = Callable[[Opener, Any, tuple[Any, ...], dict[str, Any]], _Kind | None]
"""From a method's owner and arguments to a call that has begun and is current; None where nothing is recorded."""
Then = Callable[[Opener, _Kind, Any], object]
"""What else is to be done about an answer, the call being over."""


def around(enter: Enter[_Kind], then: Then[_Kind] | None = None) -> Wrap:
    """The wrapper of a method."""
    after = None if then is None else guarded(then)

    def wrap(wrapped: Function, opener: Opener) -> Function:
        @functools.wraps(wrapped)
        def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
            call = enter(opener, self, args, kwargs)
            if call is None:
                return wrapped(self, *args, **kwargs)
            try:
                response = wrapped(self, *args, **kwargs)
            except BaseException as error:
                call.raised(error)
                raise
            call.returned(response)
            if after is not None:
                after(opener, call, response)
            return response

        return call_method

    return wrap


def around_async(enter: Enter[_Kind], then: Then[_Kind] | None = None) -> WrapAsync:
    """The same, async."""
    after = None if then is None else guarded(then)

    def wrap(wrapped: Coroutines, opener: Opener) -> Function:
        @functools.wraps(wrapped)
        async def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
            call = enter(opener, self, args, kwargs)
            if call is None:
                return await wrapped(self, *args, **kwargs)
            try:
                response = await wrapped(self, *args, **kwargs)
            except BaseException as error:
                call.raised(error)
                raise
            call.returned(response)
            if after is not None:
                after(opener, call, response)
            return response

        return call_method

    return wrap
