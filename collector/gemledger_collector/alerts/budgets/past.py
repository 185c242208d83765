"""Thresholds that were reached in periods that are over: history, found in late data; pure.

Spend that arrives late but belongs to the present period counts like any other: the period is not over, so somebody
should hear.
"""

from collections.abc import Iterator

from gemledger_collector.alerts.alert import Episode, Watch, Window
from gemledger_collector.alerts.budgets.period import (
    calendar_of,
    current_period,
    limit_at,
    slots_of,
)
from gemledger_collector.alerts.budgets.thresholds import identity
from gemledger_collector.alerts.slots import Spend, reached
from gemledger_collector.alerts_config import BudgetConfig
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage.buckets import SLOT_SECONDS


def is_walked(budget: BudgetConfig) -> bool:
    """Whether its history is written: not that of every group of ``each``; and a rolling one has no periods."""
    return not budget.each and budget.rolling is None


def episodes(budget: BudgetConfig, spend: Spend, watch: Watch) -> list[Episode]:
    """Each threshold that a period which is over had reached; ``spend`` is all the ledger has."""
    current = current_period(budget, watch)
    found = (
        _episode(budget, percent, spend, period)
        for period in _periods_before(budget, spend, current)
        for percent in budget.thresholds
    )
    return [episode for episode in found if episode is not None]


def _periods_before(budget: BudgetConfig, spend: Spend, current: Window) -> Iterator[Window]:
    calendar = calendar_of(budget)
    at = min(spend, default=current.start_unix_nano // 10**9) * 10**9
    while at < current.start_unix_nano:
        period = calendar.containing(at)
        yield period
        at = period.end_unix_nano


def _episode(budget: BudgetConfig, percent: int, spend: Spend, period: Window) -> Episode | None:
    limit = limit_at(budget, percent)
    start, end = slots_of(period)
    slot = reached(spend, start, end, limit)
    if slot is None or period.end_unix_nano - slot * 10**9 < nanoseconds(budget.hold):
        return None
    return Episode(
        identity=identity(budget, percent),
        window=period,
        started_at=slot * 10**9,
        ended_at=period.end_unix_nano,
        value=sum(spend.get(each, 0) for each in range(start, end, SLOT_SECONDS)),
        limit=limit,
    )
