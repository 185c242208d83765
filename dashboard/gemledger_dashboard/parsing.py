"""The collector's JSON → `answers`. Pure; what is not as agreed raises, nothing is guessed."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from gemledger_dashboard.answers import (
    Alert,
    AlertHistory,
    Budget,
    LimitRule,
    Limits,
    Notification,
    Spend,
    SpendRow,
    Status,
    Threshold,
)
from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.frame import display
from gemledger_dashboard.health import health_answers
from gemledger_dashboard.spend.sums import Json, Sums


def spend(body: Json) -> Spend:
    """`/api/v1/spend`."""
    by = tuple(str(name) for name in body["by"])
    rows = tuple(
        SpendRow(moment(row["bucket_start"]), keys(row, by), Sums.parse(row))
        for row in body["rows"]
    )
    totals = body["totals"]
    return Spend(
        by,
        rows,
        Sums.parse(totals),
        parse_pico(totals["committed_pico_usd"]),
        parse_pico(totals["overdue_pico_usd"]),
    )


def limits(body: Json) -> Limits:
    """`/api/v1/budgets`."""
    return Limits(
        tuple(budget(row) for row in body["budgets"]),
        tuple(_rule(row) for row in body["rules"]),
    )


def alert_history(body: Json) -> AlertHistory:
    """`/api/v1/alerts`."""
    return AlertHistory(
        tuple(alert(row) for row in body["alerts"]),
        tuple(_notification(row) for row in body["notifications"]),
    )


def status(body: Json) -> Status:
    """`/api/v1/status`."""
    return Status(
        version=str(body["version"]),
        price_book=str(body["price_book"]),
        latest_call=moment(body["latest_call"]),
        health=health_answers.health(body),
        display=display.parse(body["display"]) if "display" in body else display.Display(),
        models=tuple(str(model) for model in body.get("models", ())),
    )


def budget(row: Json) -> Budget:
    """One budget of any answer."""
    groups = row.get("groups", [])
    return Budget(
        name=str(row["name"]),
        period=_period(row),
        timezone=str(row["timezone"]),
        period_start=datetime.fromisoformat(row["period_start"]),
        period_end=datetime.fromisoformat(row["period_end"]),
        limit_pico_usd=parse_pico(row["limit_pico_usd"]),
        spent_pico_usd=parse_pico(row["spent_pico_usd"]),
        # Of a budget with groups, the figures are those of the group that has used the most.
        filter={**_texts(row["filter"]), **(_texts(groups[0]["labels"]) if groups else {})},
        severity=str(row["severity"]),
        thresholds=tuple(
            Threshold(int(step["percent"]), str(step["state"]), moment(step["since"]))
            for step in row["thresholds"]
        ),
    )


def _period(row: Json) -> str:
    if row.get("rolling_seconds") is None:
        return str(row["period"])
    length = timedelta(seconds=int(row["rolling_seconds"]))
    return f"{length} rolling".replace(", 0:00:00", "")


def _rule(row: Json) -> LimitRule:
    return LimitRule(
        name=str(row["name"]),
        metric=str(row["metric"]),
        window_seconds=int(row["window_seconds"]),
        limit_pico_usd=parse_pico(row["limit_pico_usd"]),
        value_pico_usd=parse_pico(row["value_pico_usd"]),
        state=str(row["state"]),
        filter=_texts(row["filter"]),
        severity=str(row["severity"]),
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
        labels=_texts(row["labels"]),
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


def keys(row: Json, by: tuple[str, ...]) -> Mapping[str, str | None]:
    """A group's keys; an empty one was not set."""
    return {name: row[name] or None for name in by}


def _texts(labels: Json) -> Mapping[str, str]:
    return {str(name): str(value) for name, value in labels.items() if value is not None}


def moment(text: str | None) -> datetime | None:
    """An instant of the API, where there is one."""
    return None if text is None else datetime.fromisoformat(text)
