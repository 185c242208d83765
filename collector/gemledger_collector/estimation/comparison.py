"""Two groups of judged answers beside each other: is the new one worse, and by how much; pure."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gemledger_collector.estimation import weighted
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.estimation.weighted import Sums

_POINTS = 4_001
_PRIOR = 0.5
"""Jeffreys: half a bad answer and half a good one, before any is seen."""
_SPREAD = 12.0
"""Standard deviations beyond which a rate is not looked for."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``difference`` is new minus old, above 0 where the new one is worse."""

    difference: Estimate
    probability_worse: float
    """That the new bad rate is above the old one by more than the asked delta."""


def compare(old: Sums, new: Sums, delta: float = 0.0) -> Comparison | None:
    """The new bad rate against the old one, each at its number of informative answers; None where one has none."""
    before, after = weighted.rate(old), weighted.rate(new)
    if before is None or after is None:
        return None
    sizes = weighted.informative(old), weighted.informative(new)
    worse = probability_above((after.value, sizes[1]), (before.value, sizes[0]), delta)
    return Comparison(difference(before, after), worse)


def difference(old: Estimate, new: Estimate) -> Estimate:
    """New minus old with Newcombe's interval, made of the intervals of both."""
    value = new.value - old.value
    low = value - math.hypot(new.value - new.low, old.high - old.value)
    high = value + math.hypot(new.high - new.value, old.value - old.low)
    return Estimate(value, max(-1.0, low), min(1.0, high))


def probability_above(
    new: tuple[float, float], old: tuple[float, float], delta: float = 0.0
) -> float:
    """The chance that the rate behind ``new`` (share, answers) is above that behind ``old`` by more than delta.

    Both rates have beta distributions around what was seen. The integral is a sum over points, so that equal
    questions have equal answers.
    """
    at, density = _density(*new)
    below_at, below = _density(*old)
    cumulative = np.cumsum(below)
    # A point's own weight lies half below it.
    less = np.interp(at - delta, below_at, cumulative - below / 2, left=0.0, right=1.0)
    return min(1.0, max(0.0, float(np.sum(density * less))))


def _density(share: float, size: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Points where the rate may be, and how likely it is near each; the likelihoods sum to 1."""
    bad, good = share * size + _PRIOR, (1.0 - share) * size + _PRIOR
    centre = bad / (bad + good)
    spread = _SPREAD * math.sqrt(centre * (1.0 - centre) / (bad + good + 1.0))
    # In angles (rate = sin²) the distribution is smooth up to both ends, where in rates it may be infinite.
    low, high = (
        math.asin(math.sqrt(min(1.0, max(0.0, centre + end)))) for end in (-spread, spread)
    )
    angles = low + (high - low) / _POINTS * (np.arange(_POINTS) + 0.5)
    logs = (2 * bad - 1.0) * np.log(np.sin(angles)) + (2 * good - 1.0) * np.log(np.cos(angles))
    weights = np.exp(logs - logs.max())
    return np.sin(angles) ** 2, weights / weights.sum()
