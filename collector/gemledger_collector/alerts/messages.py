"""What people read: one line per alert, and the body of a webhook in Alertmanager's shape (version 4); pure."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gemledger_collector.alerts.alert import Alert, Notify, State
from gemledger_collector.alerts_config import RouteConfig
from gemledger_collector.storage.alert_history import Message

LOG = "log"
"""The channel that is always there."""
ENDLESS = "0001-01-01T00:00:00Z"
"""Alertmanager's ``endsAt`` of an alert that has not ended."""


def usd(pico_usd: int) -> str:
    """An amount for reading: cents, or four digits where there are no cents to see."""
    dollars = pico_usd / 10**12
    return f"${dollars:,.2f}" if abs(dollars) >= 0.1 or pico_usd == 0 else f"${dollars:.4g}"


def iso(at_unix_nano: int) -> str:
    """A moment as ISO 8601 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(at_unix_nano / 10**9, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration(seconds: int) -> str:
    """A length of time in its largest whole unit, such as 1h or 45m."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def summary(alert: Alert) -> str:
    """What is the case, in one line."""
    spent, limit, percent = (
        alert.value_pico_usd,
        alert.limit_pico_usd,
        alert.identity.threshold_percent,
    )
    if percent is None:
        return f"{alert.identity.rule}: {usd(spent)} within {duration(alert.window.seconds)}, limit {usd(limit)}"
    whole = limit * 100 // percent  # the limit of an alert is the amount at its threshold
    return f"budget {alert.identity.rule}: {percent} % reached, {usd(spent)} spent of {usd(whole)}"


def channels_of(alert: Alert, routes: Sequence[RouteConfig], channels: Sequence[str]) -> list[str]:
    """Where an alert goes: to the first route that matches, or to every channel; always to the log."""
    labels = alert.identity.labels
    for route in routes:
        if all(labels.get(name) == value for name, value in route.match.items()):
            return [LOG, *(name for name in route.channels if name != LOG)]
    return [LOG, *([] if routes else channels)]


@dataclass(frozen=True, slots=True)
class Occasion:
    """One evaluation's clock, the message's place among those it sends, and where the collector is reached."""

    now: int
    sequence: int
    external_url: str


def message(alert: Alert, notify: Notify, channel: str, occasion: Occasion) -> Message:
    """One alert for one channel. Its id depends on what is said and to whom, never on when it is sent."""
    fingerprint = alert.identity.fingerprint
    status = _status(alert)
    identity = f"{fingerprint}/{alert.started_at}/{status}/{alert.notified_at}/{channel}"
    return Message(
        notification_id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        created_at_unix_nano=occasion.now,
        sequence=occasion.sequence,
        channel=channel,
        rule=alert.identity.rule,
        fingerprint=fingerprint,
        status=status,
        reason=notify.value,
        body=_log_line(alert, status, notify)
        if channel == LOG
        else _webhook(alert, notify, channel, occasion.external_url),
    )


def _log_line(alert: Alert, status: str, notify: Notify) -> str:
    cause = f"; {alert.cause}" if alert.cause else ""
    return f"{status} [{alert.identity.severity}] {summary(alert)}{cause} ({notify.value})"


def _webhook(alert: Alert, notify: Notify, channel: str, external_url: str) -> str:
    one = _webhook_alert(alert, external_url)
    body = {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{alert.identity.rule}"}}',
        "truncatedAlerts": 0,
        "status": one["status"],
        "receiver": channel,
        "groupLabels": {"alertname": alert.identity.rule},
        "commonLabels": one["labels"],
        "commonAnnotations": one["annotations"],
        "externalURL": external_url,
        "notification_reason": notify.value,
        "alerts": [one],
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
    # Alertmanager's annotations are strings; amounts are exact, in picoUSD, for programs, and read well in the summary.
    excess = max(0, alert.value_pico_usd - alert.limit_pico_usd)
    return {
        "summary": summary(alert),
        "value_pico_usd": str(alert.value_pico_usd),
        "limit_pico_usd": str(alert.limit_pico_usd),
        "excess_pico_usd": str(excess),
        "cause": alert.cause,
    }
