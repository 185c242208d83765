"""``GET /api/v1/errors``: what went wrong, by kind, and the money it cost or did not."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query

from gemledger.error_kinds import SAFETY
from gemledger_collector.api.context import Ask, Instant, ZoneName, iso, unix_nano
from gemledger_collector.storage.buckets import Width
from gemledger_collector.storage.errors_by_kind import MONEY, errors_by_kind
from gemledger_collector.storage.spend import DIMENSIONS, Dimension, SpendQuestion

router = APIRouter()


@router.get("/api/v1/errors")
def get_errors(
    ask: Ask,
    since: Instant,
    until: Instant,
    timezone: ZoneName = "UTC",
    bucket: Width = "total",
    by: Annotated[list[Dimension], Query()] = [],  # noqa: B006  FastAPI copies defaults
) -> dict[str, object]:
    """Calls that failed or were withheld in [since, until), widened to 15-minute slots; money in picoUSD.

    The kinds sum to ``errors`` and ``withheld`` (kind ``safety``: answered with 200, blocked, and billed). What was
    refused cost nothing; what nobody answered is at least so much (``unbounded_calls``). ``retries`` are tries after
    one that failed, of calls that went well in the end, too.
    """
    chosen = [name for name in DIMENSIONS if name in by]
    question = SpendQuestion(unix_nano(since), unix_nano(until), timezone, bucket, chosen)
    with ask.store.reading() as snapshot:
        answer = errors_by_kind(snapshot, question)
    withheld = answer.kinds.get(SAFETY, {}).get("calls", 0)
    return {
        "since": iso(answer.range.start * 10**9),
        "until": iso(answer.range.end * 10**9),
        "timezone": timezone,
        "bucket": bucket,
        "by": chosen,
        "rows": [
            {"bucket_start": row.bucket_start, "kind": row.kind, **row.keys, **_sent(row.figures)}
            for row in answer.rows
        ],
        "kinds": {kind: _sent(figures) for kind, figures in answer.kinds.items()},
        "totals": {
            "calls": answer.calls,
            "errors": answer.errors,
            "withheld": withheld,
            "retries": answer.retries,
            **_sent(answer.cost),
        },
    }


def _sent(figures: Mapping[str, int]) -> dict[str, object]:
    """Money as strings: a browser's numbers end at 2**53."""
    return {name: str(value) if name in MONEY else value for name, value in figures.items()}
