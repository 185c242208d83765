"""Alerts and judged answers as tables for the screen."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pandas as pd

from gemledger_dashboard import formats
from gemledger_dashboard.answers import Alert, AlertHistory, Change, Evaluation, QualityRow
from gemledger_dashboard.grouping import UNSET

COUNTS = ("Judged", "Cannot tell", "Errors")
"""The columns that hold whole numbers."""


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


def versions(rows: Sequence[QualityRow]) -> pd.DataFrame:
    """One line per feature and prompt version of one dimension, with both intervals."""
    return pd.DataFrame(
        [
            {
                "Feature": row.keys.get("feature") or UNSET,
                "Prompt version": row.keys.get("prompt_version") or UNSET,
                "Judged": row.judged,
                "Judge-flagged": formats.percent(row.bad_rate),
                "95 % interval": formats.percent_interval(row.bad_rate_low, row.bad_rate_high),
                "Mean score": formats.score(row.mean_score),
                "Cannot tell": row.cannot_tell,
                "Errors": row.errors,
            }
            for row in rows
        ]
    )


def checks(totals: Sequence[QualityRow]) -> pd.DataFrame:
    """One line per deterministic check."""
    return pd.DataFrame(
        [
            {
                "Check": row.dimension,
                "Checked": row.judged,
                "Failed": formats.percent(row.bad_rate),
                "95 % interval": formats.percent_interval(row.bad_rate_low, row.bad_rate_high),
                "Errors": row.errors,
            }
            for row in totals
        ]
    )


def changes(found: Sequence[Change], zone: ZoneInfo) -> pd.DataFrame:
    """One line per change, the newest first."""
    return pd.DataFrame(
        [
            {
                "When": formats.instant(change.time, zone),
                "Feature": change.feature or UNSET,
                "What": change.kind.replace("_", " ").capitalize(),
                "Before": change.before,
                "After": change.after,
            }
            for change in reversed(found)
        ]
    )


def flagged(evaluations: Sequence[Evaluation], zone: ZoneInfo) -> pd.DataFrame:
    """One line per flagged answer, with the judge's reason."""
    return pd.DataFrame(
        [
            {
                "Call": formats.instant(answer.call_start_time, zone),
                "Dimension": answer.dimension,
                "Reason": answer.reason,
                "Score": formats.score(answer.score),
                "Feature": answer.feature or UNSET,
                "Prompt version": answer.prompt_version or UNSET,
                "Model": answer.model or UNSET,
                "Judge": f"{answer.judge_model}, rubric {answer.rubric_version}",
                "Trace": answer.trace_id,
            }
            for answer in evaluations
        ]
    )
