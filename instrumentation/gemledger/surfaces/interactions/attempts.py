"""Tries of an HTTP request by the SDK's other half, which retries by itself: four times, unless told otherwise.

It calls its hooks before each try and after one that broke; an answer that it will not accept it puts into an error
of its own, which it may never raise.
"""

import contextlib
import functools
from typing import Any

from gemledger.call import current_call
from gemledger.guard import guarded
from gemledger.opening import Opener
from gemledger.surfaces.surface import Coroutines, Function


class _RefusedError(Exception):
    """An answer with an error status. ``body`` is what it says, where it has been read."""

    def __init__(self, response: Any) -> None:  # noqa: ANN401 - of whichever HTTP library
        super().__init__()
        self.status_code: int = response.status_code
        self.body = None
        if self.status_code == 429:
            with contextlib.suppress(Exception):  # not read, or no JSON
                self.body = response.json()


@guarded
def _attempt(opener: Opener) -> None:
    call = current_call() if opener.active else None
    if call is not None:
        call.attempt()


@guarded
def _failed(opener: Opener, error: Any) -> None:  # noqa: ANN401 - an exception, or None after an answer
    call = current_call() if opener.active and isinstance(error, BaseException) else None
    if call is not None:
        call.attempt_failed(error)


@guarded
def _refused(opener: Opener, response: Any) -> None:  # noqa: ANN401 - of whichever HTTP library
    _failed(opener, _RefusedError(response))


def wrap_before(wrapped: Function, opener: Opener) -> Function:
    """The hook before a try."""

    @functools.wraps(wrapped)
    def before_request(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        _attempt(opener)
        return wrapped(self, *args, **kwargs)

    return before_request


def wrap_before_async(wrapped: Coroutines, opener: Opener) -> Function:
    """The same, async."""

    @functools.wraps(wrapped)
    async def before_request(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        _attempt(opener)
        return await wrapped(self, *args, **kwargs)

    return before_request


def wrap_after(wrapped: Function, opener: Opener) -> Function:
    """The hook after a try: with an exception, or with the answer that is about to become one."""

    @functools.wraps(wrapped)
    def after_error(self: Any, context: Any, response: Any, error: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        _failed(opener, error)
        return wrapped(self, context, response, error)

    return after_error


def wrap_after_async(wrapped: Coroutines, opener: Opener) -> Function:
    """The same, async."""

    @functools.wraps(wrapped)
    async def after_error(self: Any, context: Any, response: Any, error: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        _failed(opener, error)
        return await wrapped(self, context, response, error)

    return after_error


def wrap_refused(wrapped: Function, opener: Opener) -> Function:
    """The making of the error that holds an answer after which the SDK tries again."""

    @functools.wraps(wrapped)
    def temporary_error(self: Any, response: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        _refused(opener, response)
        return wrapped(self, response, *args, **kwargs)

    return temporary_error
