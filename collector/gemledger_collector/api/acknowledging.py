"""``POST /api/v1/alerts/{id}/acknowledge``: somebody has seen an alert, and its channels need not repeat it."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gemledger.redaction import redact
from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.dispatch.muting import WHILE_OPEN
from gemledger_collector.alerts.records import acknowledgement_row, silence_from_row
from gemledger_collector.api.context import Ask, Instant, Who, iso, unix_nano
from gemledger_collector.api.explain import AlertId, named
from gemledger_collector.api.silences import LONGEST, detail, shown
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.errors import Rejected
from gemledger_collector.storage import audit, silences
from gemledger_collector.storage.alert_history import AlertRow

Json = dict[str, Any]

router = APIRouter(tags=["alerts"])


class Seen(BaseModel):
    """Who has seen an alert, and what they say; without ``until`` it holds for as long as the alert is open."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    comment: str = Field(min_length=1, max_length=1000)
    until: Instant | None = None


@router.post("/api/v1/alerts/{alert_id}/acknowledge", status_code=201)
def acknowledge(ask: Ask, who: Who, alert_id: AlertId, seen: Seen) -> Json:
    """Do not repeat this alert while it stays open: who was told that it fires is told when it ends.

    Another threshold, another severity, and the same alert when it fires anew are other alerts, and are told. To
    acknowledge again replaces what was said; ``DELETE /api/v1/alerts/silences/{id}`` takes it back. ``by`` is the name
    of the token where nothing is said, and the audit has that one.
    """
    now = ask.clock()
    with ask.store.writing() as transaction:
        alert = named(transaction, alert_id)
        _require_firing(alert)
        by, comment = redact(seen.by or who.name), redact(seen.comment)
        row = acknowledgement_row(alert, by, comment, _end(seen, now), now)
        silences.keep(transaction, row)
        audit.note(transaction, now, who.name, "acknowledge", {**detail(row), "by": row.created_by})
    return shown(silence_from_row(row), now)


def _require_firing(alert: AlertRow) -> None:
    if alert.state == State.RESOLVED:
        raise Rejected(
            f"{alert.rule} ended at {iso(alert.resolved_at_unix_nano)}; only what fires is acknowledged"
        )
    if alert.state != State.FIRING:
        raise Rejected(
            f"{alert.rule} is {alert.state}: nobody is told of it yet; wait until it fires, or silence it"
        )


def _end(seen: Seen, now: int) -> int:
    if seen.until is None:
        return WHILE_OPEN
    ends = unix_nano(seen.until)
    if not now < ends <= now + nanoseconds(LONGEST):
        raise Rejected(
            f"until is {iso(ends)}; give a moment of the next {LONGEST.days} days, or leave it out"
        )
    return ends
