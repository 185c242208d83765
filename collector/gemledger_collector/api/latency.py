"""``GET /api/v1/latency``: how long calls take."""

from fastapi import APIRouter

from gemledger_collector.api.breakdowns import Breakdown
from gemledger_collector.api.context import Ask
from gemledger_collector.storage.latency import latency

router = APIRouter()


@router.get("/api/v1/latency")
def get_latency(ask: Ask, asked: Breakdown, failed: bool | None = None) -> dict[str, object]:
    """Percentiles in milliseconds of calls that began in [since, until), widened to 15-minute slots.

    A row each for ``duration`` and, of streams, ``time_to_first_chunk``. Each percentile is within 2.5 % of the
    exact one. Failed calls count, too, unless ``failed=false`` leaves them out; ``failed=true`` has them alone. Calls
    that a sampler left out have no duration and are not counted.
    """
    with ask.store.reading() as snapshot:
        answer = latency(snapshot, asked.question, failed)
    return {
        **asked.told(answer.range),
        "rows": [
            {
                "bucket_start": row.bucket_start,
                **row.keys,
                "metric": row.metric,
                "calls": row.calls,
                **{name: round(value, 3) for name, value in row.quantiles.items()},
            }
            for row in answer.rows
        ],
    }
