"""The host application comes first: what goes wrong in us is one warning, never an exception in somebody's call."""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")

_logger = logging.getLogger("gemledger")
_warned = False


def guarded(function: Callable[_P, _R]) -> Callable[_P, _R | None]:
    """The function, answering None where it would have raised. The first failure is a warning, the rest are debug."""

    @functools.wraps(function)
    def shielded(*args: _P.args, **kwargs: _P.kwargs) -> _R | None:
        try:
            return function(*args, **kwargs)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
            report(function.__qualname__)
            return None

    return shielded


def report(where: str) -> None:
    """Say it loudly once, then quietly: a broken telemetry must not flood a log either."""
    global _warned  # noqa: PLW0603 - once per process is the point
    level = logging.DEBUG if _warned else logging.WARNING
    _warned = True
    _logger.log(
        level,
        "gemledger could not record a call (in %s); the call itself is unharmed",
        where,
        exc_info=True,
    )
