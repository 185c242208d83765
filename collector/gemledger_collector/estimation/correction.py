"""What share of answers is truly bad, given what the judge flags and how it did on answers that people labelled; pure.

Rogan and Gladen: true = (flagged + specificity - 1) / (sensitivity + specificity - 1). Labels are often taken half from
the flagged and half from the others, so sensitivity and specificity are not read off them but follow from the share of
truly bad among the flagged, the share among the others, and how many of all judged answers are flagged.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from gemledger_collector.estimation.rates import Estimate

Draws = npt.NDArray[np.float64]

_DRAWS = 4_000
_SEED = 20261129
_TAILS = (0.015, 0.975)
"""Quantiles of the draws that are the interval. The lower one is further out, for of few bad answers Wilson's lower
bound is too high more often than it promises: with 2.5 % there, single cases of the simulation fall below 93 %."""
_MOST_DOUBT = 0.025
"""How likely it may be that the judge flags good answers as readily as bad ones; beyond it nothing can be said."""


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """Labelled answers by what the judge said (flagged or passed) and by what people say; the undecided are in none.

    ``flagged_share`` is the share that the judge flags of all it decides, and ``judged`` how many tell that: they undo
    that flagged answers were labelled more often. None: the labels are a plain sample. Counts may be effective ones,
    which need not be whole.
    """

    flagged_bad: float
    flagged_good: float
    passed_bad: float
    passed_good: float
    flagged_share: float | None = None
    judged: float = 0

    @property
    def flagged(self) -> float:
        """Labelled answers that the judge flagged."""
        return self.flagged_bad + self.flagged_good

    @property
    def passed(self) -> float:
        """Labelled answers that the judge passed."""
        return self.passed_bad + self.passed_good

    @property
    def of_all(self) -> tuple[float, float]:
        """The flagged share of all the judge decides, and how many answers tell it."""
        if self.flagged_share is None or self.judged <= 0:
            return self.flagged / (self.flagged + self.passed), self.flagged + self.passed
        return self.flagged_share, self.judged


@dataclass(frozen=True, slots=True)
class Observed:
    """What a judge flagged: the (weighted) share, and how many answers of equal weight tell it."""

    share: float
    effective: float


@dataclass(frozen=True, slots=True)
class JudgeErrors:
    """How a judge errs: the best guess, and draws of what else is plausible."""

    sensitivity: float
    specificity: float
    sensitivity_draws: Draws
    specificity_draws: Draws
    drawn: npt.NDArray[np.bool_]
    """Which of the draws these are: without those in which the judge is no better than chance."""


def correct(observed: Observed, labels: LabelCounts) -> Estimate | None:
    """The share of truly bad answers; None where the labels do not tell how the judge errs.

    That is so where no flagged or no passed answer was labelled, where nothing was judged, or where it is plausible
    that the judge flags good answers as readily as bad ones (sensitivity + specificity at most 1).
    """
    errors = judge_errors(labels)
    if errors is None or observed.effective <= 0:
        return None
    value = _true_share(observed.share, errors.sensitivity, errors.specificity)
    drawn = _true_share(
        _plausible(observed.share, observed.effective, 3)[errors.drawn],
        errors.sensitivity_draws,
        errors.specificity_draws,
    )
    low, high = np.quantile(np.clip(drawn, 0.0, 1.0), _TAILS)
    best = min(1.0, max(0.0, float(value)))
    return Estimate(best, min(best, float(low)), max(best, float(high)))


def correct_together(parts: Sequence[tuple[float, Estimate | None]]) -> Estimate | None:
    """One share of what several judges judged: each part with its weight; None unless every part has a share.

    The parts' intervals are independent, so their distances add up as squares.
    """
    estimates = [(weight, found) for weight, found in parts if found is not None]
    whole = sum(weight for weight, _ in estimates)
    if len(estimates) < len(parts) or whole <= 0:
        return None
    if len(estimates) == 1:
        return estimates[0][1]
    value = sum(weight / whole * found.value for weight, found in estimates)
    down = math.hypot(*(weight / whole * (found.value - found.low) for weight, found in estimates))
    up = math.hypot(*(weight / whole * (found.high - found.value) for weight, found in estimates))
    return Estimate(value, max(0.0, value - down), min(1.0, value + up))


@lru_cache(maxsize=64)
def judge_errors(labels: LabelCounts) -> JudgeErrors | None:
    """Sensitivity and specificity that the labels tell; None where it is plausible that they sum to no more than 1."""
    if labels.flagged <= 0 or labels.passed <= 0:
        return None
    right, missed = labels.flagged_bad / labels.flagged, labels.passed_bad / labels.passed
    rights = _plausible(right, labels.flagged, 0)
    misses = _plausible(missed, labels.passed, 1)
    # Sensitivity + specificity > 1 says the same as: a flagged answer is more often bad than a passed one.
    if right <= missed or np.mean(rights <= misses) > _MOST_DOUBT:
        return None
    share, told_by = labels.of_all
    sensitivity, specificity = _accuracy(share, right, missed)
    shares, better = _plausible(share, told_by, 2), rights > misses
    drawn = _accuracy(shares[better], rights[better], misses[better])
    return JudgeErrors(float(sensitivity), float(specificity), *drawn, better)


def _accuracy(
    flagged: Draws | float, right: Draws | float, missed: Draws | float
) -> tuple[Draws, Draws]:
    """Sensitivity and specificity by Bayes' rule, from the shares flagged, bad if flagged, bad if not flagged."""
    found, overlooked = np.multiply(flagged, right), np.multiply(1.0 - flagged, missed)
    blamed, passed = np.multiply(flagged, 1.0 - right), np.multiply(1.0 - flagged, 1.0 - missed)
    return found / (found + overlooked), passed / (passed + blamed)


def _true_share(
    flagged: Draws | float, sensitivity: Draws | float, specificity: Draws | float
) -> Draws:
    return np.divide(np.add(flagged, specificity) - 1.0, np.add(sensitivity, specificity) - 1.0)


def _plausible(share: float, size: float, stream: int) -> Draws:
    """Values that the true share may have, spread so that any quantile of them is a bound of Wilson's interval."""
    z = _normals()[stream]
    z2 = z * z
    root = np.sqrt(share * (1.0 - share) / size + z2 / (4.0 * size * size))
    plausible: Draws = (share + z2 / (2.0 * size) + z * root) / (1.0 + z2 / size)
    return plausible


@cache
def _normals() -> Draws:
    """The same for every question: equal questions get equal answers."""
    return np.random.default_rng(_SEED).standard_normal((4, _DRAWS))
