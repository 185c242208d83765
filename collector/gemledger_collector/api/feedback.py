"""``/api/v1/feedback``: what people say of answers: given, listed, and counted with intervals."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gemledger_collector.api.context import Ask, Instant, Who, iso, unix_nano
from gemledger_collector.api.noting import note
from gemledger_collector.api.paging import Cursor, Limit, cursor_of, key_of
from gemledger_collector.api.ranges import Range
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.errors import Forbidden, Rejected
from gemledger_collector.estimation import rates
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.processors.feedback import (
    COMMENT_CHARACTERS,
    ID_CHARACTERS,
    NAME_CHARACTERS,
    USER_FEEDBACK,
    Given,
    clean_comment,
)
from gemledger_collector.storage import feedback as stored
from gemledger_collector.storage.feedback import Counted, FeedbackSearch

Json = dict[str, Any]
Group = Literal["feature", "prompt_version", "model", "team", "environment", "name"]
MOST_AHEAD = timedelta(hours=1)
"""Of a clock that goes wrong."""
_LONGEST_COMMENT = 10 * COMMENT_CHARACTERS

router = APIRouter(tags=["feedback"])

Identifier = Annotated[str, Field(min_length=1, max_length=ID_CHARACTERS)]


class Verdict(BaseModel):
    """What is said of which answer: by its response id, or by its trace and span."""

    model_config = ConfigDict(extra="forbid")

    response_id: Identifier | None = None
    trace_id: Annotated[str, Field(pattern="^[0-9a-fA-F]{32}$")] | None = None
    span_id: Annotated[str, Field(pattern="^[0-9a-fA-F]{16}$")] | None = None
    thumbs: Literal["up", "down"] | None = None
    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    comment: Annotated[str, Field(max_length=_LONGEST_COMMENT)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS)] = USER_FEEDBACK
    user_id: Identifier | None = None
    given_at: Instant | None = Field(None, description="default: now")
    feedback_id: UUID | None = Field(
        None, description="sent again under the same id, it counts once"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.thumbs is None and self.score is None and not (self.comment or "").strip():
            raise ValueError("it says nothing; give thumbs, score or comment")
        if self.response_id is None and self.trace_id is None:
            raise ValueError("it is about nothing; give response_id, or trace_id and span_id")
        return self


@dataclass(frozen=True, slots=True)
class Filters:
    """Which feedback: its own name and verdict; the rest is of the call."""

    name: str | None = None
    label: Literal["up", "down"] | None = None
    feature: str | None = None
    prompt_version: str | None = None
    model: str | None = None
    trace_id: Annotated[str | None, Query(pattern="^[0-9a-fA-F]{32}$")] = None
    response_id: Annotated[str | None, Query(max_length=ID_CHARACTERS)] = None


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of the answer, and with what."""

    cursor: Cursor = None
    limit: Limit = 50
    comments: bool = False


Chosen = Annotated[Filters, Depends()]


@router.post("/api/v1/feedback", status_code=201)
def give(ask: Ask, verdict: Verdict) -> Json:
    """Say how good an answer was, from any language. The comment is redacted before it is stored.

    The call need not be here yet. Of several feedbacks of a user about one answer and name, the last counts.
    """
    now = ask.clock()
    given = _given(verdict, now, clean_comment(verdict.comment or "", ask.pipeline.redactor))
    with ask.store.writing() as transaction:
        is_new = not stored.is_known(transaction, given.feedback_id)
        if is_new:
            stored.append(transaction, [given], now, "api")
    if is_new:
        ask.telemetry.add("feedback_total", reason=given.kind)
    return {"feedback_id": given.feedback_id, "stored": is_new}


