"""Spend of a calendar period against the thresholds of its budget; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Condition, Episode, Identity, Watch, Window
from gemledger_collector.alerts.periods import period_containing
from gemledger_collector.alerts.slots import SLOT_NS, SLOT_SECONDS, Spend, reached
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts_config import BudgetConfig
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage import alert_history


@dataclass(frozen=True, slots=True)
class BudgetWatcher:
    """Looks at every budget's current period."""

    budgets: Sequence[BudgetConfig]

    def look(self, view: View) -> Sequence[Condition]:
        """A condition for each threshold of each budget."""
        found: list[Condition] = []
        for budget in self.budgets:
            since = current_period(budget, view.watch).start_unix_nano // 10**9
            spend = alert_history.spend_by_slot(view.snapshot, budget.filter.labels(), since)
            found += assess(budget, spend, view.watch)[0]
        return found


def identity(budget: BudgetConfig, percent: int) -> Identity:
    """The alert one threshold of a budget raises, in every period the same."""
    return Identity(
        budget.name, "budget", budget.severity, budget.filter.labels(), percent, budget.labels
    )


def limit_at(budget: BudgetConfig, percent: int) -> int:
    """The amount, in picoUSD, at which a threshold is reached: rounded up, so never early."""
    return -(-budget.limit_pico_usd * percent // 100)


def current_period(budget: BudgetConfig, watch: Watch) -> Window:
    """The period that is not over: one that ended within the lateness still takes its last spans."""
    return period_containing(watch.watermark, budget.period, budget.timezone)


def assess(
    budget: BudgetConfig, spend: Spend, watch: Watch
) -> tuple[list[Condition], list[Episode]]:
    """What each threshold sees in the current period, and which were reached in periods that are over.

    Spend that arrives late but belongs to the current period counts like any other: the period is
    not over, so somebody should hear.
    """
    current = current_period(budget, watch)
    conditions = [
        _condition(budget, percent, spend, (current, watch))
        for percent in sorted(budget.thresholds)
    ]
    episodes = [
        episode
        for period in _periods_before(budget, spend, current)
        for percent in budget.thresholds
        if (episode := _episode(budget, percent, spend, period)) is not None
    ]
    return conditions, episodes


def _condition(
    budget: BudgetConfig, percent: int, spend: Spend, at: tuple[Window, Watch]
) -> Condition:
    period, watch = at
    limit = limit_at(budget, percent)
    slot = reached(spend, *_seconds(period), limit)
    known_since = slot is not None and slot * 10**9 + SLOT_NS <= watch.watermark
    return Condition(
        identity=identity(budget, percent),
        window=period,
        value=total(spend, period),
        limit=limit,
        breached=total(spend, period) >= limit,
        hold_ns=nanoseconds(budget.hold),
        annotations=budget.annotations,
        breached_since=slot * 10**9 if slot is not None and known_since else None,
    )


def _episode(budget: BudgetConfig, percent: int, spend: Spend, period: Window) -> Episode | None:
    limit = limit_at(budget, percent)
    slot = reached(spend, *_seconds(period), limit)
    if slot is None or period.end_unix_nano - slot * 10**9 < nanoseconds(budget.hold):
        return None
    return Episode(
        identity=identity(budget, percent),
        window=period,
        started_at=slot * 10**9,
        ended_at=period.end_unix_nano,
        value=total(spend, period),
        limit=limit,
    )


def _periods_before(budget: BudgetConfig, spend: Spend, current: Window) -> Iterator[Window]:
    at = min(spend, default=current.start_unix_nano // 10**9) * 10**9
    while at < current.start_unix_nano:
        period = period_containing(at, budget.period, budget.timezone)
        yield period
        at = period.end_unix_nano


def total(spend: Spend, period: Window) -> int:
    """All the spend of a period, in picoUSD."""
    start, end = _seconds(period)
    return sum(spend.get(slot, 0) for slot in range(start, end, SLOT_SECONDS))


def _seconds(period: Window) -> tuple[int, int]:
    return period.start_unix_nano // 10**9, period.end_unix_nano // 10**9
