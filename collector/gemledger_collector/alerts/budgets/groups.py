"""The groups of a budget: what ``each`` makes of it, and which of them have an alert open."""

from collections.abc import Iterable, Mapping

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts_config import BudgetConfig
from gemledger_collector.storage.budget_spend import Group, Traffic

OpenAlerts = Mapping[str, list[Alert]]
"""The open alerts of budgets by the budget's name."""

KINDS = frozenset({"budget", "burn_rate"})


def traffic_of(budget: BudgetConfig) -> Traffic:
    """The spend a budget is about, taken apart by ``each``."""
    return Traffic(budget.filter.labels(), budget.each)


def labels_of(budget: BudgetConfig, group: Group) -> dict[str, str]:
    """The traffic of one group: the budget's filter and the group's own values."""
    return {**budget.filter.labels(), **dict(zip(budget.each, group, strict=True))}


def by_budget(open_alerts: Mapping[str, Alert]) -> OpenAlerts:
    """Sorted once for each look, since there may be thousands."""
    found: dict[str, list[Alert]] = {}
    for alert in open_alerts.values():
        if alert.identity.kind in KINDS:
            found.setdefault(alert.identity.rule, []).append(alert)
    return found


def group_of(budget: BudgetConfig, alert: Alert) -> Group | None:
    """The group an alert is about; None where the budget has been taken apart in another way since."""
    labels = alert.identity.filter
    group = tuple(labels.get(name, "") for name in budget.each)
    return group if labels == labels_of(budget, group) else None


def open_by_group(
    budget: BudgetConfig, alerts: Iterable[Alert], kind: str
) -> dict[tuple[Group, str], Alert]:
    """A budget's open alerts of a kind, by group and by what tells them apart in it: see ``step_of``."""
    found = {}
    for alert in alerts:
        group = group_of(budget, alert) if alert.identity.kind == kind else None
        if group is not None:
            found[group, step_of(alert)] = alert
    return found


def step_of(alert: Alert) -> str:
    """Which threshold or which pair of windows an alert is about."""
    identity = alert.identity
    if identity.threshold_percent is not None:
        return str(identity.threshold_percent)
    return identity.extra.get("long_window", "")
