"""``GET /api/v1/audit``: who did what that is more than looking at figures. For ``admin``."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gemledger_collector.api.context import Ask, Instant, iso, unix_nano
from gemledger_collector.storage.audit import END, Lines, lines

router = APIRouter(tags=["audit"])

_CURSOR = re.compile(r"(\d{1,19})-(\d{1,19})")


def _cursor(text: str) -> str:
    found = _CURSOR.fullmatch(text)
    if found is None or any(int(number) > END for number in found.groups()):
        raise ValueError("give `next` of the last answer to the same question, or none")
    return text


class Wanted(BaseModel):
    """Which lines."""

    model_config = ConfigDict(extra="forbid")

    since: Instant | None = None
    until: Instant | None = None
    actor: str | None = None
    action: str | None = None
    cursor: Annotated[str, AfterValidator(_cursor)] | None = None
    limit: int = Field(default=100, ge=1, le=1_000)

    @property
    def lines(self) -> Lines:
        """As the store takes it, one line more than asked for: it tells whether there is a next page."""
        time, row = (END, END) if self.cursor is None else map(int, self.cursor.split("-"))
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
        "next": None if last is None else f"{last['time_unix_nano']}-{last['row_id']}",
    }
