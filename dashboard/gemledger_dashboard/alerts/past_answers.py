"""Alerts and the messages about them, as the collector answers them, typed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gemledger_dashboard.frame.json_parts import moment, texts
from gemledger_dashboard.spend.sums import Json


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: pending, firing, without data or resolved. Value and limit are integers of the unit."""

    fingerprint: str
    rule: str
    kind: str
    state: str
    severity: str
    value: int
    limit: int
    unit: str
    threshold_percent: int | None
    started_at: datetime
    firing_since: datetime | None
    resolved_at: datetime | None
    reason: str
    notified: bool
    cause: str
    summary: str
    labels: Mapping[str, str]
    muted_by: tuple[str, ...] = ()
    """What keeps it quiet now, in words."""

    @property
    def began(self) -> datetime:
        """When it fired; while it has not, when its condition became true."""
        return self.firing_since or self.started_at


@dataclass(frozen=True, slots=True)
class Notification:
    """One message about an alert; `sent_at` is None as long as it has not arrived."""

    created_at: datetime
    sent_at: datetime | None
    channel: str
    rule: str
    fingerprint: str
    status: str
    reason: str
    delivered: bool
    waiting: bool
    attempts: int
    error: str
    fingerprints: tuple[str, ...] = ()
    """Of every alert it is about; ``fingerprint`` is the first one's."""


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """Alerts and the messages about them."""

    alerts: tuple[Alert, ...]
    notifications: tuple[Notification, ...]


def alert_history(body: Json) -> AlertHistory:
    """`/api/v1/alerts`."""
    return AlertHistory(
        tuple(alert(row) for row in body["alerts"]),
        tuple(_notification(row) for row in body["notifications"]),
    )


def alert(row: Json) -> Alert:
    """One alert of any answer."""
    return Alert(
        fingerprint=str(row["fingerprint"]),
        rule=str(row["rule"]),
        kind=str(row["kind"]),
        state=str(row["state"]),
        severity=str(row["severity"]),
        value=int(row["value"]),
        limit=int(row["limit"]),
        unit=str(row["unit"]),
        threshold_percent=row["threshold_percent"],
        started_at=datetime.fromisoformat(row["started_at"]),
        firing_since=moment(row["firing_since"]),
        resolved_at=moment(row["resolved_at"]),
        reason=row["reason"] or "",
        notified=bool(row["notified"]),
        cause=row["cause"] or "",
        summary=row["summary"] or "",
        labels=texts(row["labels"]),
        muted_by=tuple(_mute(mute) for mute in row["muted_by"]),
    )


def _mute(mute: Json) -> str:
    where = f" for {mute['channel']}" if mute["channel"] else ""
    return f"{mute['by']} {mute['name']}{where} ({mute['words']})"


def _notification(row: Json) -> Notification:
    return Notification(
        created_at=datetime.fromisoformat(row["created_at"]),
        sent_at=moment(row["sent_at"]),
        channel=str(row["channel"]),
        rule=str(row["rule"]),
        fingerprint=str(row["fingerprint"]),
        status=str(row["status"]),
        reason=row["reason"] or "",
        delivered=bool(row["delivered"]),
        waiting=bool(row["waiting"]),
        attempts=int(row["attempts"]),
        error=row["error"] or "",
        fingerprints=tuple(row["fingerprints"]),
    )
