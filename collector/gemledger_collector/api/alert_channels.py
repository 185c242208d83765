"""``/api/v1/alerts/channels``: does each channel deliver; and a test message on demand."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter

from gemledger_collector.alerts.channels import forms
from gemledger_collector.alerts.channels.trial import send_test
from gemledger_collector.api.context import Ask, Context, Who, iso
from gemledger_collector.api.noting import note
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.errors import NotFound
from gemledger_collector.storage import alert_outbox
from gemledger_collector.storage.alert_outbox import ChannelRow
from gemledger_collector.storage.transaction import Snapshot

Json = dict[str, Any]
RANGE_NS = nanoseconds(timedelta(days=30))

router = APIRouter(prefix="/api/v1/alerts/channels", tags=["alerts"])


@router.get("")
def channels(ask: Ask) -> Json:
    """Every channel, the log first, with what became of its messages of the last 30 days.

    ``state``: ``failing`` while something waits that was tried in vain, ``gave_up`` where the newest that failed was
    never delivered, ``waiting``, ``ok``, or ``unused``.
    """
    with ask.store.reading() as snapshot:
        return {"channels": shown_channels(ask, snapshot)}


def shown_channels(ask: Context, snapshot: Snapshot) -> list[Json]:
    """Every channel with how it stands."""
    found = alert_outbox.channels_since(snapshot, ask.clock() - RANGE_NS)
    return [
        {
            "name": name,
            "type": form if isinstance(form, str) else form.type,
            **_standing(found.get(name)),
        }
        for name, form in forms(ask.config.alerts).items()
    ]


@router.post("/{name}/test")
def tested(ask: Ask, who: Who, name: str) -> Json:
    """Send a message that says it is a test, at once, and tell what came of it. Noted in the audit."""
    form = forms(ask.config.alerts).get(name)
    if form is None:
        known = ", ".join(forms(ask.config.alerts))
        raise NotFound(f"there is no channel of that name; the configuration has {known}")
    note(ask, who, "channel_test", {"channel": name})
    outcome = send_test(form, ask.clock(), ask.config.extensions.api.external_url or "")
    return {
        "channel": name,
        "delivered": outcome.error is None,
        "error": outcome.error,
        "would_be_retried": outcome.retry,
    }


def _standing(row: ChannelRow | None) -> Json:
    row = row or ChannelRow("", 0, 0, 0, None, None, None, None, None)
    return {
        "state": _state(row),
        "waiting": row.waiting,
        "waiting_since": iso(row.waiting_since_unix_nano),
        "next_attempt_at": iso(row.next_attempt_unix_nano),
        "given_up": row.given_up,
        "last_success_at": iso(row.last_success_unix_nano),
        "last_error_at": iso(row.last_error_unix_nano),
        "last_error": row.last_error,
    }


def _state(row: ChannelRow) -> str:
    if row.failing:
        return "failing"
    if (row.last_error_unix_nano or 0) > (row.last_success_unix_nano or 0):
        return "gave_up"
    if row.waiting:
        return "waiting"
    return "unused" if row.last_success_unix_nano is None else "ok"
