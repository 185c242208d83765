"""What the call behind a response cost: remembered for as long as the app keeps the response, else worked out from it.

A receipt is filed under the response object itself, weakly: it never keeps a response alive, and goes with it.
"""

import functools
import json
import os
import time
import weakref
from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from gemledger.attributes import GEMINI_API, VERTEX_AI, Endpoint, Request
from gemledger.exchange import Exchange
from gemledger.pricing import Book, Cost, engine
from gemledger.pricing.book import book_from_environ
from gemledger.tiers import served_tier

_MAX_RECEIPTS = 10_000
"""Responses the app still holds; beyond, the oldest receipt goes: 4 MB at most."""
_HOSTS = {
    GEMINI_API: "generativelanguage.googleapis.com",
    VERTEX_AI: "aiplatform.googleapis.com",
}
_READ = ("usage_metadata", "candidates", "automatic_function_calling_history")
_EARLIER = engine.unpriced("no_usage")
"""Exchanges of function calling before the one that the response shows."""
_SOME_TIER = {"service_tier": "any"}
"""As if one had been asked for: then whoever looks says whether the response tells which one served."""
_TELLING = frozenset({"usageMetadata", "usage_metadata", "candidates", "promptFeedback"})


class _Receipt(weakref.ref[Any]):
    """A weak reference to a response, which knows where it is filed, and the cost."""

    __slots__ = ("cost", "key")

    key: int
    cost: Cost


_receipts: dict[int, _Receipt] = {}


def _discard(receipt: weakref.ref[Any]) -> None:
    """The response is gone, and its id may soon be another's."""
    if isinstance(receipt, _Receipt) and _receipts.get(receipt.key) is receipt:
        del _receipts[receipt.key]


def file(response: object, cost: Cost) -> None:
    """Remember what the call that ended with this response cost. Objects without weak references are left out."""
    try:
        receipt = _Receipt(response, _discard)
    except TypeError:
        return
    receipt.key, receipt.cost = id(response), cost
    if len(_receipts) >= _MAX_RECEIPTS:
        _receipts.pop(next(iter(_receipts), 0), None)
    _receipts[receipt.key] = receipt


def cost_of(response: object, *, platform: str | None = None, at: datetime | None = None) -> Cost:
    """What the call that produced this response cost: all its exchanges, function calling and continuation included.

    Takes a response of ``generate_content``, the last chunk of a stream, or the JSON body of either (a dict, a string,
    bytes). If this process did not record the call, the cost is worked out from the response alone at list prices, and
    ``reasons`` say what it cannot tell: which endpoint answered unless you name the ``platform`` (``gemini_api`` or
    ``vertex_ai``: then Google's own is meant), earlier exchanges of function calling. ``at`` is when the call was made
    (with a time zone; default: the response's own time, else now). Raises TypeError for anything that is no response,
    ValueError for an unknown platform or a time without a zone.
    """
    _check(platform, at)
    receipt = _receipts.get(id(response))
    if receipt is not None and receipt() is response:
        return receipt.cost
    return _worked_out(_readable(response), platform, at)


def _check(platform: str | None, at: object) -> None:
    """Refuse what would silently give another price."""
    if platform is not None and platform not in _HOSTS:
        raise ValueError(f"platform is {platform!r}; give one of {', '.join(_HOSTS)}")
    if at is not None and not isinstance(at, datetime):
        raise TypeError(f"at is a {type(at).__name__}; give a datetime with a time zone")
    if at is not None and at.tzinfo is None:
        raise ValueError(
            f"at is {at.isoformat()}, which has no time zone; prices change at midnight UTC"
        )


def _readable(response: Any) -> Any:  # noqa: ANN401 - whatever a user gives
    """The response itself, or something that reads like one around a raw body. Raises TypeError."""
    if isinstance(response, Mapping | str | bytes):
        return _around(response)
    if not all(hasattr(response, name) for name in _READ):
        raise TypeError(
            f"cost_of() takes a response of generate_content, the last chunk of a stream, or the JSON body of one; "
            f"this is a {type(response).__module__}.{type(response).__qualname__}"
        )
    return response


def _around(body: Any) -> Any:  # noqa: ANN401 - a mapping, or JSON text
    """A raw body in the form in which the SDK hands one over. Raises TypeError where it is none."""
    headers = None
    if isinstance(body, Mapping):
        http = body.get("sdk_http_response") or body.get("sdkHttpResponse")
        headers = http.get("headers") if isinstance(http, Mapping) else None
        body = json.dumps(dict(body), default=str)
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise TypeError(f"cost_of() was given text that is not JSON: {error}") from error
    if not isinstance(parsed, dict) or _TELLING.isdisjoint(parsed):
        raise TypeError(
            f"cost_of() was given JSON of a {type(parsed).__name__} with no usage and no candidates; "
            "it takes the body of one response of generateContent"
        )
    return SimpleNamespace(
        usage_metadata=None,
        candidates=None,
        model_version=None,
        response_id=None,
        prompt_feedback=None,
        automatic_function_calling_history=parsed.get("automatic_function_calling_history"),
        create_time=None,
        sdk_http_response=SimpleNamespace(headers=headers, body=body),
    )


def _worked_out(response: Any, platform: str | None, at: datetime | None) -> Cost:  # noqa: ANN401 - see cost_of
    """The price of the one exchange that the response shows, and what it does not show."""
    exchange = Exchange(None, _request(platform, GEMINI_API), None)
    exchange.observe(response)
    if getattr(exchange.metadata, "traffic_type", None) is not None:
        exchange.request = _request(platform, VERTEX_AI)  # the Gemini API reports no such thing
    exchange.settle(_book(), _unix_nano(response, at), _tier_doubts(exchange))
    if response.automatic_function_calling_history:
        return engine.combine((exchange.cost, _EARLIER))
    return exchange.cost


def _tier_doubts(exchange: Exchange) -> tuple[str, ...]:
    """What is to be said where the response does not tell which tier served: nobody knows which was asked for."""
    if getattr(exchange.metadata, "service_tier", None):
        return ()
    return served_tier(exchange.headers, exchange.metadata, _SOME_TIER)[1]


def _request(platform: str | None, assumed: str) -> Request:
    """What was asked for, as far as anybody knows: at Google's own host where the user names the platform."""
    endpoint = Endpoint("", platform or assumed, _HOSTS.get(platform or ""), None)
    return Request("generate_content", "", None, None, stream=False, endpoint=endpoint)


def _unix_nano(response: Any, at: datetime | None) -> int:  # noqa: ANN401 - see cost_of
    """When the call was made, in nanoseconds since the epoch."""
    moment = at or getattr(response, "create_time", None)
    return int(moment.timestamp() * 1e9) if isinstance(moment, datetime) else time.time_ns()


@functools.cache
def _book() -> Book:
    """The book of this process, overlay included; a broken overlay is a warning, once."""
    return book_from_environ(os.environ)
