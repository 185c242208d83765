"""Notifications as the engine makes them, for tests of what becomes of them."""

from dataclasses import replace
from typing import Any

from gemledger_collector.alerts.alert import Alert, Ended, Identity, State, Window
from gemledger_collector.alerts.notification import Notification, Reason
from gemledger_collector.storage.alert_outbox import NotificationRow

SECOND = 10**9
NOON = 1_794_312_000 * SECOND
"""2026-11-10T12:00:00Z."""
USD = 10**12


def alert(rule: str = "hourly-cost", **changes: Any) -> Alert:
    """An alert that fires since noon: $12.50 of the growth team, $10 allowed."""
    identity = Identity(
        rule,
        changes.pop("kind", "rule"),
        changes.pop("severity", "critical"),
        changes.pop("filter", {"team": "growth"}),
        changes.pop("threshold_percent", None),
    )
    firing = Alert(
        identity=identity,
        state=State.FIRING,
        window=Window(NOON - 3600 * SECOND, NOON),
        value=125 * USD // 10,
        limit=10 * USD,
        started_at=NOON,
        firing_since=NOON,
        metric="cost",
        cause="growth / search / gemini-2.5-flash with $11.00 of $12.50, its usual is $1.00",
        annotations={"runbook_url": "https://wiki.example.com/runbook"},
    )
    return replace(firing, **changes)


def ended(one: Alert, after_seconds: int = 600) -> Alert:
    """The same alert once it is over."""
    at = one.started_at + after_seconds * SECOND
    return replace(one, state=State.RESOLVED, resolved_at=at, ended=Ended.NOT_BREACHED)


def notification(*alerts: Alert, **changes: Any) -> Notification:
    """A message about these alerts, or about one that fires."""
    told = Notification(
        channel="oncall",
        group_key='{}:{alertname="hourly-cost"}',
        group_labels=(("alertname", "hourly-cost"),),
        alerts=alerts or (alert(),),
        reason=Reason.FIRST,
        created_at_unix_nano=NOON + 30 * SECOND,
        sequence=0,
        external_url="https://ledger.example.com",
    )
    return replace(told, **changes)


def row(body: str, **changes: Any) -> NotificationRow:
    """A message as it lies in the outbox."""
    lying = NotificationRow(
        notification_id="0123456789abcdef0123456789abcdef",
        created_at_unix_nano=NOON,
        sequence=0,
        channel="oncall",
        rule="hourly-cost",
        fingerprint="0123456789abcdef",
        fingerprints='["0123456789abcdef"]',
        group_key="{}",
        status="firing",
        reason=Reason.FIRST.value,
        body=body,
        attempts=0,
        next_attempt_unix_nano=NOON,
        delivered_at_unix_nano=None,
        error=None,
    )
    return replace(lying, **changes)
