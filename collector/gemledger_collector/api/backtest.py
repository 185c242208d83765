"""``POST /api/v1/alerts/backtest``: rules and budgets over the stored ledger; nothing is written, nobody is told."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts.backtest.walk import MOST_STEPS, Report, backtest
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.api.context import Ask, Context, Instant, iso, unix_nano
from gemledger_collector.config_problems import problems_of
from gemledger_collector.errors import Rejected
from gemledger_collector.storage.buckets import SLOT_SECONDS

Json = dict[str, Any]
WEEK_SECONDS = 7 * 86400
MOST_SHOWN = 1_000

router = APIRouter(tags=["alerts"])


class Wanted(BaseModel):
    """What is to be walked: the last week of the running configuration, where nothing is said."""

    model_config = ConfigDict(extra="forbid")

    since: Instant | None = None
    until: Instant | None = None
    alerts: Json | None = Field(None, description="a section extensions.alerts")
    names: list[str] = Field(default=[], max_length=100, description="rules and budgets; all")


@router.post("/api/v1/alerts/backtest")
def walked(ask: Ask, wanted: Wanted) -> Json:
    """What would have fired in [since, until), and who would have been told, quarter of an hour by quarter of an hour.

    It sees the ledger as it is now: what came late is there in time. Alerts that were open before ``since`` begin
    anew, silences are left out. ``fired`` and ``notifications`` have the first thousand, the counts all.
    """
    until = ask.clock() // 10**9 if wanted.until is None else unix_nano(wanted.until) // 10**9
    since = until - WEEK_SECONDS if wanted.since is None else unix_nano(wanted.since) // 10**9
    if not 0 <= (until - since) // SLOT_SECONDS <= MOST_STEPS:
        raise Rejected(f"give since before until, at most {MOST_STEPS // 96} days apart")
    config = _only(_config(ask, wanted), wanted.names)
    with ask.store.reading() as snapshot:
        report = backtest(snapshot, config, since, until)
    return {
        "since": iso(since * 10**9),
        "until": iso(until * 10**9),
        "grain_seconds": SLOT_SECONDS,
        **_shown(report),
    }


def _config(ask: Context, wanted: Wanted) -> AlertsConfig:
    if wanted.alerts is None:
        return ask.config.alerts
    try:
        return AlertsConfig.model_validate(wanted.alerts)
    except ValidationError as error:
        raise Rejected("; ".join(problems_of(error, AlertsConfig))) from None


def _only(config: AlertsConfig, names: list[str]) -> AlertsConfig:
    if not names:
        return config
    kinds = ("rules", "budgets", "spikes", "balances")
    kept = {
        kind: tuple(one for one in getattr(config, kind) if one.name in names) for kind in kinds
    }
    missing = sorted(set(names) - {one.name for found in kept.values() for one in found})
    if missing:
        raise Rejected(f"nothing is named {missing[0]!r}; names are those of rules and budgets")
    return config.model_copy(update=kept)


def _shown(report: Report) -> Json:
    return {
        "steps": report.steps,
        "fired_count": len(report.fired),
        "notification_count": len(report.sent),
        "fired": [_alert(alert) for alert in report.fired[:MOST_SHOWN]],
        "notifications": [_notification(each) for each in report.sent[:MOST_SHOWN]],
        "untested": [{"name": each.name, "why": each.why} for each in report.untested],
    }


def _alert(alert: Alert) -> Json:
    return {
        "rule": alert.identity.rule,
        "kind": alert.identity.kind,
        "severity": alert.identity.severity,
        "labels": alert.identity.labels,
        "firing_since": iso(alert.firing_since),
        "resolved_at": iso(alert.resolved_at),
        "unit": alert.unit,
        "value": str(alert.value),
        "limit": str(alert.limit),
    }


def _notification(sent: Notification) -> Json:
    return {
        "at": iso(sent.created_at_unix_nano),
        "channel": sent.channel,
        "status": sent.status,
        "reason": sent.reason,
        "alerts": [alert.identity.rule for alert in sent.alerts],
    }
