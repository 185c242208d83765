"""``GET /api/v1/datasets``: what a data set holds; ``…/answers``: its rows, as an Arrow stream, a piece at a time."""

from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Annotated, Any, Literal

import pyarrow as pa
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

import gemledger_collector
from gemledger.redaction import KINDS, Redactor
from gemledger_collector.api.context import Ask, Context, Instant, Who, iso, unix_nano
from gemledger_collector.api.dataset_rows import FIELDS, table_of
from gemledger_collector.api.export import ARROW, IN_PIECES, NEXT, position
from gemledger_collector.api.noting import note
from gemledger_collector.errors import Rejected
from gemledger_collector.storage.datasets import By, Chosen, answers

router = APIRouter(tags=["quality"])

Json = dict[str, Any]
Label = Literal["good", "bad", "cannot_tell"]
Share = Annotated[float, Field(ge=0, le=1)]

_SAID = (
    "feature",
    "team",
    "prompt_version",
    "model",
    "label",
    "dimension",
    "min_score",
    "max_score",
    "thumbs",
)


class AnswersQuery(BaseModel):
    """A range, what the answers have in common, what was said of them, and where to go on."""

    model_config = ConfigDict(extra="forbid")

    since: Instant
    until: Instant
    after: str | None = Field(None, description="`Gemledger-Next` of the piece before")
    limit: int = Field(500, ge=1, le=5_000)
    feature: str | None = None
    team: str | None = None
    prompt_version: str | None = None
    model: str | None = None
    label: Label | None = None
    by: By = Field("judge", description="whose labels `label` and `dimension` are about")
    dimension: str | None = None
    min_score: Share | None = Field(None, description="of a judge's verdict")
    max_score: Share | None = None
    thumbs: Literal["up", "down"] | None = None

    @property
    def chosen(self) -> Chosen:
        """The question to the store. Raises Rejected."""
        if self.until <= self.since:
            raise Rejected("until is not after since; give a range that is not empty")
        if self.by == "human" and (self.min_score, self.max_score) != (None, None):
            raise Rejected(
                "people give labels, no scores: leave out min_score and max_score, or by=human"
            )
        given = {name: getattr(self, name) for name in _SAID}
        return Chosen(since=unix_nano(self.since), until=unix_nano(self.until), by=self.by, **given)

    @property
    def told(self) -> Json:
        """What was asked, for the audit."""
        given = {name: getattr(self, name) for name in (*_SAID, "by")}
        times = {"since": iso(unix_nano(self.since)), "until": iso(unix_nano(self.until))}
        return times | {name: value for name, value in given.items() if value is not None}


@router.get("/api/v1/datasets")
def get_datasets(ask: Ask) -> Json:
    """The fields of a data set and what they mean, and by what its texts are redacted."""
    redactor = _redactor(ask)
    return {
        "collector_version": gemledger_collector.__version__,
        "price_book": ask.price_book,
        "redaction": {
            "version": redaction_version(),
            "kinds": [kind for kind in KINDS if kind not in redactor.keep],
            "kept": sorted(redactor.keep),
            "hashed": redactor.key is not None,
        },
        "fields": [
            {"name": name, "type": str(kind), "meaning": meaning} for name, kind, meaning in FIELDS
        ],
    }


@router.get("/api/v1/datasets/answers", response_class=Response, responses=IN_PIECES)
def get_answers(ask: Ask, who: Who, query: Annotated[AnswersQuery, Query()]) -> Response:
    """Captured answers whose calls started in [since, until), in order of time, in pieces of ``limit``.

    Their texts are redacted once more on the way out. Takes the scope content; noted in the audit.
    """
    chosen, after = query.chosen, position(query.after)
    # Before it is read: who looked for what is not there is noted, too.
    note(ask, who, "dataset", query.told)
    with ask.store.reading() as snapshot:
        found = answers(snapshot, chosen, after, query.limit)
    sink = pa.BufferOutputStream()
    rows = table_of(found.rows, _redactor(ask))
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    headers = {"Cache-Control": "no-store"}
    if found.next is not None:
        headers[NEXT] = f"{found.next[0]}-{found.next[1]}"
    return Response(sink.getvalue().to_pybytes(), media_type=ARROW, headers=headers)


@cache
def redaction_version() -> str:
    """Twelve digits that change with any rule of redaction."""
    digest = sha256()
    files = resources.files("gemledger.redaction")
    for file in sorted(files.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _redactor(ask: Context) -> Redactor:
    """The collector's own; where it redacts nothing on arrival, every kind all the same."""
    return ask.config.processors.redact.redactor or Redactor()
