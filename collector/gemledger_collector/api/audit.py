"""``GET /api/v1/audit``: who did what that is more than looking at figures. For ``admin``."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from gemledger_collector.api.context import Ask, Instant, iso, unix_nano
from gemledger_collector.api.paging import Cursor, Limit, cursor_of, key_of
from gemledger_collector.storage.audit import END, Lines, lines

router = APIRouter(tags=["audit"])


class Wanted(BaseModel):
    """Which lines."""

    model_config = ConfigDict(extra="forbid")

    since: Instant | None = None
    until: Instant | None = None
    actor: str | None = None
    action: str | None = None
    cursor: Cursor = None
    limit: Limit = 100

    @property
    def question(self) -> dict[str, object]:
        """What a cursor belongs to."""
        return self.model_dump(exclude={"cursor", "limit"})

    @property
    def lines(self) -> Lines:
        """As the store takes it, one line more than asked for: it tells whether there is a next page."""
        time, row = map(int, key_of(self.question, self.cursor, ("time", "id")) or (END, END))
        return Lines(
            0 if self.since is None else unix_nano(self.since),
            END if self.until is None else unix_nano(self.until),
            self.actor,
            self.action,
            time,
            row,
            self.limit + 1,
        )


@router.get("/api/v1/audit")
def audit(ask: Ask, wanted: Annotated[Wanted, Query()]) -> dict[str, Any]:
    """Lines of the audit, the newest first. ``next`` is the cursor of the page after, null on the last one.

    ``actor`` is the name of a token, ``loopback`` where there are none, or ``collector``. ``action`` is a stable
    word, such as ``sql``, ``tokens`` (changed in the configuration) or ``refused`` (an attempt at what only ``admin``
    may; ``more`` counts those of the minute that were not noted one by one).
    """
    with ask.store.reading() as snapshot:
        rows = lines(snapshot, wanted.lines)
    page = rows[: wanted.limit]
    last = page[-1] if len(rows) > wanted.limit else None
    return {
        "lines": [
            {
                "time": iso(row["time_unix_nano"]),
                "actor": row["actor"],
                "action": row["action"],
                "detail": row["detail"],
            }
            for row in page
        ],
        "next": None if last is None else _cursor(wanted, last),
    }


def _cursor(wanted: Wanted, row: dict[str, Any]) -> str:
    return cursor_of(wanted.question, (row["time_unix_nano"], row["row_id"]))
