"""Hours and days as a time zone has them, clock changes included."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import gcd
from typing import Literal
from zoneinfo import ZoneInfo

SLOT_SECONDS = 900
Width = Literal["hour", "day", "total"]


@dataclass(frozen=True, slots=True)
class Bucket:
    """A stretch of time [start, end) in unix seconds."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Buckets as a table to look a slot up in: ``starts[(slot - first) // step]`` is where its bucket begins."""

    first: int
    step: int
    starts: Sequence[int]


def grid(found: Sequence[Bucket]) -> Grid:
    """The table of adjacent buckets. Its step is as wide as every edge allows: a day, but where clocks change."""
    edges = [each.start // SLOT_SECONDS for each in found]
    edges.append(-(-found[-1].end // SLOT_SECONDS))
    widths = [end - start for start, end in pairwise(edges)]
    step = gcd(*widths)
    starts = [
        bucket.start
        for bucket, width in zip(found, widths, strict=True)
        for _ in range(width // step)
    ]
    return Grid(edges[0] * SLOT_SECONDS, step * SLOT_SECONDS, starts)


def slots_around(since_nano: int, until_nano: int) -> Bucket:
    """The range widened to whole ledger slots: nothing finer is summed."""
    slot = SLOT_SECONDS * 10**9
    return Bucket(since_nano // slot * SLOT_SECONDS, -(-until_nano // slot) * SLOT_SECONDS)


def buckets(around: Bucket, width: Width, timezone: str) -> Iterator[Bucket]:
    """Buckets that cover ``around`` without gap or overlap; the first may begin before it, the last end after."""
    if width == "total":
        yield around
        return
    zone = ZoneInfo(timezone)
    step = _next_hour if width == "hour" else _next_day
    start = _first(around.start, width, zone)
    while start < around.end:
        end = step(start, zone)
        yield Bucket(start, end)
        start = end


def _local(seconds: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone)


def _first(seconds: int, width: Width, zone: ZoneInfo) -> int:
    local = _local(seconds, zone)
    if width == "hour":
        return seconds - local.minute * 60 - local.second
    return _midnight(local.date(), zone)


def _midnight(day: date, zone: ZoneInfo) -> int:
    """When the day begins; where clocks skip midnight, that is the moment of the skip."""
    return int(datetime.combine(day, time(), zone).timestamp())


def _next_day(seconds: int, zone: ZoneInfo) -> int:
    day = _local(seconds, zone).date() + timedelta(days=1)
    following = _midnight(day, zone)
    # A zone that crosses the date line skips a whole day: two midnights are then the same moment.
    return following if following > seconds else _midnight(day + timedelta(days=1), zone)


def _next_hour(seconds: int, zone: ZoneInfo) -> int:
    """The next full hour on the local clock; shorter than an hour where a half-hour change comes first."""
    local = _local(seconds, zone)
    return seconds + 3600 - local.minute * 60 - local.second


def label(seconds: int, timezone: str) -> str:
    """A bucket's start in ISO 8601 with the zone's offset."""
    return _local(seconds, ZoneInfo(timezone)).isoformat()
