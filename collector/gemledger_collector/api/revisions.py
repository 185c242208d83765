"""What is stored, priced or attributed again: asked for here, done in the background, and what came of it."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gemledger_collector.api.context import Ask, Context, Instant, Who, iso, unix_nano
from gemledger_collector.attribution_config import (
    EARLIEST_UNIX_NANO,
    LATEST_UNIX_NANO,
    AttributeProcessor,
)
from gemledger_collector.errors import NotFound, Rejected
from gemledger_collector.storage import alert_history, revisions
from gemledger_collector.storage.revisions import Kind, Revision
from gemledger_collector.storage.transaction import Snapshot
from gemledger_collector.upkeep.revise import asked

Json = dict[str, Any]
MOST_OVERLAY_CHARACTERS = 4 * 2**20

router = APIRouter(tags=["revisions"])


class Overlay(BaseModel):
    """Prices to lie over the built-in book: the text of a TOML file, and its name, for messages."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=MOST_OVERLAY_CHARACTERS)]
    file: Annotated[str, Field(min_length=1, max_length=1000)] = "overlay.toml"


class Reprice(BaseModel):
    """Which charges to price again, by start, ``to`` exclusive; without an overlay by the collector's own book."""

    model_config = ConfigDict(extra="forbid")

    since: Instant = Field(alias="from")
    until: Instant = Field(alias="to")
    overlay: Overlay | None = None
    dry_run: bool = False


@router.post("/api/v1/reprice", status_code=202)
def reprice(ask: Ask, who: Who, body: Reprice) -> Json:
    """Ask for a re-pricing. The answer is its state: ask for it again at /api/v1/price-changes/{id}."""
    since, until = unix_nano(body.since), unix_nano(body.until)
    if until <= since:
        raise Rejected("to is not after from; give a range that is not empty")
    dates = (max(since, EARLIEST_UNIX_NANO), min(until, LATEST_UNIX_NANO))
    book, overlay = ask.book, None
    if body.overlay is not None:
        book = asked.overlaid_book(body.overlay.text, body.overlay.file)
        overlay = {"file": body.overlay.file, "text": body.overlay.text}
    by = asked.Asked(who.name, ask.clock(), body.dry_run)
    revision = asked.reprice(ask.store, by, dates, book, overlay)
    ask.revisions.ring()
    return _shown(revision, ask, None)


@router.get("/api/v1/price-changes")
def price_changes(
    ask: Ask,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Json:
    """Re-pricings, the newest first, with what they changed by day and model."""
    return _listed(ask, "price", limit, offset)


@router.get("/api/v1/price-changes/{revision_id}")
def price_change(ask: Ask, revision_id: str) -> Json:
    """One re-pricing: how far it is, and what it changed so far."""
    return _one(ask, "price", revision_id)


@router.get("/api/v1/attribution")
def attribution(
    ask: Ask,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Json:
    """The rules in force, and the runs that made the store follow them, or said what others would change."""
    rules = ask.config.processors.attribute.model_dump(
        mode="json", by_alias=True, exclude_defaults=True
    )
    return {"rules": rules.get("rules", [])} | _listed(ask, "attribution", limit, offset)


@router.get("/api/v1/attribution/{revision_id}")
def attribution_run(ask: Ask, revision_id: str) -> Json:
    """One run: how far it is, and what it changes by month and payer."""
    return _one(ask, "attribution", revision_id)


@router.post("/api/v1/attribution/preview", status_code=202)
def preview(ask: Ask, who: Who, rules: AttributeProcessor) -> Json:
    """Ask what these rules would change. Nothing is changed; the answer's id leads to what was found."""
    by = asked.Asked(who.name, ask.clock(), dry_run=True)
    revision = asked.preview_rules(ask.store, by, rules)
    ask.revisions.ring()
    return _shown(revision, ask, None)


def _listed(ask: Context, kind: Kind, limit: int, offset: int) -> Json:
    with ask.store.reading() as snapshot:
        found = revisions.newest(snapshot, kind, limit + 1, offset)
        runs = [_shown(each, ask, snapshot) for each in found[:limit]]
    return {"runs": runs, "next_offset": offset + limit if len(found) > limit else None}


def _one(ask: Context, kind: Kind, revision_id: str) -> Json:
    with ask.store.reading() as snapshot:
        found = revisions.one(snapshot, revision_id)
        if found is None or found.kind != kind:
            raise NotFound(f"there is no run {revision_id!r}; the list has their ids")
        return _shown(found, ask, snapshot)


def _shown(revision: Revision, ask: Context, snapshot: Snapshot | None) -> Json:
    return {
        "id": revision.revision_id,
        "state": revision.state,
        "dry_run": revision.dry_run,
        "actor": revision.actor,
        "created_at": iso(revision.created_unix_nano),
        "finished_at": iso(revision.finished_unix_nano),
        "from": _date(revision.since_unix_nano),
        "to": _date(revision.until_unix_nano),
        "progress": _progress(revision, ask, snapshot),
        "book": revision.book,
        "looked_at": revision.looked_at,
        "changed": revision.changed,
        "difference": [_sent(row) for row in revision.differences],
        "error": revision.error,
    }


def _date(nanoseconds: int) -> str | None:
    """A moment; None for an end that is open."""
    is_open = nanoseconds in (EARLIEST_UNIX_NANO, LATEST_UNIX_NANO)
    return None if is_open else iso(nanoseconds)


def _sent(row: Mapping[str, object]) -> Json:
    return {
        name: str(value) if name.endswith("_pico_usd") else value for name, value in row.items()
    }


def _progress(revision: Revision, ask: Context, snapshot: Snapshot | None) -> float:
    """The share of the time it is about that is done, as far as anything is stored."""
    if revision.state == "done":
        return 1.0
    if snapshot is None:
        return 0.0
    first = alert_history.first_slot(snapshot)
    since = max(revision.since_unix_nano, (first or 0) * 10**9)
    until = min(revision.until_unix_nano, ask.clock())
    if until <= since:
        return 0.0
    return round(min(max((revision.cursor_unix_nano - since) / (until - since), 0.0), 0.999), 3)
