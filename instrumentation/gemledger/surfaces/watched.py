"""Methods that are free and no calls of their own, whose answers tell what others are billed by."""

import functools
from collections.abc import Callable
from typing import Any

from gemledger.guard import guarded
from gemledger.opening import Opener
from gemledger.surfaces.around import Wrap
from gemledger.surfaces.surface import Coroutines, Function

Note = Callable[[Any], object]
"""Takes an answer in."""


def wrap_watched(note: Note) -> Wrap:
    """What is put around such a method; nothing is recorded of it."""
    noted = guarded(note)

    def wrap(wrapped: Function, opener: Opener) -> Function:
        @functools.wraps(wrapped)
        def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
            response = wrapped(self, *args, **kwargs)
            if opener.active:
                noted(response)
            return response

        return call_method

    return wrap


def wrap_watched_async(note: Note) -> Callable[[Coroutines, Opener], Function]:
    """The same, async."""
    noted = guarded(note)

    def wrap(wrapped: Coroutines, opener: Opener) -> Function:
        @functools.wraps(wrapped)
        async def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
            response = await wrapped(self, *args, **kwargs)
            if opener.active:
                noted(response)
            return response

        return call_method

    return wrap
