"""What is put around the SDK's methods. Each gives back the very object that it would give without us."""

import functools
from typing import Any

from gemledger.call import Call, current_call
from gemledger.exchange import Exchange
from gemledger.one_exchange_call import OneExchangeCall
from gemledger.opening import Opener
from gemledger.surfaces.around import Enter
from gemledger.surfaces.interactions.asked import creation, decision, entered, look, outlives
from gemledger.surfaces.interactions.calls import (
    InteractionCall,
    InteractionStream,
    Look,
    LookStream,
    WholeCall,
    WholeStream,
)
from gemledger.surfaces.interactions.exchange import Decided
from gemledger.surfaces.interactions.following import take
from gemledger.surfaces.surface import Coroutines, Function

HOP = "_send_create_once"
"""The SDK's method that sends one request of a long answer; google-genai 2 has none, and continues nothing."""


def creating(
    opener: Opener, resource: object, _: tuple[Any, ...], kwargs: dict[str, Any]
) -> Call | None:
    """``interactions.create``."""
    asked = functools.partial(creation, resource, kwargs)
    if hasattr(resource, HOP):
        return entered(opener, InteractionStream if outlives(kwargs) else InteractionCall, asked)
    return entered(opener, WholeStream if outlives(kwargs) else WholeCall, asked)


def looking(operation: str) -> Enter[Call]:
    """A method that takes an interaction's id."""

    def enter(
        opener: Opener,
        resource: object,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Call | None:
        asked = functools.partial(look, operation, resource, args, kwargs)
        return entered(opener, LookStream if outlives(kwargs) else Look, asked)

    return enter


def deciding(
    opener: Opener, resource: object, _: tuple[Any, ...], kwargs: dict[str, Any]
) -> Call | None:
    """``decisions.create``."""
    kind = functools.partial(OneExchangeCall, kind=Decided)
    return entered(opener, kind, functools.partial(decision, resource, kwargs))


def _hop(opener: Opener) -> tuple[Call, Exchange] | None:
    """One request of a running ``create`` begins."""
    call = current_call() if opener.active else None
    return (call, call.open_exchange()) if isinstance(call, InteractionCall) else None


def wrap_hop(wrapped: Function, opener: Opener) -> Function:
    """One request that ``create`` sends: the first, or one that continues a long answer."""

    @functools.wraps(wrapped)
    def hop_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        hop = _hop(opener)
        if hop is None:
            return wrapped(self, *args, **kwargs)
        call, exchange = hop
        try:
            response = wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.close_exchange(exchange, error)
            raise
        take(call, exchange, response)
        return response

    return hop_method


def wrap_hop_async(wrapped: Coroutines, opener: Opener) -> Function:
    """The same, async."""

    @functools.wraps(wrapped)
    async def hop_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        hop = _hop(opener)
        if hop is None:
            return await wrapped(self, *args, **kwargs)
        call, exchange = hop
        try:
            response = await wrapped(self, *args, **kwargs)
        except BaseException as error:
            call.close_exchange(exchange, error)
            raise
        take(call, exchange, response)
        return response

    return hop_method
