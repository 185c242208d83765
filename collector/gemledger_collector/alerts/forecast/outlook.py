"""What a period will have cost at its end, and when an amount will be reached: never a bare number; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gemledger_collector.alerts.forecast.history import FEWEST_DAYS, History
from gemledger_collector.alerts.forecast.paths import Floats, paths

LOW, LIKELY, HIGH = 10, 50, 90
"""Percentiles: four of five futures lie between the outer two."""
_PICO = 10**12


@dataclass(frozen=True, slots=True)
class Interval:
    """Three amounts in picoUSD: with a probability of 80 % it ends between the outer two."""

    low_pico_usd: int
    likely_pico_usd: int
    high_pico_usd: int


@dataclass(frozen=True, slots=True)
class Reach:
    """When an amount is reached, in days from now; None: not within the time that was looked at."""

    earliest_days: float | None
    likely_days: float | None
    latest_days: float | None
    probability: float
    """That it is reached at all within that time."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The futures of one stretch of time: what is spent already, and what each path adds day by day.

    ``days`` are the lengths of today's rest and of the days after it, as shares of a day.
    """

    spent_pico_usd: int
    added: Floats
    days: Floats

    @property
    def end(self) -> Interval:
        """What will have been spent at its end."""
        low, likely, high = np.percentile(self.added.sum(axis=1), (LOW, LIKELY, HIGH))
        spent = self.spent_pico_usd
        return Interval(*(spent + round(float(more) * _PICO) for more in (low, likely, high)))

    def probability_over(self, amount_pico_usd: int) -> float:
        """That at its end the amount is reached."""
        missing = (amount_pico_usd - self.spent_pico_usd) / _PICO
        return float((self.added.sum(axis=1) >= missing).mean())

    def reach(self, amount_pico_usd: int) -> Reach:
        """When the amount is reached."""
        missing = (amount_pico_usd - self.spent_pico_usd) / _PICO
        if missing <= 0:
            return Reach(0.0, 0.0, 0.0, 1.0)
        when = np.sort(self._when(missing))
        reached = np.isfinite(when)
        early, likely, late = (
            _finite(when[min(len(when) - 1, len(when) * share // 100)])
            for share in (LOW, LIKELY, HIGH)
        )
        return Reach(early, likely, late, float(reached.mean()))

    def _when(self, missing: float) -> Floats:
        """For each path the days until so much is added, evenly within a day; infinite where it never is."""
        total = np.cumsum(self.added, axis=1)
        at = (total < missing).sum(axis=1)
        inside = np.minimum(at, total.shape[1] - 1)
        rows = np.arange(len(total))
        part = (missing - total[rows, inside]) / np.where(
            self.added[rows, inside] > 0, self.added[rows, inside], 1
        )
        ends = np.cumsum(self.days)
        when = ends[inside] + part * self.days[inside]
        found: Floats = np.where(at < total.shape[1], when, np.inf)
        return found


def _finite(days: float) -> float | None:
    return float(days) if np.isfinite(days) else None


def outlook(
    spent_pico_usd: int, history: History, rest: Sequence[float], price_ratios: Sequence[float]
) -> Outlook | None:
    """The futures of the rest of today and of the days after it; None where it is too early.

    ``rest`` are the shares of these days that belong to the stretch: today's rest first, as what of the rest of today
    belongs; ``price_ratios`` by what dated changes of prices multiply each.
    """
    if history.is_too_short or not rest:
        return None
    shares = np.array(rest, dtype=np.float64)
    added = paths(history, len(rest) - 1) * shares * np.array(price_ratios, dtype=np.float64)
    lengths = shares.copy()
    lengths[0] *= 1 - history.elapsed
    return Outlook(spent_pico_usd, added, lengths)


TOO_EARLY = f"too early: a forecast needs {FEWEST_DAYS} whole days of spend"
