"""What people read of an alert: one line; and the body of a webhook in Alertmanager's shape (version 4); pure."""

import hashlib
import json

from gemledger_collector.alerts.alert import Alert, State
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts.quantities import duration, in_words, iso, usd
from gemledger_collector.alerts_config import LOG, METRICS
from gemledger_collector.storage.alert_outbox import Message

ENDLESS = "0001-01-01T00:00:00Z"
"""Alertmanager's ``endsAt`` of an alert that has not ended."""


def summary(alert: Alert) -> str:
    """What is the case, in one line."""
    rule, percent = alert.identity.rule, alert.identity.threshold_percent
    value, limit = in_words(alert.value, alert.unit), in_words(alert.limit, alert.unit)
    if alert.identity.kind == "budget" and percent is not None:
        whole = alert.limit * 100 // percent  # the limit of an alert is the amount at its threshold
        return f"budget {rule}: {percent} % reached, {value} spent of {usd(whole)}"
    measured = METRICS[alert.metric].words if alert.metric in METRICS else ""  # type: ignore[index]  # just looked for
    what = f"{measured} {value}".strip() if alert.metric != "cost" else value
    if alert.state is State.NO_DATA:
        return f"{rule}: nothing is measured within {duration(alert.window.seconds)}"
    return f"{rule}: {what} within {duration(alert.window.seconds)}, limit {limit}"


def message(notification: Notification) -> Message:
    """A notification as it enters the outbox. Its id depends on what is said, and to whom, at which look."""
    first = notification.alerts[0]
    said = "/".join(f"{alert.key}/{alert.state}" for alert in notification.alerts)
    channel = notification.channel
    identity = f"{channel}/{notification.group_key}/{notification.created_at_unix_nano}/{said}"
    return Message(
        notification_id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        created_at_unix_nano=notification.created_at_unix_nano,
        sequence=notification.sequence,
        channel=channel,
        rule=first.identity.rule,
        fingerprint=first.identity.fingerprint,
        fingerprints=json.dumps([alert.identity.fingerprint for alert in notification.alerts]),
        group_key=notification.group_key,
        status=notification.status,
        reason=notification.reason.value,
        body=_log_lines(notification) if channel == LOG else _webhook(notification),
    )


def _log_lines(notification: Notification) -> str:
    return "\n".join(_log_line(alert, notification) for alert in notification.alerts)


def _log_line(alert: Alert, notification: Notification) -> str:
    cause = f"; {alert.cause}" if alert.cause else ""
    why = alert.reason if alert.state is State.RESOLVED else notification.reason
    return f"{_status(alert)} [{alert.identity.severity}] {summary(alert)}{cause} ({why})"


def _webhook(notification: Notification) -> str:
    alerts = [_webhook_alert(alert, notification.external_url) for alert in notification.alerts]
    first = alerts[0]
    body = {
        "version": "4",
        "groupKey": notification.group_key,
        "truncatedAlerts": 0,
        "status": notification.status,
        "receiver": notification.channel,
        "groupLabels": dict(notification.group_labels),
        "commonLabels": first["labels"],
        "commonAnnotations": first["annotations"],
        "externalURL": notification.external_url,
        "notification_reason": notification.reason.value,
        "alerts": alerts,
    }
    return json.dumps(body, ensure_ascii=False)


def _webhook_alert(alert: Alert, external_url: str) -> dict[str, object]:
    return {
        "status": _status(alert),
        "labels": alert.identity.labels,
        "annotations": _annotations(alert),
        "startsAt": iso(alert.started_at),
        "endsAt": ENDLESS if alert.resolved_at is None else iso(alert.resolved_at),
        "generatorURL": external_url,
        "fingerprint": alert.identity.fingerprint,
    }


def _status(alert: Alert) -> str:
    return "resolved" if alert.state is State.RESOLVED else "firing"


def _annotations(alert: Alert) -> dict[str, str]:
    # Alertmanager's annotations are strings: amounts are exact, in their unit, and read well in the summary.
    excess = max(0, alert.value - alert.limit)
    return {
        **alert.annotations,
        "summary": summary(alert),
        f"value_{alert.unit}": str(alert.value),
        f"limit_{alert.unit}": str(alert.limit),
        f"excess_{alert.unit}": str(excess),
        "cause": alert.cause,
    }
