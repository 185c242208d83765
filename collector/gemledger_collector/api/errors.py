"""``GET /api/v1/errors``: what went wrong, by kind, and the money it cost or did not."""

from collections.abc import Mapping

from fastapi import APIRouter

from gemledger.error_kinds import SAFETY
from gemledger_collector.api.breakdowns import Breakdown
from gemledger_collector.api.context import Ask
from gemledger_collector.storage.errors_by_kind import MONEY, errors_by_kind

router = APIRouter()


@router.get("/api/v1/errors")
def get_errors(ask: Ask, asked: Breakdown) -> dict[str, object]:
    """Calls that failed or were withheld in [since, until), widened to 15-minute slots; money in picoUSD.

    The kinds sum to ``errors`` and ``withheld`` (kind ``safety``: answered with 200, blocked, and billed). What was
    refused cost nothing; what nobody answered is at least so much (``unbounded_calls``). ``retries`` are tries after
    one that failed, of calls that went well in the end, too.
    """
    with ask.store.reading() as snapshot:
        answer = errors_by_kind(snapshot, asked.question)
    withheld = answer.kinds.get(SAFETY, {}).get("calls", 0)
    return {
        **asked.told(answer.range),
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
