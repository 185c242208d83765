"""PagerDuty's Events API, version 2: an event for each alert, so that each has an incident of its own that ends."""

import hashlib
import json
from typing import Any

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts.channels.outcome import Outcome, Pace
from gemledger_collector.alerts.channels.parts import Parts
from gemledger_collector.alerts.channels.posting import Post, Poster
from gemledger_collector.alerts.channels.texts import plain
from gemledger_collector.alerts.channels.wording import (
    annotations,
    dashboard_link,
    labels,
    runbook_link,
    silence_link,
    status,
    summary,
)
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts.quantities import iso
from gemledger_collector.alerts_config import PagerDutyConfig
from gemledger_collector.storage.alert_outbox import NotificationRow

LONGEST_SUMMARY = 1024
_SEVERITIES = frozenset({"critical", "error", "warning", "info"})
_CLIENT = "gemledger"

Event = dict[str, Any]


def body(notification: Notification) -> str:
    """The events as a JSON array, without the routing key: that is a secret, and added when they are sent."""
    events = [_event(alert, notification) for alert in notification.alerts]
    return json.dumps(events, ensure_ascii=False)


def dedup_key(alert: Alert) -> str:
    """The incident an alert belongs to: by rule and labels, so the same after a restart."""
    identity = alert.identity
    written = json.dumps([identity.rule, sorted(identity.labels.items())], separators=(",", ":"))
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class PagerDuty:
    """Sends the events one by one; what was taken is not sent again when the rest is."""

    def __init__(self, config: PagerDutyConfig) -> None:
        self.name = config.name
        self.pace = Pace(config.max_per_minute)
        self._config = config
        self._poster = Poster(config.timeout.total_seconds())
        self._parts = Parts()

    def send(self, row: NotificationRow, now: int) -> Outcome:  # noqa: ARG002 - PagerDuty has a clock
        """As ``Channel`` says: an attempt is one event."""
        events: list[Event] = json.loads(row.body)
        return self._parts.send_next(row.notification_id, events, self._one)

    def close(self) -> None:
        """Close the connections kept alive."""
        self._poster.close()

    def _one(self, event: Event) -> Outcome:
        key = self._config.routing_key
        written = json.dumps({"routing_key": key, **event}, ensure_ascii=False)
        return self._poster.post(Post(self._config.url, written, {}), never_shown=key)


def _event(alert: Alert, notification: Notification) -> Event:
    key = dedup_key(alert)
    if status(alert) == "resolved":
        return {"event_action": "resolve", "dedup_key": key}
    external_url = notification.external_url
    links = (
        ("Dashboard", dashboard_link(alert, external_url)),
        ("Silence 1h", silence_link(alert, external_url)),
        ("Runbook", runbook_link(alert)),
    )
    return {
        "event_action": "trigger",
        "dedup_key": key,
        "client": _CLIENT,
        "client_url": external_url,
        "links": [{"href": url, "text": text} for text, url in links if url],
        "payload": _payload(alert, notification),
    }


def _payload(alert: Alert, notification: Notification) -> Event:
    identity = alert.identity
    severity = identity.severity if identity.severity in _SEVERITIES else "error"
    reason = notification.reason.value
    return {
        "summary": plain(
            f"{summary(alert)}{f'; {alert.cause}' if alert.cause else ''}", LONGEST_SUMMARY
        ),
        "source": plain(notification.external_url or _CLIENT),
        "severity": severity,
        "timestamp": iso(alert.started_at),
        "component": plain(identity.filter.get("service", identity.filter.get("model", _CLIENT))),
        "group": plain(identity.filter.get("team", identity.rule)),
        "class": identity.kind,
        "custom_details": {
            **labels(alert),
            **annotations(alert, notification.external_url),
            "reason": reason,
        },
    }
