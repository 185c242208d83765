"""Alerts as the store keeps them, and back."""

import json

from gemledger_collector.alerts.alert import Alert, Identity, Notify, State, Window
from gemledger_collector.alerts.messages import summary
from gemledger_collector.storage.alert_history import AlertRow


def to_row(alert: Alert) -> AlertRow:
    """The row that holds an alert."""
    return AlertRow(
        fingerprint=alert.identity.fingerprint,
        rule=alert.identity.rule,
        kind=alert.identity.kind,
        severity=alert.identity.severity,
        filter=json.dumps(dict(alert.identity.filter), sort_keys=True),
        threshold_percent=alert.identity.threshold_percent,
        state=alert.state.value,
        window_start_unix_nano=alert.window.start_unix_nano,
        window_end_unix_nano=alert.window.end_unix_nano,
        value_pico_usd=alert.value_pico_usd,
        limit_pico_usd=alert.limit_pico_usd,
        started_at_unix_nano=alert.started_at,
        firing_since_unix_nano=alert.firing_since,
        resolved_at_unix_nano=alert.resolved_at,
        notified_at_unix_nano=alert.notified_at,
        reason=alert.reason.value,
        cause=alert.cause,
        summary=summary(alert),
    )


def from_row(row: AlertRow) -> Alert:
    """The alert a row holds."""
    return Alert(
        identity=identity_of(row),
        state=State(row.state),
        window=Window(row.window_start_unix_nano, row.window_end_unix_nano),
        value_pico_usd=row.value_pico_usd,
        limit_pico_usd=row.limit_pico_usd,
        started_at=row.started_at_unix_nano,
        firing_since=row.firing_since_unix_nano,
        resolved_at=row.resolved_at_unix_nano,
        notified_at=row.notified_at_unix_nano,
        reason=Notify(row.reason),
        cause=row.cause,
    )


def identity_of(row: AlertRow) -> Identity:
    """Whose alert a row is."""
    return Identity(row.rule, row.kind, row.severity, row.filter_labels, row.threshold_percent)
