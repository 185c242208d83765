"""``GET /api/v1/latency``: how long calls take."""

from dataclasses import replace

from fastapi import APIRouter

from gemledger_collector.api.breakdowns import Breakdown
from gemledger_collector.api.context import Ask
from gemledger_collector.storage.latency import LatencyRow, latency

router = APIRouter()


@router.get("/api/v1/latency")
def get_latency(ask: Ask, asked: Breakdown, failed: bool | None = None) -> dict[str, object]:
    """Percentiles in milliseconds of calls that began in [since, until), widened to 15-minute slots.

    A row each for ``duration`` and, of streams, ``time_to_first_chunk``. Each percentile is within 2.5 % of the
    exact one. Failed calls count, too, unless ``failed=false`` leaves them out; ``failed=true`` has them alone. Calls
    that a sampler left out have no duration and are not counted.

    ``groups`` are the same by key over the whole range, ``totals`` over all keys, too: percentiles do not add up.
    """
    question = asked.question
    whole = replace(question, bucket="total")
    with ask.store.reading() as snapshot:
        answer = latency(snapshot, question, failed)
        groups = answer if question == whole else latency(snapshot, whole, failed)
        totals = latency(snapshot, replace(whole, by=[]), failed) if question.by else groups
    return {
        **asked.told(answer.range),
        "rows": [{"bucket_start": row.bucket_start, **_told(row)} for row in answer.rows],
        "groups": [_told(row) for row in groups.rows],
        "totals": [_told(row) for row in totals.rows],
    }


def _told(row: LatencyRow) -> dict[str, object]:
    quantiles = {name: round(value, 3) for name, value in row.quantiles.items()}
    return {**row.keys, "metric": row.metric, "calls": row.calls, **quantiles}
