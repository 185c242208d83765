"""Spans that tell of context caches, as the library sends them."""

from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.otlp import NOON, SECOND, call, call_attributes

HOUR = 3600
START = NOON // SECOND
"""Noon in unix seconds."""
NAME = "cachedContents/c1"
FLASH = "gemini-2.5-flash"
STORAGE_PICO = 1_000_000
"""Of 2.5 Flash, a token-hour: 1.00 USD per million."""
INPUT_PICO, CACHED_PICO = 300_000, 30_000
"""Of 2.5 Flash, a token: 0.30 and 0.03 USD per million."""

_numbers = iter(range(10_000, 10**9))


def told(operation: str, seconds: float = 0, **changes: Any) -> Span:
    """A free call about a cache, so many seconds after noon; ``changes`` are names of semconv in lower case."""
    facts: dict[str, Any] = {
        "operation_name": operation,
        "input_tokens": None,
        "output_tokens": None,
        "cache_read_input_tokens": None,
        "response_finish_reasons": None,
        "cache_name": NAME,
        "cost_reasons": ["free_operation"],
        "attribution_feature": "manuals",
    }
    attributes = call_attributes(**{**facts, **changes})
    return call(next(_numbers), start=NOON + round(seconds * SECOND), attributes=attributes)


def created(tokens: int = 50_000, seconds: float = 0, ttl: int = 24 * HOUR, **changes: Any) -> Span:
    """A creation, paid for as input."""
    facts = {
        "input_tokens": tokens,
        "output_tokens": 0,
        "cost_reasons": None,
        "cache_tokens": tokens,
        "cache_create_time_unix_seconds": START + int(seconds),
        "cache_expire_time_unix_seconds": START + int(seconds) + ttl,
    }
    return told("cache_create", seconds, **(facts | changes))


def updated(seconds: float, expires: int, **changes: Any) -> Span:
    """An update: the cache ends so many seconds after noon."""
    facts = {"cache_expire_time_unix_seconds": START + expires}
    return told("cache_update", seconds, **(facts | changes))


def deleted(seconds: float, **changes: Any) -> Span:
    """A deletion, dated by Google."""
    facts = {"cache_expire_time_unix_seconds": START + int(seconds)}
    return told("cache_delete", seconds, **(facts | changes))


def gone(seconds: float, **changes: Any) -> Span:
    """A look that did not find it."""
    return told("cache_get", seconds, **({"error_type": "404"} | changes))


def read(seconds: float, tokens: int = 50_000, **changes: Any) -> Span:
    """A call that reads the cache, and asks 100 tokens more."""
    facts: dict[str, Any] = {
        "cache_name": NAME,
        "input_tokens": tokens + 100,
        "cache_read_input_tokens": tokens,
        "attribution_feature": "support",
    }
    start = NOON + round(seconds * SECOND)
    return call(next(_numbers), start=start, attributes=call_attributes(**(facts | changes)))
