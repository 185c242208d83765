"""What ``/metrics`` says of alerts, their messages and budgets: how many, in which state, how much."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from typing import get_args

from gemledger_collector.alerts import budgets
from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.budgets.groups import traffic_of
from gemledger_collector.alerts.budgets.period import slots_of
from gemledger_collector.alerts.channels import forms
from gemledger_collector.api.context import Context
from gemledger_collector.config_values import PICO_USD, Severity
from gemledger_collector.exposition import Labels, Metric, Sample, lines
from gemledger_collector.storage import alert_history, alert_outbox
from gemledger_collector.storage.budget_spend import spend_by_group
from gemledger_collector.storage.transaction import Snapshot

ALERTS = Metric(
    "alerts", "gauge", "Alerts that are open, by state and severity.", prefix="gemledger_"
)
WAITING = Metric(
    "notifications_waiting",
    "gauge",
    "Messages about alerts that wait to be sent, or sent again.",
    label="channel",
    prefix="gemledger_",
)
SPENT = Metric(
    "budget_spent_usd",
    "gauge",
    "What a budget's present period has cost so far, in US dollars, by budget and group.",
    prefix="gemledger_",
)
LIMIT = Metric(
    "budget_limit_usd",
    "gauge",
    "What a budget allows in a period, in US dollars, by budget and group.",
    prefix="gemledger_",
)
METRICS = (ALERTS, WAITING, SPENT, LIMIT)
MOST_BUDGETS = 60
"""Budgets, and groups of budgets, that are shown; of each budget those groups that have used the most."""
_STATES = (State.PENDING, State.FIRING, State.NO_DATA)


def metrics_text(ask: Context) -> str:
    """In Prometheus text format 0.0.4."""
    return "".join(_text(ask))


def _text(ask: Context) -> Iterator[str]:
    with ask.store.reading() as snapshot:
        opened = alert_history.open_by_state(snapshot)
        waiting = alert_outbox.waiting_by_channel(snapshot)
        spent = list(_spent(snapshot, ask))
    # All of them, the zeros too: a series that vanishes resolves nothing.
    yield from lines(
        ALERTS,
        (
            Sample(opened.get((state, severity), 0), (("state", state), ("severity", severity)))
            for state in _STATES
            for severity in get_args(Severity)
        ),
    )
    yield from lines(
        WAITING,
        (Sample(waiting.get(name, 0), (("channel", name),)) for name in forms(ask.config.alerts)),
    )
    yield from lines(SPENT, (Sample(each.spent / PICO_USD, each.labels) for each in spent))
    yield from lines(LIMIT, (Sample(each.limit / PICO_USD, each.labels) for each in spent))


@dataclass(frozen=True, slots=True)
class _Spent:
    labels: Labels
    spent: int
    limit: int


def _spent(snapshot: Snapshot, ask: Context) -> Iterator[_Spent]:
    configured = ask.config.alerts.budgets[:MOST_BUDGETS]
    most_groups = MOST_BUDGETS // max(1, len(configured))
    for budget in configured:
        period = budgets.period_at(budget, ask.clock())
        found = spend_by_group(snapshot, traffic_of(budget), *slots_of(period))
        for group, spent in nlargest(most_groups, found.items(), key=lambda item: item[1]):
            labels = (("budget", budget.name), ("of", " / ".join(group)))
            yield _Spent(labels, spent, budget.limit_pico_usd)
