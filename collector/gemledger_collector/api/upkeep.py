"""``POST /api/v1/upkeep/…``: a backup, the file written anew, a user erased. For ``admin``, and noted in the audit.

What takes its time answers with one JSON object a line: how far it is (``what``, ``done``, ``total``), then what came
of it, or ``error``. Whoever hangs up has it given up.
"""

import itertools
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import BinaryIO

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from gemledger_collector.api.context import Ask, Context, Who
from gemledger_collector.api.noting import note
from gemledger_collector.errors import CollectorError
from gemledger_collector.storage import audit, backup, compactions, erase
from gemledger_collector.storage.compact import Compacted, compact

router = APIRouter(prefix="/api/v1/upkeep", tags=["upkeep"])

_LINES = "application/x-ndjson"
_PIECE_BYTES = 2**20

Line = Mapping[str, object]


class Erasure(BaseModel):
    """Whose data is removed; ``dry_run`` counts only."""

    model_config = ConfigDict(extra="forbid")

    user_id: str = Field(min_length=3, max_length=512)
    dry_run: bool = False


@router.post("/backup", response_class=StreamingResponse)
def backed_up(ask: Ask, who: Who) -> StreamingResponse:
    """The database as it is now, as a file that DuckDB and a collector open."""
    note(ask, who, "backup", {})
    copy = backup.snapshot_of(ask.store)
    size = str(os.fstat(copy.fileno()).st_size)
    return StreamingResponse(
        _pieces(copy), media_type="application/octet-stream", headers={"Content-Length": size}
    )


@router.post("/compact", response_class=StreamingResponse)
def compacted(ask: Ask, who: Who) -> StreamingResponse:
    """Write the file anew, without what is unused; everybody is served meanwhile."""
    note(ask, who, "compact", {})
    return _told(_compacting(ask, "person"))


@router.post("/erase", response_class=StreamingResponse)
def erased(ask: Ask, who: Who, erasure: Erasure) -> StreamingResponse:
    """Remove what is known of a user, and then write the file anew, so that it is gone from there as well."""
    if erasure.dry_run:
        with ask.store.reading() as snapshot:
            counted = erase.found(snapshot, erasure.user_id)
        return _told(iter([{"rows": counted, "dry_run": True}]))
    now = ask.clock()
    with ask.store.writing() as transaction:
        counted = erase.erase(transaction, erasure.user_id)
        detail: audit.Detail = {"user_digest": erase.digest_of(erasure.user_id), **counted}
        audit.note(transaction, now, who.name, "erase", detail)
        compactions.ask(transaction, now, "erase")
    first: Line = {"rows": counted, "dry_run": False}
    return _told(itertools.chain([first], _compacting(ask, "erase")))


def _compacting(ask: Context, reason: str) -> Iterator[Line]:
    for step in compact(ask.store):
        if isinstance(step, Compacted):
            with ask.store.writing() as transaction:
                compactions.done(transaction, ask.clock(), reason, step)
        yield asdict(step)


def _told(lines: Iterator[Line]) -> StreamingResponse:
    """The first line is awaited: what cannot begin is an error as everywhere else."""
    first = next(lines)
    return StreamingResponse(_encoded(itertools.chain([first], lines)), media_type=_LINES)


def _encoded(lines: Iterator[Line]) -> Iterator[bytes]:
    try:
        for line in lines:
            yield json.dumps(line).encode() + b"\n"
    except CollectorError as error:
        yield json.dumps({"error": {"type": error.kind, "message": str(error)}}).encode() + b"\n"


def _pieces(copy: BinaryIO) -> Iterator[bytes]:
    with copy:
        while piece := copy.read(_PIECE_BYTES):
            yield piece
