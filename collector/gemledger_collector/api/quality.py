"""GET /api/v1/quality and /api/v1/evaluations: how good the answers are, with intervals, and single judgements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query

from gemledger_collector.alerts.periods import moment
from gemledger_collector.api.alerts import bounds
from gemledger_collector.api.context import Ask, Instant, Who, ZoneName, iso
from gemledger_collector.estimation import rates
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.evaluations import Tally

Json = dict[str, Any]
Bucket = Literal["hour", "day", "total"]
Group = Literal["team", "feature", "environment", "prompt_version", "model", "rule"]

_QUOTING = ("evidence", "reason")
"""What a judge wrote: it may quote the answer."""

router = APIRouter(tags=["quality"])


@dataclass(frozen=True, slots=True)
class Range:
    """The calls asked about, by their start: ``since`` (default: 30 days ago) up to, without, ``until``."""

    since: Instant | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The grouping of one question."""

    zone: ZoneInfo
    bucket: Bucket
    by: tuple[str, ...]

    def bucket_start(self, slot_unix_seconds: int) -> str | None:
        """Start of the bucket that a slot belongs to, with the zone's offset; None for the total."""
        if self.bucket == "total":
            return None
        local = moment(slot_unix_seconds * 10**9, self.zone)
        if self.bucket == "hour":
            return local.replace(minute=0, second=0).isoformat()
        return datetime.combine(local.date(), time(), tzinfo=self.zone).isoformat()


@router.get("/api/v1/quality")
def quality(
    ask: Ask,
    span: Annotated[Range, Depends()],
    timezone: ZoneName = "UTC",
    bucket: Bucket = "day",
    by: Annotated[list[Group] | None, Query()] = None,
) -> Json:
    """Judgements per bucket, dimension and group, with Wilson's interval of the bad rate."""
    groups = tuple(dict.fromkeys(by or []))
    asked = Asked(ZoneInfo(timezone), bucket, groups)
    with ask.store.reading() as snapshot:
        tallies = evaluations.tallies(snapshot, *bounds(ask, span.since, span.until), groups)
    return {
        "timezone": timezone,
        "bucket": bucket,
        "by": list(groups),
        "rows": _rows(tallies, asked),
        "totals": _totals(tallies),
        "interval": "95 %, Wilson for rates, Student for scores",
    }


@router.get("/api/v1/evaluations")
def judgements(
    ask: Ask,
    who: Who,
    span: Annotated[Range, Depends()],
    label: Literal["good", "bad", "cannot_tell"] | None = None,
    dimension: str | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 50,
) -> Json:
    """Single judgements, the newest judged call first; what the judge said of the answer takes the scope content."""
    begin, end = bounds(ask, span.since, span.until)
    with ask.store.reading() as snapshot:
        rows = evaluations.listed(
            snapshot, begin, end, label=label, dimension=dimension, limit=limit
        )
    if not who.may("content"):
        rows = [row | dict.fromkeys(_QUOTING) for row in rows]
    return {"evaluations": [_evaluation(row) for row in rows]}


def _rows(tallies: Iterable[Tally], asked: Asked) -> list[Json]:
    gathered: dict[tuple[str | None, str, tuple[str | None, ...]], list[Tally]] = {}
    for tally in tallies:  # in order of time, so the buckets come out in order too
        key = (asked.bucket_start(tally.slot_unix_seconds), tally.dimension, tally.group)
        gathered.setdefault(key, []).append(tally)
    return [
        {
            "bucket_start": start,
            "dimension": dimension,
            **dict(zip(asked.by, group, strict=True)),
            **_figures(tallies),
        }
        for (start, dimension, group), tallies in gathered.items()
    ]


def _totals(tallies: Sequence[Tally]) -> list[Json]:
    dimensions = sorted({tally.dimension for tally in tallies})
    return [
        {
            "dimension": dimension,
            **_figures([tally for tally in tallies if tally.dimension == dimension]),
        }
        for dimension in dimensions
    ]


def _figures(tallies: Sequence[Tally]) -> Json:
    judged, bad = sum(each.judged for each in tallies), sum(each.bad for each in tallies)
    cannot_tell = sum(each.cannot_tell for each in tallies)
    decided = judged - cannot_tell
    squares = sum(each.score_square_sum for each in tallies)
    score = rates.mean(sum(each.score_sum for each in tallies), squares, decided)
    return {
        "judged": judged,
        "bad": bad,
        "cannot_tell": cannot_tell,
        "errors": sum(each.errors for each in tallies),
        **_estimate("bad_rate", rates.rate(bad, decided)),
        **_estimate("mean_score", score),
    }


def _estimate(name: str, found: Estimate | None) -> Json:
    if found is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _evaluation(row: Json) -> Json:
    start, judged = row.pop("call_start_unix_nano"), row.pop("judged_at_unix_nano")
    return {"call_start_time": iso(start), "judged_at": iso(judged), **row}
