"""Two candidates on the same questions: which one is worse, and whether there is enough to tell; pure.

Pairs say more than two samples of their size: what is hard about a question is hard for both. Of rates only the pairs
that disagree count (McNemar); of amounts the differences do.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gemledger_collector.estimation.paired import changed_by_chance
from gemledger_collector.estimation.rates import Estimate, student_95

FEWEST_PAIRS = 10
"""Fewer never tell, whatever they look like."""
_RESAMPLES = 2_000
_SEED = 20_261_129


@dataclass(frozen=True, slots=True)
class PairedRates:
    """How often either is bad: second minus first."""

    pairs: int
    only_first: int
    """Pairs of which only the first is bad."""
    only_second: int
    difference: Estimate
    p_value: float
    """McNemar's exact test, two-sided: how likely such disagreement is if neither is worse."""
    probability_second_worse: float
    """That in pairs which disagree it is more often the second that is bad (uniform prior)."""

    @property
    def tells(self) -> bool:
        """Whether there is enough to say that one is worse."""
        apart = self.difference.low > 0 or self.difference.high < 0
        return self.pairs >= FEWEST_PAIRS and apart and self.p_value < 0.05


@dataclass(frozen=True, slots=True)
class PairedMeans:
    """How far apart two means are: second minus first."""

    pairs: int
    difference: Estimate

    @property
    def tells(self) -> bool:
        """Whether there is enough to say that one is higher."""
        apart = self.difference.low > 0 or self.difference.high < 0
        return self.pairs >= FEWEST_PAIRS and apart


def rates(bad: Sequence[tuple[bool, bool]]) -> PairedRates | None:
    """Pairs (first is bad, second is bad), with Bonett and Price's interval of the difference; None of none."""
    if not bad:
        return None
    only_first = sum(first and not second for first, second in bad)
    only_second = sum(second and not first for first, second in bad)
    return PairedRates(
        len(bad),
        only_first,
        only_second,
        _difference(only_first, only_second, len(bad)),
        changed_by_chance(only_first, only_second),
        _at_most(only_second, only_first + only_second + 1),
    )


def means(scores: Sequence[tuple[float, float]]) -> PairedMeans | None:
    """Pairs of scores in 0..1, with an interval of the mean difference; None of fewer than two.

    Judges' scores mostly agree, and a few are far apart: of such differences Student's interval covers the truth in
    92 % at 40 pairs, and in 64 % at 20 of which one in twenty differs, for a sample without the rare ones looks more
    certain than it is. So two pairs are added that are as far apart as scores can be, one either way, as Bonett and
    Price do with labels.
    """
    if len(scores) < 2:
        return None
    seen = np.array([second - first for first, second in scores])
    value, widened = float(seen.mean()), np.append(seen, (-1.0, 1.0))
    half = student_95(len(widened) - 1) * float(widened.std(ddof=1)) / math.sqrt(len(widened))
    return PairedMeans(len(scores), _around(value, float(widened.mean()), half))


def ratio(amounts: Sequence[tuple[float, float]]) -> Estimate | None:
    """The second's sum over the first's, with a paired bootstrap's interval; None of fewer than two, or over nothing.

    The resamples are the same each time, so the same amounts give the same interval.
    """
    pairs = np.array(amounts, dtype=float)
    if len(pairs) < 2 or pairs[:, 0].sum() <= 0:
        return None
    value = float(pairs[:, 1].sum() / pairs[:, 0].sum())
    chance = np.random.default_rng(_SEED)
    drawn = [_resampled(pairs, chance) for _ in range(_RESAMPLES)]
    low, high = np.quantile([each for each in drawn if each is not None] or [value], (0.025, 0.975))
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def _resampled(
    pairs: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", chance: np.random.Generator
) -> float | None:
    first, second = pairs[chance.integers(len(pairs), size=len(pairs))].sum(axis=0)
    return float(second / first) if first > 0 else None


def _difference(only_first: int, only_second: int, pairs: int) -> Estimate:
    """Bonett and Price, 2012: as if one more pair had disagreed either way; with Student's quantile for few pairs."""
    first, second = (only_first + 1) / (pairs + 2), (only_second + 1) / (pairs + 2)
    centre = second - first
    half = student_95(pairs + 1) * math.sqrt((first + second - centre * centre) / (pairs + 1))
    return _around((only_second - only_first) / pairs, centre, half)


def _around(value: float, centre: float, half: float) -> Estimate:
    """An interval of differences, which holds its value and stays within -1..1."""
    low, high = max(-1.0, centre - half), min(1.0, centre + half)
    return Estimate(value, min(value, low), max(value, high))


def _at_most(hits: int, coins: int) -> float:
    """How likely so many fair coins show heads at most so often."""
    return sum(math.comb(coins, count) for count in range(hits + 1)) / int(2**coins)
