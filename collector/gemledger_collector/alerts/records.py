"""Alerts, groups and silences as the store keeps them, and back."""

import json
from collections.abc import Mapping

from pydantic import TypeAdapter

from gemledger_collector.alerts.alert import Alert, Ended, Identity, State, Window
from gemledger_collector.alerts.channels.wording import summary
from gemledger_collector.alerts.dispatch.groups import Group
from gemledger_collector.alerts.dispatch.muting import Silence, acknowledgement_id
from gemledger_collector.alerts_config import Unit
from gemledger_collector.alerts_config.matching import Matcher, Matching
from gemledger_collector.storage.alert_groups import GroupRow
from gemledger_collector.storage.alert_history import AlertRow
from gemledger_collector.storage.silences import SilenceRow

_MATCHER: TypeAdapter[Matching] = TypeAdapter(Matching)
_UNIT: TypeAdapter[Unit] = TypeAdapter(Unit)


def to_row(alert: Alert) -> AlertRow:
    """The row that holds an alert."""
    identity = alert.identity
    return AlertRow(
        fingerprint=identity.fingerprint,
        rule=identity.rule,
        kind=identity.kind,
        severity=identity.severity,
        filter=_written(identity.filter),
        threshold_percent=identity.threshold_percent,
        labels=_written(identity.extra),
        state=alert.state.value,
        window_start_unix_nano=alert.window.start_unix_nano,
        window_end_unix_nano=alert.window.end_unix_nano,
        value=alert.value,
        limit_value=alert.limit,
        unit=alert.unit,
        metric=alert.metric,
        started_at_unix_nano=alert.started_at,
        last_breached_at_unix_nano=alert.last_breached_at,
        firing_since_unix_nano=alert.firing_since,
        resolved_at_unix_nano=alert.resolved_at,
        notified_at_unix_nano=alert.notified_at,
        reason=alert.reason,
        cause=alert.cause,
        evidence=alert.evidence,
        annotations=_written(alert.annotations),
        summary=summary(alert),
    )


def from_row(row: AlertRow) -> Alert:
    """The alert a row holds."""
    ended = row.reason in set(Ended) and row.resolved_at_unix_nano is not None
    return Alert(
        identity=identity_of(row),
        state=State(row.state),
        window=Window(row.window_start_unix_nano, row.window_end_unix_nano),
        value=row.value,
        limit=row.limit_value,
        unit=_UNIT.validate_python(row.unit),
        metric=row.metric,
        started_at=row.started_at_unix_nano,
        last_breached_at=row.last_breached_at_unix_nano,
        firing_since=row.firing_since_unix_nano,
        resolved_at=row.resolved_at_unix_nano,
        notified_at=row.notified_at_unix_nano,
        ended=Ended(row.reason) if ended else Ended.OPEN,
        told="" if ended else row.reason,
        cause=row.cause,
        evidence=row.evidence,
        annotations=json.loads(row.annotations),
    )


def identity_of(row: AlertRow) -> Identity:
    """Whose alert a row is."""
    return Identity(
        row.rule,
        row.kind,
        row.severity,
        row.filter_labels,
        row.threshold_percent,
        json.loads(row.labels),
    )


def group_from_row(row: GroupRow) -> Group:
    """The group a row holds."""
    return Group(
        row.channel, row.group_key, row.began_at_unix_nano, row.notified_at_unix_nano, row.told_keys
    )


def group_to_row(group: Group) -> GroupRow:
    """The row that holds a group."""
    return GroupRow(
        channel=group.channel,
        group_key=group.group_key,
        began_at_unix_nano=group.began_at,
        notified_at_unix_nano=group.notified_at,
        told_firing=json.dumps(sorted(group.told_firing)),
    )


def silence_from_row(row: SilenceRow) -> Silence:
    """The silence a row holds."""
    return Silence(
        silence_id=row.silence_id,
        matchers=tuple(_MATCHER.validate_python(each) for each in row.written_matchers),
        starts_at=row.starts_at_unix_nano,
        ends_at=row.ends_at_unix_nano,
        created_by=row.created_by,
        comment=row.comment,
        created_at=row.created_at_unix_nano,
        updated_at=row.updated_at_unix_nano,
    )


def acknowledgement_row(
    alert: AlertRow, by: str, comment: str, ends_at: int, now: int
) -> SilenceRow:
    """The silence that says that somebody has seen this alert; ``ends_at`` may be ``WHILE_OPEN``."""
    labels = identity_of(alert).labels
    named = [
        Matcher(label=name, operator="=", value=labels[name])
        for name in sorted(labels)
        if name.isidentifier() and name.isascii()
    ]
    return SilenceRow(
        silence_id=acknowledgement_id(alert.fingerprint, alert.started_at_unix_nano),
        matchers=json.dumps([str(matcher) for matcher in named]),
        starts_at_unix_nano=now,
        ends_at_unix_nano=ends_at,
        created_by=by,
        comment=comment,
        created_at_unix_nano=now,
        updated_at_unix_nano=now,
    )


def _written(labels: Mapping[str, str]) -> str:
    return json.dumps(dict(labels), sort_keys=True, ensure_ascii=False)
