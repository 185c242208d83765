"""From an alert and the store to what changed."""

from dataclasses import replace

from gemledger_collector.alerts.alert import MONEY, Alert
from gemledger_collector.alerts.cause.compared import comparison
from gemledger_collector.alerts.cause.evidence import evidence
from gemledger_collector.alerts.cause.explanation import Explanation, explain_cells
from gemledger_collector.alerts.cause.line import line
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.spend_cells import spend_cells
from gemledger_collector.storage.transaction import Snapshot


def explain(snapshot: Snapshot, alert: Alert, now: int) -> Explanation:
    """Why the alert's window, as far as it has come by ``now``, cost more than usual."""
    compared = comparison(alert.window, now, alert_history.first_slot(snapshot))
    only = {name: [value] for name, value in alert.identity.filter.items()}
    return explain_cells(spend_cells(snapshot, only, compared.slots), compared)


def with_cause(snapshot: Snapshot, alert: Alert, now: int) -> Alert:
    """The alert with its line for people and its evidence for programs.

    Of quality, and of what is not about money, whoever looked may have told the line: it is the annotation ``cause``.
    """
    if alert.unit != MONEY or alert.identity.kind == "quality":
        return replace(alert, cause=alert.annotations.get("cause", alert.cause))
    explanation = explain(snapshot, alert, now)
    return replace(alert, cause=line(explanation), evidence=evidence(explanation))
