"""The watcher of budgets: a condition for each threshold that is reached and each burn rate that is exceeded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Condition, Window
from gemledger_collector.alerts.budgets import burn_rates, thresholds
from gemledger_collector.alerts.budgets.burn_rates import Burnt
from gemledger_collector.alerts.budgets.groups import (
    OpenAlerts,
    by_budget,
    labels_of,
    open_by_group,
    traffic_of,
)
from gemledger_collector.alerts.budgets.period import current_period, slots_of
from gemledger_collector.alerts.budgets.sources import MinuteSpend, spend_of_windows
from gemledger_collector.alerts.budgets.thresholds import Reached
from gemledger_collector.alerts.slots import SLOT_NS
from gemledger_collector.alerts.slots import reached as slot_reached
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts_config import BudgetConfig
from gemledger_collector.storage.budget_spend import Traffic, spend_by_group, spend_by_slot

MOST_DATED = 20
"""Breaches of one budget in one look whose beginning is looked up: more only come with a new configuration."""


@dataclass(frozen=True, slots=True)
class BudgetWatcher:
    """Looks at every budget's present period, one question to the ledger for all groups of a budget.

    ``minutes`` is where windows of an hour or less come from; what is longer is made of the ledger's slots.
    """

    budgets: Sequence[BudgetConfig]
    minutes: MinuteSpend

    def look(self, view: View) -> Sequence[Condition]:
        """A condition for whatever is reached or exceeded, or has an alert open."""
        opened = by_budget(view.open_alerts)
        found: list[Condition] = []
        for budget in self.budgets:
            found += _thresholds(view, budget, opened)
            if budget.burn_rates:
                found += self._burn_rates(view, budget, opened)
        return found

    def _burn_rates(
        self, view: View, budget: BudgetConfig, opened: OpenAlerts
    ) -> Iterator[Condition]:
        period, now = current_period(budget, view.watch), view.watch.now
        pairs = burn_rates.pairs_of(period)
        windows = sorted({window for pair in pairs for window in (pair.long, pair.short)})
        traffic = traffic_of(budget)
        sums = spend_of_windows(view.snapshot, self.minutes, traffic, windows, now)
        known = open_by_group(budget, opened.get(budget.name, ()), "burn_rate")
        for pair in pairs:
            long, short = sums[pair.long], sums[pair.short]
            for group in {*long, *(each for each, name in known if name == pair.name)}:
                burnt = Burnt(long.get(group, 0), short.get(group, 0))
                exceeded = burn_rates.exceeds(budget, pair, burnt, period)
                if exceeded or (group, pair.name) in known:
                    yield burn_rates.condition(budget, pair, group, burnt, (period, now))


def _thresholds(view: View, budget: BudgetConfig, opened: OpenAlerts) -> Iterator[Condition]:
    period = current_period(budget, view.watch)
    spent = spend_by_group(view.snapshot, traffic_of(budget), *slots_of(period))
    known = open_by_group(budget, opened.get(budget.name, ()), "budget")
    found = list(thresholds.reached(budget, spent, known))
    new = [each for each in found if each.alert is None][:MOST_DATED]
    since = _since(view, budget, new, period)
    for each in found:
        began = since.get((each.group, each.percent))
        yield thresholds.condition(budget, each, period, began)


def _since(
    view: View, budget: BudgetConfig, found: Sequence[Reached], period: Window
) -> dict[tuple[tuple[str, ...], int], int]:
    """When the breaches began that the ledger shows to be older than the last slot."""
    slots = slots_of(period)
    began: dict[tuple[tuple[str, ...], int], int] = {}
    for group in {each.group for each in found}:
        spend = spend_by_slot(view.snapshot, Traffic(labels_of(budget, group)), *slots)
        for each in found:
            slot = slot_reached(spend, *slots, each.limit) if each.group == group else None
            if slot is not None and slot * 10**9 + SLOT_NS <= view.watch.watermark:
                began[group, each.percent] = slot * 10**9
    return began
