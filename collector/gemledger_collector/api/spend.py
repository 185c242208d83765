"""``GET /api/v1/spend``: where the money goes."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from gemledger_collector.api.context import Ask, Instant, ZoneName, iso, unix_nano
from gemledger_collector.storage.buckets import Width
from gemledger_collector.storage.job_ledger import committed
from gemledger_collector.storage.spend import DIMENSIONS, MONEY, Dimension, SpendQuestion, spend

router = APIRouter()
_MONEY = (*MONEY, "committed_pico_usd", "overdue_pico_usd")


@router.get("/api/v1/spend")
def get_spend(
    ask: Ask,
    since: Instant,
    until: Instant,
    timezone: ZoneName = "UTC",
    bucket: Width = "total",
    by: Annotated[list[Dimension], Query()] = [],  # noqa: B006  FastAPI copies defaults
) -> dict[str, object]:
    """Calls, tokens and money of calls that began in [since, until), widened to 15-minute slots.

    cost = known + estimated = the sum of its lines (input, cache_read, …, storage); unpriced calls are counted beside
    it; unowned is the part of it that has no team. cost_upper is the most it can have been, unbounded_calls apart: of
    those (unpriced ones, and lower bounds of which no more is known) there is no upper bound. Money is picoUSD in
    decimal strings.

    Beside these totals, never part of them: committed, what jobs submitted in the range are expected to cost that have
    not settled yet, and overdue, what was committed for jobs that no longer will.
    """
    chosen = [name for name in DIMENSIONS if name in by]
    question = SpendQuestion(unix_nano(since), unix_nano(until), timezone, bucket, chosen)
    with ask.store.reading() as snapshot:
        answer = spend(snapshot, question)
        begin, end = answer.range.start * 10**9, answer.range.end * 10**9
        open_jobs = committed(snapshot, begin, end, ask.clock())
    return {
        "since": iso(begin),
        "until": iso(end),
        "timezone": timezone,
        "bucket": bucket,
        "by": chosen,
        "rows": [
            {"bucket_start": row.bucket_start, **row.keys, **_sent(row.figures)}
            for row in answer.rows
        ],
        "totals": _sent(answer.totals) | _sent(asdict(open_jobs)),
    }


def _sent(figures: Mapping[str, int]) -> dict[str, object]:
    """Money as strings: a browser's numbers end at 2**53."""
    return {**figures, **{name: str(figures[name]) for name in _MONEY if name in figures}}
