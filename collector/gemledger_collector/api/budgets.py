"""GET /api/v1/budgets: how far each budget is used, group by group, how fast, and what is reserved of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from gemledger_collector.alerts import budgets
from gemledger_collector.alerts.alert import Identity, State, Watch, Window
from gemledger_collector.alerts.budgets import burn_rates, sources
from gemledger_collector.alerts.budgets.groups import traffic_of
from gemledger_collector.alerts.budgets.period import slots_of
from gemledger_collector.alerts.periods import moment
from gemledger_collector.alerts.reservations.asking import Standing, key_of
from gemledger_collector.alerts.rules import is_walked
from gemledger_collector.alerts_config import BudgetConfig
from gemledger_collector.api.alerts import END_OF_TIME, LONGEST_PERIOD_NS, shown_rule
from gemledger_collector.api.context import Ask, Context, iso
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.alert_history import AlertRow
from gemledger_collector.storage.budget_spend import Group, spend_by_group
from gemledger_collector.storage.reservations import Reserved, reserved_at
from gemledger_collector.storage.transaction import Snapshot

Json = dict[str, Any]
MOST_GROUPS = 100
"""Groups of one budget that are shown, those that have used the most first."""

router = APIRouter(tags=["budgets"])


@router.get("/api/v1/budgets")
def spending(ask: Ask) -> Json:
    """Every budget in its current period and every rule in its current window.

    With ``each`` the amount is every group's own: a budget's own figures are then those of the group that has used
    the most, and ``groups`` has the hundred that have.
    """
    config = ask.config.alerts
    watch = Watch(ask.clock(), nanoseconds(config.lateness))
    with ask.store.reading() as snapshot:
        recorded = _recorded(snapshot, watch.now)
        return {
            "budgets": shown_budgets(ask, snapshot, recorded),
            "rules": [
                shown_rule(snapshot, rule, recorded, watch)
                for rule in config.rules
                if is_walked(rule)  # the others are in /api/v1/alerts/rules
            ],
        }


def shown_budgets(
    ask: Context, snapshot: Snapshot, recorded: Sequence[AlertRow] | None = None
) -> list[Json]:
    """Every budget in its current period; ``recorded`` are the alerts of late, where they are known."""
    now = ask.clock()
    known = _recorded(snapshot, now) if recorded is None else recorded
    minutes = budgets.RememberedMinutes(ask.minutes)
    shelf = _Shelf(snapshot, now, minutes, reserved_at(snapshot, now), _named(known))
    return [_budget(shelf, budget) for budget in ask.config.alerts.budgets]


def _recorded(snapshot: Snapshot, now: int) -> list[AlertRow]:
    since = now - LONGEST_PERIOD_NS
    return alert_history.alerts_between(snapshot, since, END_OF_TIME, 10_000)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What all budgets are shown from; the alerts by fingerprint, open ones first."""

    snapshot: Snapshot
    now: int
    minutes: budgets.MinuteSpend
    reserved: Reserved
    alerts: Mapping[str, Sequence[AlertRow]]

    def state(self, identity: Identity, period: Window | None) -> Json:
        """Where an alert stands in a period; without one, whether it is open."""
        for row in self.alerts.get(identity.fingerprint, ()):
            is_now = (
                row.state != State.RESOLVED
                if period is None
                else row.window_start_unix_nano == period.start_unix_nano
            )
            if is_now:
                return {"state": row.state, "since": iso(row.started_at_unix_nano)}
        return {"state": State.INACTIVE.value, "since": None}


def _named(recorded: Sequence[AlertRow]) -> Mapping[str, Sequence[AlertRow]]:
    named: dict[str, list[AlertRow]] = {}
    for row in recorded:
        named.setdefault(row.fingerprint, []).append(row)
    return named


def _budget(shelf: _Shelf, budget: BudgetConfig) -> Json:
    period = budgets.period_at(budget, shelf.now)
    found = spend_by_group(shelf.snapshot, traffic_of(budget), *slots_of(period))
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    none = () if budget.each else ((),)
    speeds = _speeds(shelf, budget, period)
    groups = [
        _group(
            shelf,
            Standing(budget, group, period, found.get(group, 0), _held(shelf, budget, group)),
            speeds,
        )
        for group in [group for group, _ in ranked][:MOST_GROUPS] or none
    ]
    top = groups[0] if groups else _group(shelf, _untouched(budget, period), speeds)
    zone = ZoneInfo(budget.timezone)
    rolling = budget.rolling
    return {
        "name": budget.name,
        "period": budget.period if rolling is None else "rolling",
        "rolling_seconds": None if rolling is None else int(rolling.total_seconds()),
        "timezone": budget.timezone,
        "period_start": moment(period.start_unix_nano, zone).isoformat(),
        "period_end": moment(period.end_unix_nano, zone).isoformat(),
        "limit_pico_usd": str(budget.limit_pico_usd),
        "refuse_at_percent": budget.refuse_at,
        "filter": budget.filter.labels(),
        "severity": budget.severity,
        "each": list(budget.each),
        **{name: value for name, value in top.items() if name != "labels"},
        "group_count": len(found),
        "groups": groups if budget.each else [],
    }


def _untouched(budget: BudgetConfig, period: Window) -> Standing:
    return Standing(budget, ("",) * len(budget.each), period, 0, 0)


def _held(shelf: _Shelf, budget: BudgetConfig, group: Group) -> int:
    return shelf.reserved.pico_usd.get(key_of(budget, group), 0)


def _group(shelf: _Shelf, standing: Standing, speeds: sources.Sums) -> Json:
    budget, group, period = standing.budget, standing.group, standing.period
    in_period = period if budget.rolling is None else None
    return {
        "labels": standing.group_labels,
        "spent_pico_usd": str(standing.spent_pico_usd),
        "share": standing.spent_pico_usd / budget.limit_pico_usd,
        "reserved_pico_usd": str(standing.reserved_pico_usd),
        "reservations": shelf.reserved.reservations.get(standing.key, 0),
        "left_pico_usd": str(standing.left_pico_usd),
        "thresholds": [
            {
                "percent": percent,
                **shelf.state(budgets.identity(budget, percent, group), in_period),
            }
            for percent in sorted(budget.thresholds)
        ],
        "burn_rates": [
            _burn_rate(shelf, standing, pair, speeds)
            for pair in (budgets.pairs_of(period) if budget.burn_rates else ())
        ],
    }


def _speeds(shelf: _Shelf, budget: BudgetConfig, period: Window) -> sources.Sums:
    if not budget.burn_rates:
        return {}
    windows = {window for pair in budgets.pairs_of(period) for window in (pair.long, pair.short)}
    traffic = traffic_of(budget)
    return sources.spend_of_windows(
        shelf.snapshot, shelf.minutes, traffic, sorted(windows), shelf.now
    )


def _burn_rate(
    shelf: _Shelf, standing: Standing, pair: budgets.BurnPair, speeds: sources.Sums
) -> Json:
    budget, group = standing.budget, standing.group

    def rate(window: timedelta) -> float:
        spent = speeds[window].get(group, 0)
        return burn_rates.burn_rate(spent, window, budget.limit_pico_usd, standing.period)

    identity = burn_rates.identity(budget, pair, group)
    return {
        "long_window_seconds": int(pair.long.total_seconds()),
        "short_window_seconds": int(pair.short.total_seconds()),
        "factor": float(pair.factor),
        "severity": identity.severity,
        "long_rate": rate(pair.long),
        "short_rate": rate(pair.short),
        **shelf.state(identity, None),
    }
