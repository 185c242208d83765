"""``GET /api/v1/latency``: how long calls take."""

from typing import Annotated

from fastapi import APIRouter, Query

from gemledger_collector.api.context import Ask, Instant, ZoneName, iso, unix_nano
from gemledger_collector.storage.buckets import Width
from gemledger_collector.storage.latency import latency
from gemledger_collector.storage.spend import DIMENSIONS, Dimension, SpendQuestion

router = APIRouter()


@router.get("/api/v1/latency")
def get_latency(  # noqa: PLR0913, PLR0917 - one for each query parameter
    ask: Ask,
    since: Instant,
    until: Instant,
    timezone: ZoneName = "UTC",
    bucket: Width = "total",
    by: Annotated[list[Dimension], Query()] = [],  # noqa: B006  FastAPI copies defaults
    failed: bool | None = None,
) -> dict[str, object]:
    """Percentiles in milliseconds of calls that began in [since, until), widened to 15-minute slots.

    A row each for ``duration`` and, of streams, ``time_to_first_chunk``. Each percentile is within 2.5 % of the
    exact one. Failed calls count, too, unless ``failed=false`` leaves them out; ``failed=true`` has them alone. Calls
    that a sampler left out have no duration and are not counted.
    """
    chosen = [name for name in DIMENSIONS if name in by]
    question = SpendQuestion(unix_nano(since), unix_nano(until), timezone, bucket, chosen)
    with ask.store.reading() as snapshot:
        answer = latency(snapshot, question, failed)
    return {
        "since": iso(answer.range.start * 10**9),
        "until": iso(answer.range.end * 10**9),
        "timezone": timezone,
        "bucket": bucket,
        "by": chosen,
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
