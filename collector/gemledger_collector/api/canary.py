"""``GET /api/v1/canary``: the judge on answers whose labels are known, day by day."""

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Query

from gemledger_collector.api.context import Ask
from gemledger_collector.estimation.paired import LEVEL, changed_by_chance
from gemledger_collector.estimation.rates import rate
from gemledger_collector.storage import canary
from gemledger_collector.storage.canary import BASELINE_DAYS, Day
from gemledger_collector.storage.transaction import Snapshot

Json = dict[str, Any]

router = APIRouter(tags=["quality"])


@router.get("/api/v1/canary")
def canaries(ask: Ask, days: Annotated[int, Query(ge=1, le=400)] = 30) -> Json:
    """Agreement of each judge with the known labels of a fixed set, and whether it still does as in its first week.

    ``p`` is how likely the difference to the first days is where the judge has not changed (McNemar, exact); below
    0.01 ``changed`` is true. In those first days themselves both are null.
    """
    with ask.store.reading() as snapshot:
        found = judges(snapshot, ask.clock(), days)
    return {
        "canaries": found,
        "baseline_days": BASELINE_DAYS,
        "level": LEVEL,
        "interval": "95 %, Wilson",
    }


def judges(snapshot: Snapshot, now_unix_nano: int, days: int) -> list[Json]:
    """Every judge that graded a set in the last days, with these days in order."""
    today = datetime.fromtimestamp(now_unix_nano // 10**9, UTC).date()
    # A day more: a set's zone may be behind.
    found = canary.days(snapshot, (today - timedelta(days=days)).isoformat())
    return [_judge(list(rows)) for _, rows in groupby(found, _identity)]


def _identity(day: Day) -> tuple[str, ...]:
    return (day.canary, day.dimension, day.rubric_version, day.judge_model, day.canary_version)


def _judge(rows: list[Day]) -> Json:
    first = rows[0]
    return {
        "set": first.canary,
        "set_version": first.canary_version,
        "dimension": first.dimension,
        "rubric_version": first.rubric_version,
        "judge_model": first.judge_model,
        "days": [_day(row) for row in rows],
    }


def _day(row: Day) -> Json:
    agreement = rate(row.agreed, row.scored)
    later = row.nth > BASELINE_DAYS
    p = changed_by_chance(row.lost, row.gained) if later else None
    return {
        "day": row.day,
        "scored": row.scored,
        "agreed": row.agreed,
        "cannot_tell": row.cannot_tell,
        "errors": row.errors,
        "agreement": None if agreement is None else agreement.value,
        "agreement_low": None if agreement is None else agreement.low,
        "agreement_high": None if agreement is None else agreement.high,
        "lost": row.lost if later else None,
        "gained": row.gained if later else None,
        "p": p,
        "changed": None if p is None else p < LEVEL,
    }
