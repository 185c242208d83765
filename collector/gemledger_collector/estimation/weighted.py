"""Rates and means of a sample in which not every answer had the same chance to be picked; pure.

Each judged answer stands for 1 / inclusion probability answers: its weight. A sample comes as sums, which add up over
slots, and equal weights give what ``rates`` gives, to the bit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gemledger_collector.estimation import rates
from gemledger_collector.estimation.rates import Estimate

_ADDED = (
    "value_sum",
    "value_square_sum",
    "weight_sum",
    "weight_square_sum",
    "weight_value_sum",
    "weight_square_value_sum",
    "weight_square_value_square_sum",
)


@dataclass(frozen=True, slots=True)
class Sums:
    """What a weighted sample of values in 0..1 adds up to; a value of a rate is 1 (bad) or 0."""

    count: int = 0
    value_sum: float = 0.0
    value_square_sum: float = 0.0
    weight_sum: float = 0.0
    weight_square_sum: float = 0.0
    weight_value_sum: float = 0.0
    weight_square_value_sum: float = 0.0
    weight_square_value_square_sum: float = 0.0
    lightest: float | None = None
    heaviest: float | None = None

    @property
    def equal(self) -> bool:
        """Whether all weights are the same, so that none matters."""
        return self.lightest == self.heaviest

    @property
    def effective(self) -> float:
        """Kish's size: how many answers of equal weight would tell as much; never more than there are."""
        if self.equal or not self.weight_square_sum:
            return float(self.count)
        return min(float(self.count), self.weight_sum**2 / self.weight_square_sum)

    @property
    def value(self) -> float | None:
        """Hajek's estimate of the mean over all answers; None of none."""
        if not self.count or not self.weight_sum:
            return None
        mean = (
            self.value_sum / self.count if self.equal else self.weight_value_sum / self.weight_sum
        )
        return min(1.0, max(0.0, mean))


def sums_of(values: Sequence[float], weights: Sequence[float]) -> Sums:
    """The sums of values with their weights."""
    pairs = list(zip(values, weights, strict=True))
    return Sums(
        count=len(pairs),
        value_sum=math.fsum(values),
        value_square_sum=math.fsum(y * y for y in values),
        weight_sum=math.fsum(weights),
        weight_square_sum=math.fsum(w * w for w in weights),
        weight_value_sum=math.fsum(w * y for y, w in pairs),
        weight_square_value_sum=math.fsum(w * w * y for y, w in pairs),
        weight_square_value_square_sum=math.fsum(w * w * y * y for y, w in pairs),
        lightest=min(weights, default=None),
        heaviest=max(weights, default=None),
    )


def total(parts: Sequence[Sums]) -> Sums:
    """Samples of disjoint answers as one."""
    told = [part for part in parts if part.count]

    def added(name: str) -> float:
        return float(sum(getattr(part, name) for part in told))

    return Sums(
        count=sum(part.count for part in told),
        **{name: added(name) for name in _ADDED},
        lightest=min((part.lightest for part in told if part.lightest is not None), default=None),
        heaviest=max((part.heaviest for part in told if part.heaviest is not None), default=None),
    )


def rate(sums: Sums) -> Estimate | None:
    """The share of ones among all answers, with Wilson's interval at ``informative`` answers; None of none."""
    if sums.equal:
        return rates.rate(round(sums.value_sum), sums.count)
    share = sums.value
    return None if share is None else wilson(share, informative(sums))


def informative(sums: Sums) -> float:
    """How many answers of equal weight would tell as much of this rate.

    The linearised variance of Hajek's rate is p (1-p) times the mean weight of the ones and of the zeros (each weighted
    by itself, and taken crosswise), over the sum of weights. Kish's size holds where both means are alike; where the
    bad answers are the heavy ones, its interval is too short (docs/quality-figures.md has the simulation). A rare bad
    answer says little of the weight of bad ones, so one more of the heaviest weight is supposed.
    """
    if sums.equal or sums.heaviest is None:
        return float(sums.count)
    share = sums.weight_value_sum / sums.weight_sum
    supposed = sums.heaviest
    ones = (sums.weight_square_value_sum + supposed**2) / (sums.weight_value_sum + supposed)
    zero_weight = sums.weight_sum - sums.weight_value_sum
    zeros = (sums.weight_square_sum - sums.weight_square_value_sum + supposed**2) / (
        zero_weight + supposed
    )
    return min(sums.count, sums.weight_sum / ((1 - share) * ones + share * zeros))


def mean(sums: Sums) -> Estimate | None:
    """The mean score of all answers, with Student's interval of its linearised variance; None of none."""
    if sums.equal:
        return rates.mean(sums.value_sum, sums.value_square_sum, sums.count)
    value = sums.value
    if value is None:
        return None
    degrees = math.floor(sums.effective) - 1
    if degrees < 1:
        return Estimate(
            value, 0.0, 1.0
        )  # one answer carries nearly all weight: nothing tells the spread
    squares = (
        sums.weight_square_value_square_sum
        - 2 * value * sums.weight_square_value_sum
        + value * value * sums.weight_square_sum
    )
    spread = max(0.0, squares) * sums.effective / (sums.effective - 1)
    half = rates.student_95(degrees) * math.sqrt(spread) / sums.weight_sum
    return Estimate(value, max(0.0, value - half), min(1.0, value + half))


def wilson(share: float, size: float, z: float = rates.Z_95) -> Estimate:
    """Wilson's interval of a share seen in ``size`` answers, which need not be whole."""
    z2 = z * z
    centre = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = z / (1 + z2 / size) * math.sqrt(share * (1 - share) / size + z2 / (4 * size * size))
    return Estimate(share, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)))
