"""GET /api/v1/quality and /api/v1/evaluations: how good the answers are, with intervals, and single judgements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from gemledger_collector.api.alerts import bounds
from gemledger_collector.api.breakdowns import OnlyJudged
from gemledger_collector.api.context import Ask, Instant, Who, ZoneName, iso
from gemledger_collector.api.noting import note
from gemledger_collector.api.quality_rows import row
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.buckets import label
from gemledger_collector.storage.evaluations import Listing, Tally
from gemledger_collector.storage.judges import Judges
from gemledger_collector.storage.quality import CHECK
from gemledger_collector.storage.quality import figures as quality_of
from gemledger_collector.storage.transaction import Snapshot

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

    timezone: str
    bucket: Bucket
    by: tuple[str, ...]
    rubrics: Path | None

    def bucket_start(self, bucket_unix_seconds: int) -> str | None:
        """Start of a bucket with the zone's offset; None for the total."""
        return None if self.bucket == "total" else label(bucket_unix_seconds, self.timezone)


@router.get("/api/v1/quality")
def quality(
    ask: Ask,
    span: Annotated[Range, Depends()],
    only: Annotated[OnlyJudged, Depends()],
    timezone: ZoneName = "UTC",
    bucket: Bucket = "day",
    by: Annotated[list[Group] | None, Query()] = None,
) -> Json:
    """Judgements per bucket, dimension and group: rates of all answers, not only of the sample, with intervals.

    ``bad_rate`` is what the judge flags; ``corrected_rate`` what is truly bad, where people have labelled enough of its
    verdicts. Deterministic checks stand apart, in ``checks``: they are right by definition.
    """
    groups = tuple(dict.fromkeys(by or []))
    asked = Asked(timezone, bucket, groups, ask.config.judge.rubrics_folder)
    with ask.store.reading() as snapshot:
        between = bounds(ask, span.since, span.until)
        return told(snapshot, Judges.labelled(snapshot), between, asked, only)


def told(
    snapshot: Snapshot,
    judges: Judges,
    between: tuple[int, int],
    asked: Asked,
    only: OnlyJudged,
) -> Json:
    """The answer of ``/api/v1/quality``."""
    grid = evaluations.grid_of(snapshot, *between, asked.bucket, asked.timezone)
    tallies = evaluations.tallies(snapshot, *between, asked.by, only.chosen, grid=grid)
    judged = [tally for tally in tallies if tally.kind != CHECK]
    checked = [tally for tally in tallies if tally.kind == CHECK]
    return {
        "timezone": asked.timezone,
        "bucket": asked.bucket,
        "by": list(asked.by),
        "rows": _rows(judged, asked, judges),
        "totals": _totals(judged, asked, judges),
        "checks": {
            "rows": _rows(checked, asked, judges),
            "totals": _totals(checked, asked, judges),
        },
        "interval": "95 %, Wilson for rates, Student for scores",
    }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which judgements: of one trace, those of any time where nothing is said of it."""

    label: Literal["good", "bad", "cannot_tell"] | None = None
    dimension: str | None = None
    trace_id: Annotated[str | None, Query(pattern="^[0-9a-fA-F]{32}$")] = None
    order: Literal["newest", "worst"] = "newest"
    limit: Annotated[int, Query(ge=1, le=10_000)] = 50

    def listing(self, ask: Ask, span: Range) -> Listing:
        """The question to the store."""
        begin, end = bounds(ask, span.since, span.until)
        if self.trace_id is not None and span.since is None:
            begin = 0
        return Listing(
            since=begin,
            until=end,
            label=self.label,
            dimension=self.dimension,
            trace_id=self.trace_id,
            worst=self.order == "worst",
            limit=self.limit,
        )


@router.get("/api/v1/evaluations")
def judgements(
    ask: Ask,
    who: Who,
    span: Annotated[Range, Depends()],
    wanted: Annotated[Wanted, Depends()],
) -> Json:
    """Single judgements, the newest judged call or the lowest score first, each as it was last made.

    What the judge said of the answer takes the scope content; that somebody was told is noted in the audit.
    """
    listing = wanted.listing(ask, span)
    with ask.store.reading() as snapshot:
        rows = evaluations.listed(snapshot, listing)
    if not who.may("content"):
        rows = [row | dict.fromkeys(_QUOTING) for row in rows]
    elif any(row[name] is not None for row in rows for name in _QUOTING):
        read: Json = {"evaluations_since": iso(listing.since), "evaluations": len(rows)}
        about = {"trace_id": wanted.trace_id} if wanted.trace_id else {}
        note(ask, who, "content", about | read)
    return {"evaluations": [_evaluation(row) for row in rows]}


def _rows(tallies: Iterable[Tally], asked: Asked, judges: Judges) -> list[Json]:
    gathered: dict[tuple[str | None, str, tuple[str | None, ...]], list[Tally]] = {}
    for tally in tallies:  # in order of time, so the buckets come out in order too
        key = (asked.bucket_start(tally.bucket_unix_seconds), tally.dimension, tally.group)
        gathered.setdefault(key, []).append(tally)
    return [
        {
            "bucket_start": start,
            "dimension": dimension,
            **dict(zip(asked.by, group, strict=True)),
            **row(quality_of(found, judges), dimension, asked.rubrics),
        }
        for (start, dimension, group), found in gathered.items()
    ]


def _totals(tallies: Sequence[Tally], asked: Asked, judges: Judges) -> list[Json]:
    dimensions: dict[str, list[Tally]] = {}
    for tally in tallies:
        dimensions.setdefault(tally.dimension, []).append(tally)
    return [
        {"dimension": dimension, **row(quality_of(found, judges), dimension, asked.rubrics)}
        for dimension, found in sorted(dimensions.items())
    ]


def _evaluation(row: Json) -> Json:
    start, judged = row.pop("call_start_unix_nano"), row.pop("judged_at_unix_nano")
    return {"call_start_time": iso(start), "judged_at": iso(judged), **row}
