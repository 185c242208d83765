"""``GET /api/v1/alerts/board``: everything that somebody who is on call looks at, of one moment."""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from fastapi import APIRouter

from gemledger_collector.alerts_config.written import yaml_of
from gemledger_collector.api.alert_channels import shown_channels
from gemledger_collector.api.alert_rules import shown_rules
from gemledger_collector.api.alerts import END_OF_TIME, notification, shown_alerts
from gemledger_collector.api.budgets import shown_budgets
from gemledger_collector.api.context import Ask, Context, iso
from gemledger_collector.api.forecast import Forecast, foreseen_budgets
from gemledger_collector.api.silences import shown_silences
from gemledger_collector.storage import alert_history, alert_outbox
from gemledger_collector.storage.alert_history import AlertRow
from gemledger_collector.storage.alert_outbox import NotificationRow
from gemledger_collector.storage.transaction import Snapshot

Json = dict[str, Any]
MOST_OPEN = 200
MOST_GROUPS = 5
"""Of a rule or a budget: those nearest to the limit."""
MOST_MESSAGES = 2_000
MOST_FORECASTS = 1_000
CONTRIBUTORS = 3

router = APIRouter(tags=["alerts"])


@router.get("/api/v1/alerts/board")
def board(ask: Ask) -> Json:
    """What is open, its cause, who was told and the rule that made it; budgets with their forecast; one snapshot.

    ``rules``, ``silences`` and ``channels`` are as in their own answers, with the five groups nearest to a limit.
    """
    with ask.store.reading() as snapshot:
        rows = alert_history.open_alerts(snapshot)
        return {
            "at": iso(ask.clock()),
            "open_count": len(rows),
            "open": _open(ask, snapshot, _first(rows)),
            "budgets": _budgets(ask, snapshot),
            "rules": [_few(ask, rule) for rule in shown_rules(ask, snapshot)],
            "silences": shown_silences(ask, snapshot),
            "channels": shown_channels(ask, snapshot),
        }


def _first(rows: Sequence[AlertRow]) -> list[AlertRow]:
    """Those that fire before those that may, the newest first."""
    ordered = sorted(rows, key=lambda row: -row.started_at_unix_nano)
    return sorted(ordered, key=lambda row: row.state != "firing")[:MOST_OPEN]


def _open(ask: Context, snapshot: Snapshot, rows: Sequence[AlertRow]) -> list[Json]:
    since = min((row.started_at_unix_nano for row in rows), default=ask.clock())
    sent = alert_outbox.notifications_between(snapshot, since, END_OF_TIME, MOST_MESSAGES)
    return [
        {
            **shown,
            **_why(row),
            "told": _told(row, sent),
            "configured": yaml_of(ask.config.alerts, row.rule),
        }
        for row, shown in zip(rows, shown_alerts(ask, snapshot, rows), strict=True)
    ]


def _why(row: AlertRow) -> Json:
    """What the message was made of: who is behind the excess, and by what it grew; nothing where it is not of money."""
    if row.evidence is None:
        return {"contributors": [], "parts": None, "baseline": None}
    known = json.loads(row.evidence)
    payers = known.get("contributors", {}).get("payer", {})
    return {
        "contributors": payers.get("largest", [])[:CONTRIBUTORS],
        "parts": known.get("parts"),
        "baseline": known.get("baseline"),
    }


def _told(row: AlertRow, sent: Sequence[NotificationRow]) -> list[Json]:
    """The newest message to each channel since it began, and how many there were."""
    newest: dict[str, Json] = {}
    for message in sent:
        is_about = row.fingerprint in json.loads(message.fingerprints)
        if is_about and message.created_at_unix_nano >= row.started_at_unix_nano:
            known = newest.setdefault(message.channel, {**notification(message), "messages": 0})
            known["messages"] += 1
    return [newest[channel] for channel in sorted(newest)]


def _budgets(ask: Context, snapshot: Snapshot) -> list[Json]:
    foreseen = {
        (each.name, _key(each.labels)): each
        for each in foreseen_budgets(ask, snapshot, MOST_FORECASTS)
    }
    return [
        {
            **budget,
            "groups": list(islice(budget["groups"], MOST_GROUPS)),
            **_ahead(budget, foreseen),
        }
        for budget in shown_budgets(ask, snapshot)
    ]


def _ahead(budget: Json, foreseen: Mapping[tuple[str, str], Forecast]) -> Json:
    """The forecast of a budget; of one with groups, that of the group whose figures it shows."""
    group = budget["groups"][0]["labels"] if budget["groups"] else {}
    labels = {**budget["filter"], **group}
    found = foreseen.get((budget["name"], _key(labels)))
    return {"forecast": None if found is None else found.model_dump(mode="json")}


def _key(labels: Mapping[str, str]) -> str:
    return json.dumps(dict(labels), sort_keys=True)


def _few(ask: Context, rule: Json) -> Json:
    return {
        **rule,
        "groups": rule["groups"][:MOST_GROUPS],
        "configured": yaml_of(ask.config.alerts, rule["name"]),
    }
