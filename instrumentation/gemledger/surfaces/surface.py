"""One method of the SDK and what is put around it."""

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from gemledger.opening import Opener

Function = Callable[..., Any]
"""A function of the SDK, or one that stands in for it."""
Coroutines = Callable[..., Coroutine[Any, Any, Any]]


class Surface(NamedTuple):
    """One row of the table.

    ``since``: the google-genai that brought the method. An older one lacks nothing without it: whoever cannot call it
    misses no record of it.
    """

    module: str
    owner: str
    method: str
    wrap: Callable[[Function, Opener], Function]
    since: str | None = None

    def __str__(self) -> str:
        return f"{self.module}.{self.owner}.{self.method}"
