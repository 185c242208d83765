"""What every metric is made of: sums, a sum by a sum, a place in a histogram, or something of its own; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from gemledger_collector.alerts_config import Metric, RuleConfig
from gemledger_collector.alerts_config.metrics import BILLION
from gemledger_collector.storage.latency import DURATION, FIRST_CHUNK

COST = "cost_pico_usd"
"""Both halves of it, put together."""


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of figures. It only grows while its window runs."""

    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A sum of figures by a sum of others, times ``scale``. ``minus`` is taken from the upper one."""

    upper: tuple[str, ...]
    lower: tuple[str, ...]
    scale: int = BILLION
    minus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quantile:
    """How long this many calls in a hundred took at most."""

    of: str
    percent: int


@dataclass(frozen=True, slots=True)
class Dearest:
    """The highest cost of a single call. It only grows while its window runs."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What no call tells: ``judged``, ``headroom``, ``silence``."""

    of: str


Definition = Total | Ratio | Quantile | Dearest | Apart

_DEFINITIONS: Mapping[Metric, Definition] = {
    "cost": Total((COST,)),
    "cost_of_one_call": Dearest(),
    "cost_per_call": Ratio((COST,), ("calls",), scale=1),
    "calls": Total(("calls",)),
    # As on the wire: input has what was cached and used by tools in it, output has thoughts.
    "tokens": Total(("input_tokens", "output_tokens")),
    "thinking_share": Ratio(("thoughts_tokens",), ("output_tokens",)),
    "cache_hit_share": Ratio(("cache_read_tokens",), ("input_tokens",)),
    "error_share": Ratio(("errors",), ("calls",)),
    "latency_p50": Quantile(DURATION, 50),
    "latency_p95": Quantile(DURATION, 95),
    "latency_p99": Quantile(DURATION, 99),
    "first_chunk_p50": Quantile(FIRST_CHUNK, 50),
    "first_chunk_p95": Quantile(FIRST_CHUNK, 95),
    "first_chunk_p99": Quantile(FIRST_CHUNK, 99),
    "rate_limit_headroom": Apart("headroom"),
    "judged_bad_share": Apart("judged"),
    "unpriced_share": Ratio(("unpriced_calls",), ("calls",)),
    "silence": Apart("silence"),
}
_OF_KIND = {
    "rate_limited": "rate_limited_errors",
    "client": "client_errors",
    "server": "server_errors",
}


def definition_of(rule: RuleConfig) -> Definition:
    """What a rule measures; of errors the kinds it names."""
    if rule.metric == "error_share" and rule.errors:
        return _errors(rule)
    return _DEFINITIONS[rule.metric]


def _errors(rule: RuleConfig) -> Ratio:
    if "other" not in rule.errors:
        return Ratio(tuple(_OF_KIND[kind] for kind in rule.errors), ("calls",))
    others = tuple(figure for kind, figure in _OF_KIND.items() if kind not in rule.errors)
    return Ratio(("errors",), ("calls",), minus=others)
