"""What ``/metrics`` says of alerts and their messages: how many, in which state."""

from collections.abc import Iterator
from typing import get_args

from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.channels import forms
from gemledger_collector.api.context import Context
from gemledger_collector.config_values import Severity
from gemledger_collector.exposition import Metric, Sample, lines
from gemledger_collector.storage import alert_history, alert_outbox

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
METRICS = (ALERTS, WAITING)
_STATES = (State.PENDING, State.FIRING, State.NO_DATA)


def metrics_text(ask: Context) -> str:
    """In Prometheus text format 0.0.4."""
    return "".join(_text(ask))


def _text(ask: Context) -> Iterator[str]:
    with ask.store.reading() as snapshot:
        opened = alert_history.open_by_state(snapshot)
        waiting = alert_outbox.waiting_by_channel(snapshot)
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
