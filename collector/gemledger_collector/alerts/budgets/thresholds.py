"""Which thresholds of a budget are reached in its present period; pure.

A threshold is told once in a period: what fires goes on firing until the period is over or the limit is raised, also
when spend is taken back (a call told twice, a lower price), or it would be told again when it comes back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Alert, Condition, Identity, State, Window
from gemledger_collector.alerts.budgets.groups import labels_of
from gemledger_collector.alerts.budgets.period import limit_at
from gemledger_collector.alerts_config import BudgetConfig
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage.budget_spend import Group

Opened = Mapping[tuple[Group, str], Alert]

STEADINESS = 24
"""A rolling budget has no new period: what slid below its limit for a 24th of the window is over, not before."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A threshold of a group that is reached, or has an alert open."""

    group: Group
    percent: int
    value: int
    limit: int
    alert: Alert | None


def identity(budget: BudgetConfig, percent: int, group: Group = ()) -> Identity:
    """The alert one threshold of a group raises, in every period the same."""
    return Identity(
        budget.name, "budget", budget.severity, labels_of(budget, group), percent, budget.labels
    )


def reached(budget: BudgetConfig, spent: Mapping[Group, int], opened: Opened) -> Iterator[Reached]:
    """What is worth a condition: of a thousand groups nearly none."""
    groups = {**{group: 0 for group, _ in opened}, **spent}
    for percent in sorted(budget.thresholds):
        limit = limit_at(budget, percent)
        for group, value in groups.items():
            alert = opened.get((group, str(percent))) if opened else None
            if value >= limit or alert is not None:
                yield Reached(group, percent, value, limit, alert)


def condition(
    budget: BudgetConfig, found: Reached, period: Window, breached_since: int | None
) -> Condition:
    """What the state machine is told of it."""
    steady = 0 if budget.rolling is None else nanoseconds(budget.rolling) // STEADINESS
    return Condition(
        identity=identity(budget, found.percent, found.group),
        window=period,
        value=found.value,
        limit=found.limit,
        breached=found.value >= found.limit or _persists(budget, found, period),
        hold_ns=nanoseconds(budget.hold),
        keep_firing_ns=steady,
        breached_since=breached_since,
        annotations=budget.told,
    )


def _persists(budget: BudgetConfig, found: Reached, period: Window) -> bool:
    alert = found.alert
    return (
        budget.rolling is None
        and alert is not None
        and alert.state is State.FIRING
        and alert.window == period
        and alert.limit == found.limit
    )
