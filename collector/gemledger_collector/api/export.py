"""``GET /api/v1/export/{dataset}``: rows to take away, as an Arrow stream, a piece at a time."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gemledger_collector.api.context import Ask, Context, Instant, Who, ZoneName, iso, unix_nano
from gemledger_collector.api.noting import note
from gemledger_collector.errors import Rejected
from gemledger_collector.focus.records import Period, focus_rows
from gemledger_collector.storage.exporting import (
    LABELLED,
    Dataset,
    Filter,
    Piece,
    Position,
    focus_sums,
    take,
)

router = APIRouter(tags=["export"])

ARROW = "application/vnd.apache.arrow.stream"
NEXT = "Gemledger-Next"
_SLOT = timedelta(minutes=15)
_FILTERS = ("team", "cost_center", "feature", "environment", "model", "service")
_LONGEST_DAY = timedelta(hours=26)  # clocks that are set back
IN_PIECES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {ARROW: {"schema": {"type": "string", "format": "binary"}}},
        "headers": {
            NEXT: {
                "description": "what to send as `after` for the next piece; absent: this was the last",
                "schema": {"type": "string"},
            }
        },
    }
}
"""An Arrow stream that names its next piece, as OpenAPI describes it."""


class ExportQuery(BaseModel):
    """A range, filters, and where to go on. Without a filter every row is taken."""

    model_config = ConfigDict(extra="forbid")

    since: Instant
    until: Instant
    timezone: ZoneName = "UTC"
    after: str | None = Field(None, description="`Gemledger-Next` of the piece before")
    limit: int = Field(50_000, ge=1, le=200_000)
    team: str | None = None
    cost_center: str | None = None
    feature: str | None = None
    environment: str | None = None
    model: str | None = None
    service: str | None = None
    label: str | None = Field(
        None, pattern=r"\A[^=]+=", description="KEY=VALUE of a free label, such as tenant=acme"
    )

    @property
    def filter(self) -> Filter:
        """The filters alone."""
        key, _, value = (self.label or "").partition("=")
        return Filter(
            **{name: getattr(self, name) for name in _FILTERS},
            label_key=f"gemledger.label.{key}" if key else None,
            label_value=value if key else None,
        )


@router.get("/api/v1/export/{dataset}", response_class=Response, responses=IN_PIECES)
def get_export(
    ask: Ask, who: Who, dataset: Dataset, query: Annotated[ExportQuery, Query()]
) -> Response:
    """Rows of [since, until) as an Arrow stream; what follows, where there is more, is asked for with ``after``.

    ``charges``, ``calls``, ``evaluations`` and ``contents`` come by the start of the call, ``ledger`` by its slot, in
    order of time and in pieces of ``limit`` rows; ``focus`` in one piece, of one day. ``contents`` needs the scope
    content. Every export is noted in the audit.
    """
    piece = _piece(dataset, query)
    note(ask, who, "export", {"dataset": dataset, "since": iso(piece.since_unix_nano)})
    if dataset == "focus":
        return _answer(_focus(ask, piece, query), None)
    with ask.store.reading() as snapshot:
        taken = take(snapshot, piece)
    return _answer(taken.rows, taken.next)


def _piece(dataset: Dataset, query: ExportQuery) -> Piece:
    if query.until <= query.since:
        raise Rejected("until is not after since; give a range that is not empty")
    if query.label is not None and dataset not in LABELLED:
        names = ", ".join(sorted(LABELLED))
        raise Rejected(f"{dataset} has no free labels to filter by; these have: {names}")
    epoch = datetime.fromtimestamp(0, UTC)
    if dataset in ("focus", "ledger") and any(
        (at - epoch) % _SLOT for at in (query.since, query.until)
    ):
        raise Rejected("the ledger has slots of 15 minutes; let since and until be whole ones")
    since, until = unix_nano(query.since), unix_nano(query.until)
    return Piece(dataset, since, until, position(query.after), query.limit, query.filter)


def position(after: str | None) -> Position | None:
    """Where a piece begins, as its header said. Raises Rejected."""
    if after is None:
        return None
    found = re.fullmatch(r"(\d{1,19})-(\d{1,20})", after)
    if found is None or int(found[1]) >= 2**63 or int(found[2]) >= 2**64:
        raise Rejected("after is not a Gemledger-Next of this route; send it as it came")
    return int(found[1]), int(found[2])


def _focus(ask: Context, piece: Piece, query: ExportQuery) -> pa.Table:
    if query.until - query.since > _LONGEST_DAY:
        raise Rejected("focus has a row per day: ask for one day at a time")
    begin = query.since.astimezone(ZoneInfo(query.timezone))
    month = begin.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (month + timedelta(days=32)).replace(day=1)
    period = Period(*(at.astimezone(UTC) for at in (begin, query.until, month, following)))
    with ask.store.reading() as snapshot:
        sums, quantities = focus_sums(snapshot, piece)
    return focus_rows(sums.to_pylist(), quantities.to_pylist(), period)


def _answer(rows: pa.Table, following: Position | None) -> Response:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    headers = {} if following is None else {NEXT: f"{following[0]}-{following[1]}"}
    return Response(sink.getvalue().to_pybytes(), media_type=ARROW, headers=headers)
