"""``GET /api/v1/spend``: where the money goes."""

from collections.abc import Mapping
from dataclasses import asdict

from fastapi import APIRouter

from gemledger_collector.api.breakdowns import Breakdown
from gemledger_collector.api.context import Ask
from gemledger_collector.storage.job_ledger import committed
from gemledger_collector.storage.spend import MONEY, spend

router = APIRouter()
_MONEY = (*MONEY, "committed_pico_usd", "overdue_pico_usd")


@router.get("/api/v1/spend")
def get_spend(ask: Ask, asked: Breakdown) -> dict[str, object]:
    """Calls, tokens and money of calls that began in [since, until), widened to 15-minute slots.

    cost = known + estimated = the sum of its lines (input, cache_read, …, storage); unpriced calls are counted beside
    it; unowned is the part of it that has no team. cost_upper is the most it can have been, unbounded_calls apart: of
    those (unpriced ones, and lower bounds of which no more is known) there is no upper bound. Money is picoUSD in
    decimal strings.

    A filter given several times chooses any of its values; given empty (``team=``) it chooses calls that have none.

    Beside these totals, never part of them: committed, what jobs submitted in the range are expected to cost that have
    not settled yet, and overdue, what was committed for jobs that no longer will. Of all jobs, whatever is filtered.
    """
    with ask.store.reading() as snapshot:
        answer = spend(snapshot, asked.question)
        begin, end = answer.range.start * 10**9, answer.range.end * 10**9
        open_jobs = committed(snapshot, begin, end, ask.clock())
    return {
        **asked.told(answer.range),
        "rows": [
            {"bucket_start": row.bucket_start, **row.keys, **_sent(row.figures)}
            for row in answer.rows
        ],
        "totals": _sent(answer.totals) | _sent(asdict(open_jobs)),
    }


def _sent(figures: Mapping[str, int]) -> dict[str, object]:
    """Money as strings: a browser's numbers end at 2**53."""
    return {**figures, **{name: str(figures[name]) for name in _MONEY if name in figures}}
