"""GET /api/v1/webhooks: what Google told by webhook, and what came of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from gemledger_collector.api.context import Ask, iso
from gemledger_collector.storage import webhooks

router = APIRouter(tags=["webhooks"])


@router.get("/api/v1/webhooks")
def told(ask: Ask, limit: Annotated[int, Query(ge=1, le=10_000)] = 100) -> dict[str, Any]:
    """Events that were taken in the last 30 days, the latest first.

    ``state``: ``pending`` until the job is fetched (for ever, where no ``fetch.api_key`` is set: the app fetches it),
    ``fetched``, ``settled`` where somebody else had fetched it, or ``given_up`` with the last ``error``.
    ``fetches`` says whether this collector fetches at all.
    """
    with ask.store.reading() as snapshot:
        rows = webhooks.listed(snapshot, limit)
    config = ask.config.settle.webhooks
    return {
        "enabled": config.enabled,
        "fetches": config.fetch.api_key is not None,
        "events": [_event(row) for row in rows],
    }


def _event(row: dict[str, Any]) -> dict[str, Any]:
    pending = row["state"] == "pending"
    return {
        "type": row["event_type"],
        "kind": row["kind"],
        "job": row["job_name"],
        "received_at": iso(row["received_at_unix_nano"]),
        "state": row["state"],
        "attempts": row["attempts"],
        "next_attempt_at": iso(row["next_attempt_unix_nano"]) if pending else None,
        "error": row["error"],
    }
