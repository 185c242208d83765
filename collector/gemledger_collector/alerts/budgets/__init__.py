"""Budgets: spend of a period against its thresholds, and the speed of spending against the speed it allows."""

from gemledger_collector.alerts.budgets.burn_rates import PAIRS, BurnPair, pairs_of
from gemledger_collector.alerts.budgets.minute_spend import RememberedMinutes
from gemledger_collector.alerts.budgets.past import episodes, is_walked
from gemledger_collector.alerts.budgets.period import current_period, limit_at, period_at
from gemledger_collector.alerts.budgets.sources import MinuteSpend
from gemledger_collector.alerts.budgets.thresholds import identity
from gemledger_collector.alerts.budgets.watcher import BudgetWatcher

__all__ = [
    "PAIRS",
    "BudgetWatcher",
    "BurnPair",
    "MinuteSpend",
    "RememberedMinutes",
    "current_period",
    "episodes",
    "identity",
    "is_walked",
    "limit_at",
    "pairs_of",
    "period_at",
]
