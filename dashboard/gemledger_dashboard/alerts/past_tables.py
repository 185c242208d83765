"""Alerts as tables for the screen."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pandas as pd

from gemledger_dashboard.alerts.past_answers import Alert, AlertHistory
from gemledger_dashboard.drawing import formats


def alerts(history: AlertHistory, zone: ZoneInfo) -> pd.DataFrame:
    """One line per alert: what, state, when, how long, value against limit, who was told."""
    return pd.DataFrame(
        [
            {
                "State": alert.state,
                "Alert": alert_name(alert),
                "Severity": alert.severity,
                "Began": formats.instant(alert.began, zone),
                "Lasted": formats.duration(alert.resolved_at - alert.began)
                if alert.resolved_at
                else "goes on",
                "Value": formats.quantity(alert.value, alert.unit),
                "Limit": formats.quantity(alert.limit, alert.unit),
                "Told": told(alert, history),
                "Why": alert.reason,
                "Cause": alert.cause,
            }
            for alert in history.alerts
        ]
    )


def most_severe(alerts: Sequence[Alert]) -> list[Alert]:
    """What is open, each budget once: at the highest threshold it has reached."""
    found: dict[str, Alert] = {}
    for alert in alerts:
        if alert.state not in {"firing", "pending"}:
            continue
        one = alert.fingerprint if alert.threshold_percent is None else f"budget {alert.rule}"
        kept = found.get(one)
        if kept is None or (kept.threshold_percent or 0) < (alert.threshold_percent or 0):
            found[one] = alert
    return list(found.values())


def limit_reached(alert: Alert) -> bool:
    """Whether all of a limit that matters is used up, not only a part of it."""
    used_up = alert.threshold_percent is None or alert.threshold_percent >= 100
    return used_up and alert.state == "firing" and alert.severity == "critical"


def alert_name(alert: Alert) -> str:
    """The rule's or budget's name, with the threshold that was reached."""
    step = alert.threshold_percent
    return alert.rule if step is None else f"{alert.rule}, {step} %"


def told(alert: Alert, history: AlertHistory) -> str:
    """Which channels heard of an alert, and which did not.

    An alert that comes again has the same fingerprint: messages belong to the newest one before.
    """
    following = [
        other.started_at
        for other in history.alerts
        if other.fingerprint == alert.fingerprint and other.started_at > alert.started_at
    ]
    about = [
        message
        for message in history.notifications
        if alert.fingerprint in (message.fingerprint, *message.fingerprints)
        and message.created_at >= alert.started_at
        and (not following or message.created_at < min(following))
    ]
    heard = sorted({message.channel for message in about if message.delivered})
    waiting = {message.channel for message in about if message.waiting} - set(heard)
    failed = {message.channel for message in about} - waiting - set(heard)
    parts = [
        *heard,
        *(f"{channel} (failed)" for channel in sorted(failed)),
        *(f"{channel} (waiting)" for channel in sorted(waiting)),
    ]
    return ", ".join(parts) if alert.notified or parts else "nobody"


def notifications(history: AlertHistory, zone: ZoneInfo) -> pd.DataFrame:
    """One line per message: when, where to, about what, and whether it arrived."""
    return pd.DataFrame(
        [
            {
                "Written": formats.instant(message.created_at, zone),
                "Channel": message.channel,
                "Alert": message.rule,
                "State": message.status,
                "Arrived": "waiting" if message.waiting else "yes" if message.delivered else "no",
                "Attempts": message.attempts,
                "Why": message.error or message.reason,
            }
            for message in history.notifications
        ]
    )
