"""``/api/v1/alerts/silences``: alerts that nobody is to be told of for a while, by whom, and why."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from gemledger.redaction import redact
from gemledger_collector.alerts.dispatch.muting import WHILE_OPEN, Silence
from gemledger_collector.alerts.records import silence_from_row
from gemledger_collector.alerts_config.matching import Matcher, parse_matcher
from gemledger_collector.api.context import Ask, Context, Instant, Who, iso, unix_nano
from gemledger_collector.config_values import nanoseconds, parse_duration
from gemledger_collector.errors import NotFound, Rejected
from gemledger_collector.storage import audit, silences
from gemledger_collector.storage.silences import SilenceRow
from gemledger_collector.storage.transaction import Snapshot

Json = dict[str, Any]
LONGEST = timedelta(days=366)

router = APIRouter(prefix="/api/v1/alerts/silences", tags=["alerts"])


def _matcher(written: str) -> str:
    found = parse_matcher(written)
    assert isinstance(found, Matcher)
    return str(found)


def _length(written: object) -> timedelta:
    length = parse_duration(written)
    if not timedelta(0) < length <= LONGEST:
        raise ValueError(f"{written} is not between 1s and {LONGEST.days}d; give 2h or 1d")
    return length


Written = Annotated[str, AfterValidator(_matcher), Field(max_length=1000)]
Length = Annotated[timedelta, BeforeValidator(_length), WithJsonSchema({"type": "string"})]


class Wanted(BaseModel):
    """A silence to be made: it begins now if nothing is said, and ends at ``ends_at`` or after ``duration``."""

    model_config = ConfigDict(extra="forbid")

    matchers: list[Written] = Field(min_length=1, max_length=20)
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    duration: Length | None = None
    comment: str = Field(min_length=1, max_length=1000)


@router.post("", status_code=201)
def make(ask: Ask, who: Who, wanted: Wanted) -> Json:
    """Keep quiet about alerts that all ``matchers`` match, each as ``team="growth"`` (also !=, =~, !~).

    What has been told to fire is still told to have ended. Its author is the name of the token.
    """
    now = ask.clock()
    row = _row(wanted, who.name, now)
    with ask.store.writing() as transaction:
        silences.keep(transaction, row)
        audit.note(transaction, now, who.name, "silence", detail(row))
    return shown(silence_from_row(row), now)


@router.get("")
def listed(ask: Ask, expired: bool = False) -> Json:
    """Silences that are active or will be, the newest first; with ``expired`` also those that have ended."""
    with ask.store.reading() as snapshot:
        return {"silences": shown_silences(ask, snapshot, expired=expired)}


def shown_silences(ask: Context, snapshot: Snapshot, *, expired: bool = False) -> list[Json]:
    """Silences and acknowledgements that last or will; with ``expired`` also those that have ended."""
    now = ask.clock()
    rows = silences.silences(snapshot, -1 if expired else now)
    return [shown(silence_from_row(row), now) for row in rows]


@router.delete("/{silence_id}")
def expire(ask: Ask, who: Who, silence_id: str) -> Json:
    """End a silence now. It is kept, so that one can see who was quiet about what; to end it twice changes nothing."""
    now = ask.clock()
    with ask.store.writing() as transaction:
        row = silences.silence(transaction, silence_id)
        if row is None:
            raise NotFound(
                f"there is no silence {silence_id!r}; GET /api/v1/alerts/silences lists them"
            )
        if row.ends_at_unix_nano > now:
            row = _ended(row, now)
            silences.keep(transaction, row)
            audit.note(transaction, now, who.name, "silence_expired", detail(row))
    return shown(silence_from_row(row), now)


def shown(silence: Silence, now: int) -> Json:
    """A silence as every answer has it; of an acknowledgement ``ends_at`` is null: it lasts while its alert is open."""
    return {
        "id": silence.silence_id,
        "kind": "acknowledgement" if silence.acknowledges else "silence",
        "matchers": [str(matcher) for matcher in silence.matchers],
        "state": silence.state(now),
        "starts_at": iso(silence.starts_at),
        "ends_at": None if silence.ends_at == WHILE_OPEN else iso(silence.ends_at),
        "created_by": silence.created_by,
        "comment": silence.comment,
        "created_at": iso(silence.created_at),
        "updated_at": iso(silence.updated_at),
    }


def _row(wanted: Wanted, author: str, now: int) -> SilenceRow:
    starts = now if wanted.starts_at is None else unix_nano(wanted.starts_at)
    return SilenceRow(
        silence_id=str(uuid.uuid4()),
        matchers=json.dumps(wanted.matchers),
        starts_at_unix_nano=starts,
        ends_at_unix_nano=_end(wanted, starts, now),
        created_by=author,
        comment=redact(wanted.comment),
        created_at_unix_nano=now,
        updated_at_unix_nano=now,
    )


def _end(wanted: Wanted, starts: int, now: int) -> int:
    if (wanted.ends_at is None) is (wanted.duration is None):
        raise Rejected("give either ends_at or duration, such as 2h")
    if wanted.duration is not None:
        ends = starts + nanoseconds(wanted.duration)
    else:
        assert wanted.ends_at is not None
        ends = unix_nano(wanted.ends_at)
    if ends <= max(starts, now):
        raise Rejected(
            f"the silence would end at {iso(ends)}, before it begins or in the past; give a later end"
        )
    if ends - max(starts, now) > nanoseconds(LONGEST):
        raise Rejected(f"the silence would last longer than {LONGEST.days}d; give an earlier end")
    return ends


def _ended(row: SilenceRow, now: int) -> SilenceRow:
    starts = min(row.starts_at_unix_nano, now)
    return replace(row, starts_at_unix_nano=starts, ends_at_unix_nano=now, updated_at_unix_nano=now)


def detail(row: SilenceRow) -> audit.Detail:
    """A silence as the audit has it."""
    return {
        "silence_id": row.silence_id,
        "matchers": ", ".join(row.written_matchers),
        "ends_at": iso(row.ends_at_unix_nano),
        "comment": row.comment[:200],
    }
