"""What the collector tells of times, errors and rate limits, typed; times in seconds, money in picoUSD."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.frame import json_parts
from gemledger_dashboard.spend.sums import Json

DURATION, FIRST_CHUNK = "duration", "time_to_first_chunk"
QUANTILES = ("p50", "p95", "p99", "max")
WITHHELD = "safety"
"""The kind of answers that are no errors: given with 200, and blocked."""


@dataclass(frozen=True, slots=True)
class Times:
    """One metric of one group: how many calls told it, and its percentiles in seconds."""

    bucket_start: datetime | None
    keys: Mapping[str, str | None]
    metric: str
    calls: int
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles by bucket and key, by key over the whole range, and of everything."""

    rows: tuple[Times, ...]
    groups: tuple[Times, ...]
    totals: tuple[Times, ...]

    def total(self, metric: str) -> Times | None:
        """The whole range in one metric; None where no call told it."""
        return next((each for each in self.totals if each.metric == metric), None)


@dataclass(frozen=True, slots=True)
class Failures:
    """Calls of one kind that went wrong; `cost` is what was billed all the same, at most `cost_upper`."""

    calls: int = 0
    retries: int = 0
    cost_pico_usd: int = 0
    cost_upper_pico_usd: int = 0
    unbounded_calls: int = 0


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One kind in one bucket of one combination of keys."""

    bucket_start: datetime | None
    keys: Mapping[str, str | None]
    kind: str
    figures: Failures


@dataclass(frozen=True, slots=True)
class Errors:
    """What went wrong in a window; `retries` also of calls that went well in the end."""

    rows: tuple[FailureRow, ...]
    kinds: Mapping[str, Failures]
    calls: int
    errors: int
    withheld: int
    retries: int
    cost_pico_usd: int


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit and who says so."""

    limit: int
    source: str


@dataclass(frozen=True, slots=True)
class Used:
    """What was used in the present minute or day, and what is left of its limit."""

    name: str
    measured: int
    peak: int | None
    headroom_ratio: float | None
    resets_in_seconds: float | None
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A model as one project and key uses it."""

    model: str
    project: str | None
    key_digest: str | None
    headroom_ratio: float | None
    windows: tuple[Used, ...]
    refused_today: int


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Every account, the tightest first, at a moment."""

    at: datetime
    accounts: tuple[Account, ...]


def latency(body: Json) -> Latency:
    """`/api/v1/latency`."""
    by = tuple(str(name) for name in body["by"])
    return Latency(
        rows=tuple(_times(row, by) for row in body["rows"]),
        groups=tuple(_times(row, by) for row in body["groups"]),
        totals=tuple(_times(row, ()) for row in body["totals"]),
    )


def errors(body: Json) -> Errors:
    """`/api/v1/errors`."""
    by = tuple(str(name) for name in body["by"])
    totals = body["totals"]
    return Errors(
        rows=tuple(
            FailureRow(
                json_parts.moment(row["bucket_start"]),
                json_parts.keys(row, by),
                str(row["kind"]),
                _failures(row),
            )
            for row in body["rows"]
        ),
        kinds={str(kind): _failures(row) for kind, row in body["kinds"].items()},
        calls=int(totals["calls"]),
        errors=int(totals["errors"]),
        withheld=int(totals["withheld"]),
        retries=int(totals["retries"]),
        cost_pico_usd=parse_pico(totals["cost_pico_usd"]),
    )


def rate_limits(body: Json) -> RateLimits:
    """`/api/v1/rate-limits`."""
    return RateLimits(
        datetime.fromisoformat(body["at"]),
        tuple(
            Account(
                model=str(row["model"]),
                project=row["project"],
                key_digest=row["key_digest"],
                headroom_ratio=_ratio(row["headroom_ratio"]),
                windows=tuple(_used(each) for each in row["windows"]),
                refused_today=int(row["refused_calls"].get("day", 0)),
            )
            for row in body["rows"]
        ),
    )


def _times(row: Json, by: tuple[str, ...]) -> Times:
    return Times(
        json_parts.moment(row.get("bucket_start")),
        json_parts.keys(row, by),
        str(row["metric"]),
        int(row["calls"]),
        {name: float(row[f"{name}_ms"]) / 1000 for name in QUANTILES},
    )


def _failures(row: Json) -> Failures:
    return Failures(
        calls=int(row["calls"]),
        retries=int(row["retries"]),
        cost_pico_usd=parse_pico(row["cost_pico_usd"]),
        cost_upper_pico_usd=parse_pico(row["cost_upper_pico_usd"]),
        unbounded_calls=int(row["unbounded_calls"]),
    )


def _used(row: Json) -> Used:
    return Used(
        name=str(row["name"]),
        measured=int(row["measured"]),
        peak=None if row["peak"] is None else int(row["peak"]),
        headroom_ratio=_ratio(row["headroom_ratio"]),
        resets_in_seconds=_ratio(row["resets_in_seconds"]),
        limits=tuple(Limit(int(each["limit"]), str(each["source"])) for each in row["limits"]),
    )


def _ratio(value: Any) -> float | None:  # noqa: ANN401 - JSON
    return None if value is None else float(value)