@router.get("/api/v1/feedback")
def listed(
    ask: Ask,
    who: Who,
    between: Range,
    filters: Chosen,
    page: Annotated[Page, Depends()],
) -> Json:
    """Feedback given in [since, until), the newest first, each with the call it is about.

    ``counts`` is false where the same user said something later. With ``comments``, which takes the scope content and
    is noted in the audit, what they wrote.
    """
    if page.comments:
        if not who.may("content"):
            raise Forbidden("comments take the scope content; ask without", caller=who.name)
        note(
            ask,
            who,
            "content",
            {"feedback_since": iso(between.since), "trace_id": filters.trace_id},
        )
    search = _search(filters, between.since, between.until)
    question = asdict(search) | {"since": None}
    key = key_of(question, page.cursor, ("time", "text"))
    after = None if key is None else (int(key[0]), str(key[1]))
    with ask.store.reading() as snapshot:
        rows = stored.listed(snapshot, search, after, page.limit + 1, comments=page.comments)
    shown, last = rows[: page.limit], rows[page.limit - 1 : page.limit]
    more = len(rows) > page.limit
    key_of_last = [(row["given_at_unix_nano"], row["feedback_id"]) for row in last]
    return {
        "since": iso(between.since),
        "until": between.told_until,
        "feedback": [_shown(row) for row in shown],
        "next": cursor_of(question, key_of_last[0]) if more else None,
    }


@router.get("/api/v1/feedback/summary")
def summary(
    ask: Ask,
    between: Range,
    filters: Chosen,
    by: Annotated[list[Group] | None, Query()] = None,
) -> Json:
    """How answers were liked, per group of calls: the share of thumbs down, and the mean score, with intervals.

    Those who say something are no sample of all users: compare groups with each other, and over time.
    """
    groups = tuple(dict.fromkeys(by or []))
    search = _search(filters, between.since, between.until)
    with ask.store.reading() as snapshot:
        rows = stored.counted(snapshot, search, groups)
    return {
        "since": iso(between.since),
        "until": between.told_until,
        "by": list(groups),
        "rows": [dict(zip(groups, row.group, strict=True)) | _figures([row]) for row in rows],
        "totals": _figures(rows),
        "interval": "95 %, Wilson for rates, Student for scores",
    }


def _given(verdict: Verdict, now: int, comment: str | None) -> Given:
    given_at = now if verdict.given_at is None else unix_nano(verdict.given_at)
    if given_at > now + nanoseconds(MOST_AHEAD):
        raise Rejected("given_at is in the future; give a time that is over, or none")
    return Given(
        feedback_id=str(verdict.feedback_id or uuid4()),
        given_at_unix_nano=given_at,
        trace_id=verdict.trace_id.lower() if verdict.trace_id else None,
        span_id=int(verdict.span_id, 16) if verdict.trace_id and verdict.span_id else None,
        response_id=verdict.response_id,
        name=verdict.name,
        label=verdict.thumbs,
        score=verdict.score,
        comment=comment,
        user_id=verdict.user_id,
    )


def _search(filters: Filters, since: int, until: int) -> FeedbackSearch:
    chosen = asdict(filters)
    if filters.trace_id is not None:
        chosen["trace_id"] = filters.trace_id.lower()
    return FeedbackSearch(since=since, until=until, **chosen)


def _shown(row: Json) -> Json:
    times = {
        "given_at": iso(row.pop("given_at_unix_nano")),
        "received_at": iso(row.pop("received_at_unix_nano")),
        "call_start_time": iso(row.pop("call_start_unix_nano")),
    }
    row["thumbs"] = row.pop("label")
    return times | row


def _figures(rows: list[Counted]) -> Json:
    up, down = sum(row.up for row in rows), sum(row.down for row in rows)
    scored = sum(row.scored for row in rows)
    squares = sum(row.score_square_total for row in rows)
    score = rates.mean(sum(row.score_total for row in rows), squares, scored)
    return {
        "given": sum(row.given for row in rows),
        "up": up,
        "down": down,
        "scored": scored,
        "comments": sum(row.comments for row in rows),
        "unmatched": sum(row.unmatched for row in rows),
        **_estimate("down_rate", rates.rate(down, up + down)),
        **_estimate("mean_score", score),
    }


def _estimate(name: str, found: Estimate | None) -> Json:
    if found is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
