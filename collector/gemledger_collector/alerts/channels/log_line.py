"""The collector's own log: always there, and never down."""

import logging

from gemledger_collector.alerts.alert import Alert, State
from gemledger_collector.alerts.channels.outcome import Outcome, Pace
from gemledger_collector.alerts.channels.texts import plain
from gemledger_collector.alerts.channels.wording import status, summary
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts_config import LOG
from gemledger_collector.storage.alert_outbox import NotificationRow

log = logging.getLogger("gemledger.alerts")


def body(notification: Notification) -> str:
    """One line for each alert: state, severity, amounts, cause, reason."""
    return "\n".join(_line(alert, notification) for alert in notification.alerts)


def _line(alert: Alert, notification: Notification) -> str:
    cause = f"; {plain(alert.cause, 1000)}" if alert.cause else ""
    why = alert.reason if alert.state is State.RESOLVED else notification.reason
    return f"{status(alert)} [{alert.identity.severity}] {summary(alert)}{cause} ({why})"


class LogChannel:
    """Writes lines; nothing limits it."""

    name = LOG

    def __init__(self) -> None:
        self.pace = Pace()

    def send(self, row: NotificationRow, now: int) -> Outcome:  # noqa: ARG002 - the log has a clock
        """Write the lines; a resolution is no warning, and neither is a report."""
        level = logging.WARNING if row.status == "firing" else logging.INFO
        what = "report" if row.status == "report" else "alert"
        for line in row.body.splitlines():
            log.log(level, "%s %s", what, line)
        return Outcome()

    def close(self) -> None:
        """Nothing to let go of."""
