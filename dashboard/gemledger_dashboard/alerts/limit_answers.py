"""Budgets, and rules about cost, as the collector answers them, typed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.frame.json_parts import moment, texts
from gemledger_dashboard.spend.sums import Json


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of a budget at which somebody is told."""

    percent: int
    state: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget in its present period."""

    name: str
    period: str
    timezone: str
    period_start: datetime
    period_end: datetime
    limit_pico_usd: int
    spent_pico_usd: int
    filter: Mapping[str, str]
    severity: str
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class LimitRule:
    """A limit on the cost of a sliding window, and what that cost is now."""

    name: str
    metric: str
    window_seconds: int
    limit_pico_usd: int
    value_pico_usd: int
    state: str
    filter: Mapping[str, str]
    severity: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Every budget and every rule that is configured."""

    budgets: tuple[Budget, ...]
    rules: tuple[LimitRule, ...]


def limits(body: Json) -> Limits:
    """`/api/v1/budgets`."""
    return Limits(
        tuple(budget(row) for row in body["budgets"]),
        tuple(_rule(row) for row in body["rules"]),
    )


def budget(row: Json) -> Budget:
    """One budget of any answer."""
    groups = row.get("groups", [])
    return Budget(
        name=str(row["name"]),
        period=_period(row),
        timezone=str(row["timezone"]),
        period_start=datetime.fromisoformat(row["period_start"]),
        period_end=datetime.fromisoformat(row["period_end"]),
        limit_pico_usd=parse_pico(row["limit_pico_usd"]),
        spent_pico_usd=parse_pico(row["spent_pico_usd"]),
        # Of a budget with groups, the figures are those of the group that has used the most.
        filter={**texts(row["filter"]), **(texts(groups[0]["labels"]) if groups else {})},
        severity=str(row["severity"]),
        thresholds=tuple(
            Threshold(int(step["percent"]), str(step["state"]), moment(step["since"]))
            for step in row["thresholds"]
        ),
    )


def _period(row: Json) -> str:
    if row.get("rolling_seconds") is None:
        return str(row["period"])
    length = timedelta(seconds=int(row["rolling_seconds"]))
    return f"{length} rolling".replace(", 0:00:00", "")


def _rule(row: Json) -> LimitRule:
    return LimitRule(
        name=str(row["name"]),
        metric=str(row["metric"]),
        window_seconds=int(row["window_seconds"]),
        limit_pico_usd=parse_pico(row["limit_pico_usd"]),
        value_pico_usd=parse_pico(row["value_pico_usd"]),
        state=str(row["state"]),
        filter=texts(row["filter"]),
        severity=str(row["severity"]),
    )
