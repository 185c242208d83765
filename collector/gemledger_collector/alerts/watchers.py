"""What looks: one watcher for each family of conditions; all are asked in turn at each evaluation."""

from collections.abc import Sequence
from typing import Protocol

from gemledger_collector.alerts.alert import Condition
from gemledger_collector.alerts.budgets import BudgetWatcher, RememberedMinutes
from gemledger_collector.alerts.forecast.watcher import ForecastWatcher
from gemledger_collector.alerts.quality.judge_budget import JudgeBudget
from gemledger_collector.alerts.quality.watcher import QualityWatcher
from gemledger_collector.alerts.rules import RuleWatcher
from gemledger_collector.alerts.sources import Sources
from gemledger_collector.alerts.spikes.watcher import SpikeWatcher
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts.watchdog import Watchdog
from gemledger_collector.alerts_config import AlertsConfig


class Watcher(Protocol):
    """One family: rules, budgets, spikes, balances, quality.

    Not for two threads at once. What it remembers between looks it can work out again from the store.
    """

    def look(self, view: View) -> Sequence[Condition]:
        """A condition for everything that breaches, has no data, or has an open alert.

        What is left out is inactive: with thousands of groups nearly all are, and cost nothing. An open alert that
        no watcher mentions has left the configuration.
        """
        ...


def watchers_of(config: AlertsConfig, sources: Sources) -> list[Watcher]:
    """Everything that the configuration has looked after."""
    watchers: list[Watcher] = [
        BudgetWatcher(config.budgets, RememberedMinutes(sources.minutes)),
        RuleWatcher(config.rules, sources.minutes, sources.limits),
        ForecastWatcher(config, sources.book),
    ]
    if config.spikes:
        watchers.append(SpikeWatcher(config.spikes, sources.minutes))
    if config.quality:
        watchers.append(QualityWatcher(config.quality, sources.external_url, sources.rubrics))
    if config.judge_budget_alert and sources.judge is not None:
        watchers.append(JudgeBudget(sources.judge))
    if config.watchdog is not None:
        watchers.append(Watchdog(config.watchdog))
    return watchers
