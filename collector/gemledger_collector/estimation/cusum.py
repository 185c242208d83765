"""Whether bad answers have become more frequent: a CUSUM of log-likelihood ratios, its promise known beforehand; pure.

Every answer weighs the evidence for the unacceptable rate against the acceptable one. The weights are rounded to a
lattice (a bad answer counts ``rise``, a good one -1), and the chart runs on that lattice: so how often it is wrong and
how soon it is right follow exactly from a Markov chain. See Reynolds and Stoumbos, Journal of Quality Technology 31
(1999), for the chart.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from gemledger_collector.estimation.run_lengths import (
    mean_recoveries,
    mean_run_lengths,
    quantiles,
)

Answers = NDArray[np.bool_]
"""True for a bad answer, in the order of the calls."""

_HIGHEST_LIMIT = 50_000
"""States; beyond it the two rates are too much alike."""
_HIGHEST_ACCEPTABLE = 0.45
_RECOVERY_EVERY = 500
"""An unacceptable rate is called good again once in so many answers."""


class NoChart(ValueError):  # noqa: N818 - named for what there is not
    """These rates cannot be told apart; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Design:
    """A chart and what it promises.

    It alarms at ``limit``; at the acceptable rate once in ``false_alarm_every`` answers on average (exact).
    At the unacceptable rate half of the changes are seen within ``median`` answers, nine in ten within ``p90``, counted
    from a chart at 0: one that has moved is faster. ``recovery_limit`` is that of the mirrored chart, which says that
    the rate is acceptable again.
    """

    acceptable: float
    unacceptable: float
    rise: int
    limit: int
    recovery_limit: int
    false_alarm_every: float
    median: int
    p90: int

    def every(self, rate: float) -> float:
        """After how many answers it alarms, on average, at this rate."""
        return _nth(mean_run_lengths(rate, self.rise), self.limit)

    def delay(self, rate: float, share: float = 0.9) -> int:
        """Within how many answers it has alarmed in this share of cases, at this rate from the first answer on."""
        return quantiles(rate, (self.rise, -1), self.limit, share)[0]

    def recovery(self, rate: float, share: float = 0.9) -> int:
        """Within how many answers after an alarm it is over in this share of cases, at this rate."""
        return quantiles(rate, (-self.rise, 1), self.recovery_limit, share)[0]


@lru_cache(maxsize=4096)
def design(acceptable: float, unacceptable: float, false_alarm_every: float) -> Design:
    """The chart that sees the unacceptable rate soonest, with one alarm in so many answers at the acceptable one.

    Raises NoChart where the rates are too much alike, or in no order.
    """
    if not 0 < acceptable < unacceptable < 1:
        raise NoChart(
            f"acceptable {acceptable:.4g} and unacceptable {unacceptable:.4g} must be rates, the first below the second"
        )
    if acceptable >= _HIGHEST_ACCEPTABLE:
        raise NoChart(
            f"{acceptable:.2%} bad answers leave nothing to watch; make the rubric stricter"
        )
    charts = [
        chart
        for rise in _rises(acceptable, unacceptable)
        if (chart := _chart(acceptable, unacceptable, rise, false_alarm_every)) is not None
    ]
    if not charts:
        raise NoChart(
            f"{acceptable:.2%} and {unacceptable:.2%} are too much alike to be told apart; raise the unacceptable rate"
        )
    return min(charts, key=lambda each: (each.p90, each.median))


def _rises(acceptable: float, unacceptable: float) -> list[int]:
    """What a bad answer may count where a good one counts -1: the log-likelihood ratios' quotient, both ways rounded.

    Between the two rates must lie the one at which the walk stands still, 1 / (rise + 1).
    """
    good = math.log((1 - acceptable) / (1 - unacceptable))
    quotient = math.log(unacceptable / acceptable) / good
    return [
        rise
        for rise in sorted({math.floor(quotient), math.ceil(quotient)})
        if rise >= 1 and acceptable < 1 / (rise + 1) < unacceptable
    ]


def _chart(
    acceptable: float, unacceptable: float, rise: int, false_alarm_every: float
) -> Design | None:
    lengths = islice(mean_run_lengths(acceptable, rise), _HIGHEST_LIMIT)
    found = next(
        ((limit, mean) for limit, mean in enumerate(lengths, 1) if mean >= false_alarm_every), None
    )
    if found is None:
        return None
    limit, mean = found
    recoveries = enumerate(mean_recoveries(unacceptable, rise), 1)
    recovery = next(limit for limit, mean in recoveries if mean >= _RECOVERY_EVERY)
    median, p90 = quantiles(unacceptable, (rise, -1), limit, 0.5, 0.9)
    return Design(acceptable, unacceptable, rise, limit, recovery, mean, median, p90)


def _nth(values: Iterator[float], place: int) -> float:
    return next(islice(values, place - 1, None))


@dataclass(frozen=True, slots=True)
class Course:
    """Where a chart stands after some answers. Places are indices of answers.

    ``changed_at`` is where the change probably began: the first answer after the chart was last at 0 before its alarm.
    """

    alarmed: bool
    alarmed_at: int | None = None
    changed_at: int | None = None
    recovered_at: int | None = None
    """Of the last alarm that is over."""


def course(chart: Design, answers: Answers, *, alarmed: bool = False) -> Course:
    """Follow a chart and its mirror image: one looks for an alarm, then the other for its end, and so on."""
    seen = Course(alarmed, alarmed_at=-1 if alarmed else None, changed_at=0 if alarmed else None)
    begin = 0
    while begin < len(answers):
        rest = answers[begin:]
        walk = statistic(chart, rest, mirrored=seen.alarmed)
        hits = np.flatnonzero(walk >= (chart.recovery_limit if seen.alarmed else chart.limit))
        if len(hits) == 0:
            return seen
        hit = int(hits[0])
        if seen.alarmed:
            seen = Course(alarmed=False, recovered_at=begin + hit)
        else:
            zeros = np.flatnonzero(walk[:hit] == 0)
            changed = begin + (int(zeros[-1]) + 1 if len(zeros) else 0)
            seen = Course(True, begin + hit, changed, seen.recovered_at)
        begin += hit + 1
    return seen


def statistic(chart: Design, answers: Answers, *, mirrored: bool = False) -> NDArray[np.int64]:
    """The walk after each answer, along the last axis: of one sequence, or of many at once."""
    steps = np.where(answers, np.int64(chart.rise), np.int64(-1))
    sums = np.cumsum(-steps if mirrored else steps, axis=-1)
    return sums - np.minimum(np.minimum.accumulate(sums, axis=-1), 0)
