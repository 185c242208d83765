"""GET /api/v1/alerts: what fired, and what was sent."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from gemledger_collector.alerts import rules
from gemledger_collector.alerts.alert import MONEY, Identity, State, Watch, Window
from gemledger_collector.alerts.dispatch.muted import Mutes
from gemledger_collector.alerts.records import from_row, identity_of, silence_from_row
from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.api.context import Ask, Context, Instant, iso, unix_nano
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage import alert_history, alert_outbox, silences
from gemledger_collector.storage.alert_history import AlertRow
from gemledger_collector.storage.alert_outbox import NotificationRow
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.transaction import Snapshot

Json = dict[str, Any]
END_OF_TIME = 2**63 - 1
DEFAULT_RANGE_NS = nanoseconds(timedelta(days=30))
LONGEST_PERIOD_NS = nanoseconds(timedelta(days=32))

router = APIRouter(tags=["alerts"])


@router.get("/api/v1/alerts")
def alerts(
    ask: Ask,
    since: Instant | None = None,
    until: Instant | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 200,
) -> Json:
    """Alerts that lasted at some moment of the range (default: 30 days), open ones first, and its messages.

    ``muted_by`` says why nobody is told of one that fires: an acknowledgement, a silence, another alert, or times at
    which a channel's route is quiet.
    """
    begin, end = bounds(ask, since, until)
    with ask.store.reading() as snapshot:
        rows = alert_history.alerts_between(snapshot, begin, end, limit)
        sent = alert_outbox.notifications_between(snapshot, begin, end, limit)
        alerts = shown_alerts(ask, snapshot, rows)
    return {"alerts": alerts, "notifications": [notification(row) for row in sent]}


def shown_alerts(ask: Context, snapshot: Snapshot, rows: Sequence[AlertRow]) -> list[Json]:
    """Stored alerts as every answer has them."""
    mutes = _mutes(ask, snapshot)
    return [
        _alert(row) | {"muted_by": [asdict(mute) for mute in mutes.of(from_row(row))]}
        for row in rows
    ]


def _mutes(ask: Context, snapshot: Snapshot) -> Mutes:
    """What keeps alerts quiet now: an alert outside the range may be what does."""
    now = ask.clock()
    active = [silence_from_row(row) for row in silences.silences(snapshot, now)]
    alerts = [from_row(row) for row in alert_history.open_alerts(snapshot)]
    return Mutes(ask.config.alerts, alerts, active, now)


def bounds(ask: Context, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """A range in unix nanoseconds: from 30 days ago, and without an end, where nothing is said."""
    begin = ask.clock() - DEFAULT_RANGE_NS if since is None else unix_nano(since)
    return begin, END_OF_TIME if until is None else unix_nano(until)


def _alert(row: AlertRow) -> Json:
    return {
        "fingerprint": row.fingerprint,
        "rule": row.rule,
        "kind": row.kind,
        "labels": identity_of(row).labels,
        "state": row.state,
        "severity": row.severity,
        "metric": row.metric,
        "unit": row.unit,
        "value": str(row.value),
        "limit": str(row.limit_value),
        "value_pico_usd": str(row.value) if row.unit == MONEY else None,
        "limit_pico_usd": str(row.limit_value) if row.unit == MONEY else None,
        "annotations": json.loads(row.annotations),
        "threshold_percent": row.threshold_percent,
        "window_start": iso(row.window_start_unix_nano),
        "window_end": iso(row.window_end_unix_nano),
        "started_at": iso(row.started_at_unix_nano),
        "firing_since": iso(row.firing_since_unix_nano),
        "resolved_at": iso(row.resolved_at_unix_nano),
        "reason": row.reason,
        "notified": row.notified_at_unix_nano is not None,
        "cause": row.cause,
        "summary": row.summary,
    }


def notification(row: NotificationRow) -> Json:
    """A message as every answer has it."""
    return {
        "sent_at": iso(row.delivered_at_unix_nano),
        "created_at": iso(row.created_at_unix_nano),
        "channel": row.channel,
        "rule": row.rule,
        "fingerprint": row.fingerprint,
        "fingerprints": json.loads(row.fingerprints),
        "status": row.status,
        "reason": row.reason,
        "delivered": row.delivered_at_unix_nano is not None,
        "waiting": row.next_attempt_unix_nano is not None,
        "attempts": row.attempts,
        "error": row.error,
    }


def shown_rule(
    snapshot: Snapshot, rule: RuleConfig, recorded: list[AlertRow], watch: Watch
) -> Json:
    """A rule in its current window."""
    window_seconds = int(rule.window.total_seconds())
    since = slot_of(watch.watermark) - window_seconds - SLOT_SECONDS
    condition, _ = rules.assess(
        rule, alert_history.spend_by_slot(snapshot, rule.filter.labels(), since), watch
    )
    return {
        "name": rule.name,
        "metric": rule.metric,
        "window_seconds": window_seconds,
        "limit_pico_usd": str(rule.limit_pico_usd),
        "value_pico_usd": str(condition.value or 0),
        "filter": rule.filter.labels(),
        "severity": rule.severity,
        **standing(condition.identity, None, recorded),
    }


def standing(identity: Identity, period: Window | None, recorded: list[AlertRow]) -> Json:
    """Where an alert stands, in a period or at all; ``recorded`` has the open ones first."""
    # Open alerts come first in the list, so the first match is what holds now.
    for row in recorded:
        same = row.fingerprint == identity.fingerprint
        if period is None and same and row.state != State.RESOLVED:
            return {"state": row.state, "since": iso(row.started_at_unix_nano)}
        if period is not None and same and row.window_start_unix_nano == period.start_unix_nano:
            return {"state": row.state, "since": iso(row.started_at_unix_nano)}
    return {"state": State.INACTIVE.value, "since": None}
