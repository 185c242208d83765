"""``/api/v1/labels``: what people say of judged answers, which ones await it, and taking labels in."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gemledger_collector.api.contents import parsed
from gemledger_collector.api.context import Ask, Instant, Who, iso, unix_nano
from gemledger_collector.api.noting import note
from gemledger_collector.api.paging import Cursor, Limit, cursor_of, key_of
from gemledger_collector.errors import Forbidden, NotFound
from gemledger_collector.judge_config import words
from gemledger_collector.processors.redact import redacted
from gemledger_collector.storage import audit, labels
from gemledger_collector.storage.labels import END, Label, Listing

Json = dict[str, Any]
Verdict = Literal["good", "bad", "cannot_tell"]
_MOST_LABELS = 1_000
_MOST_NOTE = 4_000

router = APIRouter(prefix="/api/v1/labels", tags=["quality"])


class GivenLabel(BaseModel):
    """What somebody says of one answer in one dimension."""

    model_config = ConfigDict(extra="forbid")

    trace_id: str = Field(pattern="^[0-9a-fA-F]{32}$")
    span_id: str = Field(pattern="^[0-9a-fA-F]{16}$")
    dimension: str = Field(min_length=1, max_length=100)
    label: Verdict
    note: str | None = Field(None, max_length=_MOST_NOTE, description="redacted as content is")
    labelled_by: str | None = Field(
        None, min_length=1, max_length=200, description="default: the name of the token"
    )


class Given(BaseModel):
    """Labels to be stored."""

    model_config = ConfigDict(extra="forbid")

    labels: list[GivenLabel] = Field(min_length=1, max_length=_MOST_LABELS)
    source: Literal["api", "csv", "dashboard"] = "api"


class Wanted(BaseModel):
    """Which labels are listed."""

    model_config = ConfigDict(extra="forbid")

    dimension: str | None = None
    labelled_by: str | None = None
    since: Instant | None = Field(None, description="labelled from then on")
    until: Instant | None = None
    notes: bool = Field(
        False, description="with their notes: takes the scope content, and is noted in the audit"
    )
    cursor: Cursor = None
    limit: Limit = 100

    @property
    def question(self) -> dict[str, object]:
        """What a cursor belongs to."""
        return self.model_dump(exclude={"cursor", "limit"})

    @property
    def listing(self) -> Listing:
        """As the store takes it, one label more than asked for: it tells whether there is a next page."""
        time, row = map(int, key_of(self.question, self.cursor, ("time", "id")) or (END, END))
        return Listing(
            dimension=self.dimension,
            labelled_by=self.labelled_by,
            since=0 if self.since is None else unix_nano(self.since),
            until=END if self.until is None else unix_nano(self.until),
            before_time=time,
            before_row=row,
            notes=self.notes,
            limit=self.limit + 1,
        )


@router.post("")
def give(ask: Ask, who: Who, given: Given) -> Json:
    """Store labels; of a person the last one for an answer and dimension counts.

    An answer that nothing is known of is told in ``refused``, as an error of type not_found with its place in the list,
    and the others are stored all the same. Notes are redacted like captured content.
    """
    now = ask.clock()
    told = [_label(ask, each, given.source, who.name) for each in given.labels]
    with ask.store.writing() as transaction:
        unknown = set(labels.record(transaction, told, now))
        stored = [each for each in told if each not in unknown]
        if stored:
            dimensions = ", ".join(sorted({each.dimension for each in stored}))
            detail: audit.Detail = {
                "stored": len(stored),
                "dimension": dimensions[:200],
                "source": given.source,
            }
            audit.note(transaction, now, who.name, "labels", detail)
    refused = [_refused(index, each) for index, each in enumerate(told) if each in unknown]
    return {"stored": len(stored), "refused": refused}


@router.get("/next")
def following(
    ask: Ask,
    who: Who,
    response: Response,
    dimension: Annotated[str, Query(min_length=1, max_length=100)],
    feature: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> Json:
    """Answers that nobody has labelled in this dimension yet, with what was asked and answered, without the verdict.

    Half of them were flagged by the judge and half were not, in an order that is the same for everybody and does not
    tell which. Takes the scope ``content``.
    """
    note(ask, who, "content", {"to_label": dimension, "feature": feature, "answers": limit})
    with ask.store.reading() as snapshot:
        rows = labels.to_label(snapshot, dimension, feature, limit)
        known = labels.dimensions(snapshot)
    response.headers["Cache-Control"] = "no-store"
    return {
        "dimension": dimension,
        "labelled": known.get(dimension, 0),
        "waiting": rows[0]["waiting"] if rows else 0,
        "meanings": words.meanings(dimension, ask.config.judge.rubrics_folder),
        "answers": [_answer(row) for row in rows],
    }


@router.get("")
def listed(ask: Ask, who: Who, wanted: Annotated[Wanted, Query()]) -> Json:
    """Labels, the newest first, of each person the last one for an answer; ``next`` is the cursor of the page after."""
    if wanted.notes:
        if not who.may("content"):
            raise Forbidden("notes may quote an answer; they take a token with the scope content")
        note(ask, who, "content", {"label_notes": wanted.dimension, "labels": wanted.limit})
    with ask.store.reading() as snapshot:
        rows = labels.listed(snapshot, wanted.listing)
    page = rows[: wanted.limit]
    last = page[-1] if len(rows) > wanted.limit else None
    return {
        "labels": [_told(row) for row in page],
        "next": None
        if last is None
        else cursor_of(wanted.question, (last["labelled_at_unix_nano"], last["row_id"])),
    }


def _label(ask: Ask, given: GivenLabel, source: str, caller: str) -> Label:
    redactor = ask.config.processors.redact.redactor
    text = given.note or None
    return Label(
        trace_id=given.trace_id.lower(),
        span_id=given.span_id.lower(),
        dimension=given.dimension,
        label=given.label,
        note=redacted(text, redactor) if text and redactor is not None else text,
        labelled_by=given.labelled_by or caller,
        source=source,
    )


def _refused(index: int, label: Label) -> Json:
    return {
        "index": index,
        "trace_id": label.trace_id,
        "span_id": label.span_id,
        "type": NotFound.kind,
        "message": f"nothing is known of an answer {label.trace_id}/{label.span_id}: neither a verdict nor content",
    }


def _answer(row: Json) -> Json:
    return {
        "trace_id": row["trace_id"],
        "span_id": row["span_id"],
        "start_time": iso(row["call_start_unix_nano"]),
        "feature": row["feature"],
        "prompt_version": row["prompt_version"],
        "input_messages": parsed(row["input_messages"]),
        "output_messages": parsed(row["output_messages"]),
        "system_instructions": parsed(row["system_instructions"]),
    }


def _told(row: Json) -> Json:
    return {
        "trace_id": row["trace_id"],
        "span_id": row["span_id"],
        "call_start_time": iso(row["call_start_unix_nano"]),
        "dimension": row["dimension"],
        "label": row["label"],
        "note": row["note"],
        "labelled_by": row["labelled_by"],
        "source": row["source"],
        "labelled_at": iso(row["labelled_at_unix_nano"]),
    }
