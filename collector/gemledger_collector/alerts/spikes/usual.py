"""What groups usually spend at this hour, out of their own clock hours: robust, seasonal, from the first day; pure.

All groups at once: an array has a row for each group. Amounts are floats of picoUSD: they decide, they bill nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

HOUR_SECONDS = 3600
LEARNING_HOURS = 24
"""Until there has been spend for so long there is nothing to compare with."""
AROUND = (-2, -1, 0, 1)
"""An hour is compared with its like and its like's neighbours; the trailing hour began before the running one."""
DAYS, WEEKS = 7, 8
_FEWEST_IN_DAYS, _FEWEST_IN_WEEKS, _FEWEST_TRAILING = 3, 10, 24
RECENT_HOURS = 3
"""The running hour and the two before it may hold the spike itself: they are no yardstick for it."""
_MAD_TO_DEVIATION = 1.4826
_LEAST_SHARE = 0.1
_LEAST_FLOOR_SHARE = 0.25


class Rung(IntEnum):
    """What the usual was made of, from nothing to the best."""

    FLOOR = 0
    TRAILING_WEEK = 1
    HOUR_OF_DAY = 2
    HOUR_OF_WEEK = 3


@dataclass(frozen=True, slots=True)
class Hours:
    """Clock hours of groups, oldest first; the last column is the last hour that is complete.

    ``known`` counts the hours since a group's first spend; ``learning`` are those of which nothing is to be said yet;
    ``odd`` marks hours that nothing is to be learned from.
    """

    spent: Floats
    known: Integers
    learning: Flags
    odd: Flags


@dataclass(frozen=True, slots=True)
class SameHour:
    """How many hours ago it was the same hour of the day, and of the week: 24 and 168, but for clock changes."""

    days: Sequence[int]
    weeks: Sequence[int]

    @classmethod
    def of(cls, hour_unix_seconds: int, zone: str) -> "SameHour":
        """The hours that compare with the one that begins then, by the clocks of ``zone``."""
        zone_info = ZoneInfo(zone)

        def ago(days: int) -> int:
            now = datetime.fromtimestamp(hour_unix_seconds, UTC).astimezone(zone_info)
            then = (now.replace(tzinfo=None) - timedelta(days=days)).replace(tzinfo=zone_info)
            return round((hour_unix_seconds - then.timestamp()) / HOUR_SECONDS)

        days = tuple(ago(day) for day in range(1, DAYS + 1))
        return cls(days, tuple(ago(7 * week) for week in range(1, WEEKS + 1)))


ANY_DAY = SameHour(
    tuple(24 * day for day in range(1, DAYS + 1)), tuple(168 * week for week in range(1, WEEKS + 1))
)
"""Where no clock changes."""


@dataclass(frozen=True, slots=True)
class Usual:
    """For each group: an hour's usual spend, its spread, and the highest hour of the last 24, recent ones left out."""

    level: Floats
    spread: Floats
    peak: Floats
    known: Integers
    learning: Flags
    rung: Integers

    def of(self, rows: Integers) -> "Usual":
        """That of some groups, in this order."""
        return Usual(*(getattr(self, each.name)[rows] for each in fields(self)))


def usual(hours: Hours, floor: float, same_hour: SameHour = ANY_DAY) -> Usual:
    """What each group is expected to spend in the hour that follows the last column."""
    count = hours.spent.shape[1]
    since = np.arange(count) >= count - hours.known[:, None]
    learned = since & ~hours.odd
    week = np.arange(max(0, count - 168), max(0, count - RECENT_HOURS + 1))
    rungs = (
        (Rung.TRAILING_WEEK, week, _FEWEST_TRAILING),
        (Rung.HOUR_OF_DAY, _columns(same_hour.days, count), _FEWEST_IN_DAYS),
        (Rung.HOUR_OF_WEEK, _columns(same_hour.weeks, count), _FEWEST_IN_WEEKS),
    )
    level, spread = np.zeros(len(hours.spent)), np.zeros(len(hours.spent))
    rung = np.full(len(hours.spent), int(Rung.FLOOR), np.int64)
    for each, columns, fewest in rungs:
        enough, middle, deviation = _middle(hours.spent[:, columns], learned[:, columns], fewest)
        level, spread = np.where(enough, middle, level), np.where(enough, deviation, spread)
        rung = np.where(enough, int(each), rung)
    least = np.maximum(_LEAST_SHARE * level, _LEAST_FLOOR_SHARE * floor)
    spread = np.maximum(spread, least)
    return Usual(level, spread, _peak(hours.spent), hours.known, hours.learning, rung)


def _columns(hours_ago: Sequence[int], count: int) -> Integers:
    columns = np.array([count - ago + around for ago in hours_ago for around in AROUND], np.int64)
    return columns[(columns >= 0) & (columns <= count - RECENT_HOURS)]


def _middle(spent: Floats, usable: Flags, fewest: int) -> tuple[Flags, Floats, Floats]:
    """Where there are enough hours; their median; their median deviation from it, as a standard deviation."""
    middle = _median(spent, usable)
    deviation = _MAD_TO_DEVIATION * _median(np.abs(spent - middle[:, None]), usable)
    return usable.sum(1) >= fewest, middle, deviation


def _median(values: Floats, usable: Flags) -> Floats:
    """Row by row, of what is usable; 0 where nothing is."""
    count, width = usable.sum(1), values.shape[1]
    if width == 0:
        return np.zeros(len(values))
    ordered = np.sort(np.where(usable, values, np.inf), axis=1)
    ordered[count == 0] = 0
    rows = np.arange(len(values))
    low = ordered[rows, np.maximum(count - 1, 0) // 2]
    high = ordered[rows, np.minimum(count // 2, width - 1)]
    # With an odd count both are the one in the middle; with none both are 0.
    middle: Floats = low + (np.where(count > 0, high, low) - low) / 2
    return middle


def _peak(spent: Floats) -> Floats:
    count = spent.shape[1]
    end = max(0, count - RECENT_HOURS + 1)
    highest: Floats = spent[:, max(0, end - 24) : end].max(axis=1, initial=0.0)
    return highest
