"""What may come, drawn from what was: a bootstrap of daily totals; pure, and the same for the same days.

A path is one possible future. Its level is one day drawn from the past, recent days likelier; each day then varies as
days varied; and the level wanders, by as much as it has from day to day, or by a prior while few days are known.
Without the wandering the interval of a young service is far too narrow: of real tenants' two-week totals it held 65 %
instead of 80 % (``benchmarks/forecasts.py``). From two weeks on each weekday has its own height.
"""

import hashlib

import numpy as np
import numpy.typing as npt

from gemledger_collector.alerts.forecast.history import History

Floats = npt.NDArray[np.float64]

PATHS = 1_000
WEEKDAYS_FROM_DAYS = 14
_AGEING = 0.3
"""By how much less likely a day is drawn than the day after it."""
_PRIOR_WANDERING, _PRIOR_DAYS = 0.4, 4
"""How far the logarithm of the level moves in a day when nothing is known, and how many days it takes to know."""
_SHARE_THAT_STAYS = 0.3
"""Of the variance from day to day; the rest is gone the next day."""
_LOWEST_DAY = 0.05
"""Of the level: the logarithm of a day without spend would be no number."""
_WANDERS_DAYS = 14
_LOWEST, _HIGHEST = -3.0, 2.0
"""Logarithms that the level stays between."""
_PICO = 1e12


def paths(history: History, days: int) -> Floats:
    """Dollars of the rest of today and of each of ``days`` days after it, a row for each possible future."""
    totals = np.array([day.pico_usd for day in history.days], dtype=np.float64) / _PICO
    random = np.random.default_rng(_seed(history))
    height, coming = _weekdays(history, totals, days + 1)
    totals = totals / height
    ages = np.arange(len(totals))[::-1]
    likely = (1 - _AGEING) ** ages / ((1 - _AGEING) ** ages).sum()
    level = random.choice(totals, (PATHS, 1), p=likely)
    varied = random.choice(totals, (PATHS, days + 1), p=likely) / ((totals * likely).sum() or 1.0)
    found: Floats = level * varied * _wandering(random, totals, likely, days + 1) * coming
    found[:, 0] *= max(0.0, history.rest_of_today)
    return np.maximum(found, 0.0)


def _seed(history: History) -> int:
    """The whole days alone: a forecast must not flicker while today goes on."""
    written = ",".join(str(day.pico_usd) for day in history.days)
    return int.from_bytes(hashlib.sha256(written.encode()).digest()[:8], "big")


def _weekdays(history: History, totals: Floats, count: int) -> tuple[Floats, Floats]:
    """How high each past and each coming day is for its weekday; one everywhere until there are two weeks."""
    mean = float(totals.mean())
    if len(totals) < WEEKDAYS_FROM_DAYS or mean <= 0:
        return np.ones(len(totals)), np.ones(count)
    weekdays = (history.weekday - len(totals) + np.arange(len(totals) + count)) % 7
    past = weekdays[: len(totals)]
    # One average day more for each weekday: two Sundays alone are no certainty.
    heights = np.array(
        [
            (totals[past == day].sum() + mean) / (((past == day).sum() + 1) * mean)
            for day in range(7)
        ]
    )
    return heights[past], heights[weekdays[len(totals) :]]


def _wandering(random: np.random.Generator, totals: Floats, likely: Floats, days: int) -> Floats:
    floor = _LOWEST_DAY * float((totals * likely).sum())
    moves = np.diff(np.log(np.maximum(totals, max(floor, 1e-12))))
    moves = np.clip(moves, _LOWEST, -_LOWEST)
    known = len(moves) / (_PRIOR_DAYS + len(moves))
    variance = (_PRIOR_WANDERING * (1 - known)) ** 2
    variance += _SHARE_THAT_STAYS * known * float((moves**2).mean())
    steps = random.standard_normal((PATHS, days)) * np.sqrt(variance)
    steps[:, _WANDERS_DAYS:] = 0.0
    found: Floats = np.exp(np.clip(np.cumsum(steps, axis=1), _LOWEST, _HIGHEST))
    return found
