"""A webhook: Alertmanager's body (version 4), signed where a secret is configured."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts.channels.outcome import Outcome, Pace
from gemledger_collector.alerts.channels.posting import Post, Poster
from gemledger_collector.alerts.channels.texts import plain
from gemledger_collector.alerts.channels.wording import (
    annotations,
    dashboard_link,
    labels,
    status,
)
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts.quantities import iso
from gemledger_collector.alerts_config import WebhookConfig
from gemledger_collector.storage.alert_outbox import NotificationRow

SIGNATURE = "Gemledger-Signature"
ENDLESS = "0001-01-01T00:00:00Z"
"""Alertmanager's ``endsAt`` of an alert that has not ended."""
MOST_ALERTS = 1000


def body(notification: Notification) -> str:
    """The whole group as JSON."""
    told = [_alert(alert, notification.external_url) for alert in notification.alerts[:MOST_ALERTS]]
    return json.dumps(
        {
            "version": "4",
            "groupKey": plain(notification.group_key, None),
            "truncatedAlerts": max(0, len(notification.alerts) - MOST_ALERTS),
            "status": notification.status,
            "receiver": notification.channel,
            "groupLabels": {name: plain(value, None) for name, value in notification.group_labels},
            "commonLabels": _common([each["labels"] for each in told]),
            "commonAnnotations": _common([each["annotations"] for each in told]),
            "externalURL": notification.external_url,
            "notification_reason": notification.reason.value,
            "alerts": told,
        },
        ensure_ascii=False,
    )


def signature(secret: str, body: str, now: int) -> str:
    """``t=<unix seconds>,v1=<HMAC-SHA256 of "seconds.body" in hex>``: whoever has the secret can tell it is ours."""
    seconds = now // 10**9
    signed = f"{seconds}.{body}".encode()
    return f"t={seconds},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class Webhook:
    """POSTs the body; the header ``Idempotency-Key`` lets the receiver drop a repetition."""

    def __init__(self, config: WebhookConfig) -> None:
        self.name = config.name
        self.pace = Pace(config.max_per_minute)
        self._config = config
        self._poster = Poster(config.timeout.total_seconds())

    def send(self, row: NotificationRow, now: int) -> Outcome:
        """As ``Channel`` says."""
        headers = {"Idempotency-Key": row.notification_id}
        if self._config.secret:
            headers[SIGNATURE] = signature(self._config.secret, row.body, now)
        url = self._config.url
        return self._poster.post(Post(url, row.body, headers), never_shown=url)

    def close(self) -> None:
        """Close the connections kept alive."""
        self._poster.close()


def _alert(alert: Alert, external_url: str) -> dict[str, object]:
    return {
        "status": status(alert),
        "labels": labels(alert),
        "annotations": annotations(alert, external_url),
        "startsAt": iso(alert.started_at),
        "endsAt": ENDLESS if alert.resolved_at is None else iso(alert.resolved_at),
        "generatorURL": dashboard_link(alert, external_url) or external_url,
        "fingerprint": alert.identity.fingerprint,
    }


def _common(each_has: Sequence[object]) -> dict[str, str]:
    """What all have alike."""
    first, *others = (each if isinstance(each, Mapping) else {} for each in each_has or [{}])
    return {
        name: value
        for name, value in first.items()
        if all(other.get(name) == value for other in others)
    }
