"""Whether something is slower or fails more than usual at the end of a window, since when, and where. Pure.

Usual is the median of a group's own bars. A bar with few calls says nothing, and a group of few bars has no usual.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median_low

FEWEST_CALLS = 20
FEWEST_BARS = 4
SLOWER = 1.5
MORE_FAILURES, FEWEST_POINTS = 2.0, 0.02

_Limit = Callable[[float], float]
"""From what is usual to what is above it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One group in one bucket: how many calls, and its figure (a time in seconds, or a share)."""

    start: datetime
    calls: int
    value: float


@dataclass(frozen=True, slots=True)
class Departure:
    """A group that is above its usual from `since` to its last bar, where its figure is `latest`."""

    name: str
    since: datetime
    usual: float
    latest: float


def slower(series: Mapping[str, Sequence[Bar]]) -> list[Departure]:
    """Groups whose time is above 1.5 times their usual, the farthest above first."""
    return _departures(series, lambda usual: usual * SLOWER)


def failing(series: Mapping[str, Sequence[Bar]]) -> list[Departure]:
    """Groups that fail more than twice as often as usual, and by two points more at least."""
    return _departures(series, lambda usual: max(usual * MORE_FAILURES, usual + FEWEST_POINTS))


def _departures(series: Mapping[str, Sequence[Bar]], limit_of: _Limit) -> list[Departure]:
    told = [(name, _telling(bars)) for name, bars in series.items()]
    end = max((bars[-1].start for _, bars in told if bars), default=None)
    found = [
        departure
        for name, bars in told
        if len(bars) >= FEWEST_BARS
        and bars[-1].start == end  # a group that is over is not slow now
        and (departure := _departure(name, bars, limit_of)) is not None
    ]
    return sorted(found, key=lambda each: (each.usual - each.latest, each.name))


def _departure(name: str, bars: Sequence[Bar], limit_of: _Limit) -> Departure | None:
    """How long the last bars are above the limit without a break; None where the last is not."""
    usual = median_low(bar.value for bar in bars)
    since = None
    for bar in reversed(bars):
        if bar.value <= limit_of(usual):
            break
        since = bar.start
    return None if since is None else Departure(name, since, usual, bars[-1].value)


def _telling(bars: Sequence[Bar]) -> list[Bar]:
    enough = (bar for bar in bars if bar.calls >= FEWEST_CALLS)
    return sorted(enough, key=lambda bar: bar.start.astimezone(UTC))
