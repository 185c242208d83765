"""A Prometheus Alertmanager that routes, groups and silences by itself: alerts are pushed to its API, version 2.

As Prometheus does, a firing alert is pushed again and again with an end in the near future: if we die, it resolves.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts.channels.outcome import Outcome, Pace
from gemledger_collector.alerts.channels.posting import Post, Poster
from gemledger_collector.alerts.channels.wording import annotations, dashboard_link, labels
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts.quantities import iso
from gemledger_collector.alerts_config import AlertmanagerConfig
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage.alert_outbox import NotificationRow

PATH = "/api/v2/alerts"
MISSED_PUSHES = 4
"""How many pushes may fail before a firing alert ends over there: Prometheus' own figure."""

MOST_AT_ONCE = 500
"""Alerts in one post."""

Pushed = dict[str, Any]


def body(notification: Notification) -> str:
    """The alerts as Alertmanager takes them; the end of those that fire is added when they are sent."""
    return pushed(notification.alerts, notification.external_url)


def pushed(alerts: Sequence[Alert], external_url: str) -> str:
    """Alerts as JSON."""
    return json.dumps([_pushed(alert, external_url) for alert in alerts], ensure_ascii=False)


def with_ends(body: str, now: int, resend_every: timedelta) -> str:
    """The body with an end for those that fire: after so many missed pushes, counted from when it is sent."""
    end = iso(now + MISSED_PUSHES * nanoseconds(resend_every))
    return json.dumps([{"endsAt": end, **each} for each in json.loads(body)], ensure_ascii=False)


class Alertmanager:
    """Pushes to one Alertmanager."""

    def __init__(self, config: AlertmanagerConfig) -> None:
        self.name = config.name
        self.pace = Pace(config.max_per_minute)
        self._config = config
        self._poster = Poster(config.timeout.total_seconds())
        self._url = f"{config.url.rstrip('/').removesuffix(PATH)}{PATH}"

    @property
    def resend_every_ns(self) -> int:
        """How often it is told again of what fires."""
        return nanoseconds(self._config.resend_every)

    def send(self, row: NotificationRow, now: int) -> Outcome:
        """As ``Channel`` says."""
        return self.push(row.body, now)

    def push(self, body: str, now: int) -> Outcome:
        """Post alerts, with an end for those that fire."""
        config = self._config
        auth = None if config.username is None else (config.username, config.password or "")
        written = with_ends(body, now, config.resend_every)
        return self._poster.post(Post(self._url, written, {}, auth))

    def close(self) -> None:
        """Close the connections kept alive."""
        self._poster.close()


def _pushed(alert: Alert, external_url: str) -> Pushed:
    told: Pushed = {
        "labels": {name: value for name, value in labels(alert).items() if value},
        "annotations": annotations(alert, external_url),
        "startsAt": iso(alert.firing_since or alert.started_at),
    }
    address = dashboard_link(alert, external_url)
    if address:
        told["generatorURL"] = address
    if alert.resolved_at is not None:
        told["endsAt"] = iso(alert.resolved_at)
    return told
