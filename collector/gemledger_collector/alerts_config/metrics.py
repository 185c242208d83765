"""The metrics rules can be written about: what each is counted in, and how a limit of it is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gemledger_collector.config_values import (
    PICO_USD,
    nanoseconds,
    parse_duration,
    parse_share,
    parse_usd,
)

Unit = Literal["pico_usd", "billionths", "microseconds", "count"]
"""Everything is an integer of its unit: money in picoUSD, shares in billionths, times in microseconds."""
BILLION = 10**9

Metric = Literal[
    "cost",
    "cost_of_one_call",
    "cost_per_call",
    "calls",
    "tokens",
    "thinking_share",
    "cache_hit_share",
    "error_share",
    "latency_p50",
    "latency_p95",
    "latency_p99",
    "first_chunk_p50",
    "first_chunk_p95",
    "first_chunk_p99",
    "rate_limit_headroom",
    "judged_bad_share",
    "unpriced_share",
    "silence",
]


@dataclass(frozen=True, slots=True)
class MetricKind:
    """One metric: its unit, what it is in words, and how many calls make it worth looking at."""

    unit: Unit
    words: str
    fewest_calls: int = 0
    has_window: bool = True


_FEW = 30
"""A share or a percentile of fewer calls is noise."""

METRICS: Mapping[Metric, MetricKind] = {
    "cost": MetricKind("pico_usd", "spend"),
    "cost_of_one_call": MetricKind("pico_usd", "the dearest call"),
    "cost_per_call": MetricKind("pico_usd", "cost per call", _FEW),
    "calls": MetricKind("count", "calls"),
    "tokens": MetricKind("count", "tokens"),
    "thinking_share": MetricKind("billionths", "thoughts among output tokens", _FEW),
    "cache_hit_share": MetricKind("billionths", "cached among input tokens", _FEW),
    "error_share": MetricKind("billionths", "failed calls", _FEW),
    "latency_p50": MetricKind("microseconds", "median latency", _FEW),
    "latency_p95": MetricKind("microseconds", "95th percentile of latency", _FEW),
    "latency_p99": MetricKind("microseconds", "99th percentile of latency", _FEW),
    "first_chunk_p50": MetricKind("microseconds", "median time to first chunk", _FEW),
    "first_chunk_p95": MetricKind("microseconds", "95th percentile of time to first chunk", _FEW),
    "first_chunk_p99": MetricKind("microseconds", "99th percentile of time to first chunk", _FEW),
    "rate_limit_headroom": MetricKind(
        "billionths", "what is left of a rate limit", has_window=False
    ),
    "judged_bad_share": MetricKind("billionths", "answers judged bad", _FEW),
    "unpriced_share": MetricKind("billionths", "calls without a price", 1),
    "silence": MetricKind("microseconds", "time without any call", has_window=False),
}


def parse_limit(written: object, unit: Unit) -> int:
    """A limit as it is written, in the unit's integers. Raises ValueError with how one is written."""
    if unit == "pico_usd":
        return int(parse_usd(written) * PICO_USD)
    if unit == "billionths":
        return round(parse_share(written) * BILLION)
    if unit == "microseconds":
        return nanoseconds(parse_duration(written)) // 1000
    return _count(written)


def _count(written: object) -> int:
    if isinstance(written, bool) or not isinstance(written, int | float):
        raise ValueError(f"{written!r} is not a count; write a whole number such as 1000000")  # noqa: TRY004 - pydantic reports ValueError only
    if written < 0 or written != written // 1:
        raise ValueError(f"{written} is not a count; write a whole number such as 1000000")
    return int(written)
