"""What the days before cost: all that a forecast knows; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

FEWEST_DAYS = 3
"""Whole days since the first spend; with fewer nothing is foreseen."""
MOST_DAYS = 35
"""Whole days that are looked at."""


@dataclass(frozen=True, slots=True)
class Day:
    """A whole day of the past: what it cost, and what of that by the time of day that it is now."""

    pico_usd: int
    by_now_pico_usd: int


@dataclass(frozen=True, slots=True)
class History:
    """Whole days, oldest first, the last of them yesterday; and how far today has come.

    ``weekday`` is today's, Monday 0; ``elapsed`` the share of today that is over.
    """

    days: Sequence[Day]
    weekday: int
    elapsed: float

    def __post_init__(self) -> None:
        """What was before the first spend says nothing, and neither do days long past."""
        begun = next((at for at, day in enumerate(self.days) if day.pico_usd > 0), len(self.days))
        object.__setattr__(self, "days", tuple(self.days[begun:])[-MOST_DAYS:])

    @property
    def is_too_short(self) -> bool:
        """Whether it is too early to foresee anything."""
        return len(self.days) < FEWEST_DAYS

    @property
    def rest_of_today(self) -> float:
        """The share of a day's spend that usually comes after this time of day."""
        total = sum(day.pico_usd for day in self.days)
        if total <= 0:
            return 1 - self.elapsed
        return 1 - sum(day.by_now_pico_usd for day in self.days) / total
