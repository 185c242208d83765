"""How far a judge and people agree: kappa, sensitivity and specificity with their 95 % intervals; pure.

People label as many answers of those the judge flagged as of those it passed, so labels are no plain sample of what was
judged: each half counts by its share of all judged answers. All three figures follow from that share, from how many
flagged answers are bad, and from how many passed ones are. The interval draws these three from their posteriors
(Jeffreys' prior) and takes the middle 95 % of what follows; the tests measure how often it covers the truth.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gemledger_collector.estimation.correction import LabelCounts
from gemledger_collector.estimation.rates import Estimate

LABELS_NEEDED = 100
KAPPA_NEEDED = 0.4
_DRAWS = 20_000
_SEED = 7  # the same labels give the same interval
_JEFFREYS = 0.5
_TAILS = (2.5, 97.5)
_BANDS = (
    (0.0, "poor"),
    (0.2, "slight"),
    (0.4, "fair"),
    (0.6, "moderate"),
    (0.8, "substantial"),
    (1.0, "almost perfect"),
)
"""Upper ends of Landis and Koch's bands: a habit of speech, no test."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What labels say of the judge; None where they say nothing of it, such as sensitivity without a bad answer."""

    labels: int
    kappa: Estimate | None
    sensitivity: Estimate | None
    specificity: Estimate | None

    @property
    def calibrated(self) -> bool:
        """Whether the judge is known well enough, and good enough, to call what it flags by its name."""
        return not self.missing

    @property
    def missing(self) -> str:
        """What it takes, in words; empty where nothing is missing."""
        if self.labels < LABELS_NEEDED:
            more = LABELS_NEEDED - self.labels
            return f"{more} more label{'s' * (more > 1)}"
        if self.kappa is None:
            return "labels of both kinds of answers, those the judge flagged and those it passed"
        if self.kappa.value < KAPPA_NEEDED:
            return f"a judge that agrees with people: kappa is {self.kappa.value:.2f}, {KAPPA_NEEDED} is needed"
        return ""


def agreement(counts: LabelCounts) -> Agreement:
    """Kappa, sensitivity and specificity as they are among all judged answers."""
    labels = round(counts.flagged + counts.passed)
    if counts.flagged <= 0 or counts.passed <= 0:
        return Agreement(labels, None, None, None)
    share, judged = counts.of_all
    at_point = _figures(
        share, counts.flagged_bad / counts.flagged, counts.passed_bad / counts.passed
    )
    draw = np.random.default_rng(_SEED)
    drawn = _figures(
        _posterior(draw, share * judged, (1 - share) * judged),
        _posterior(draw, counts.flagged_bad, counts.flagged_good),
        _posterior(draw, counts.passed_bad, counts.passed_good),
    )
    return Agreement(labels, *map(_estimate, at_point, drawn))


def band(kappa: float) -> str:
    """What Landis and Koch called such a kappa."""
    return next((word for end, word in _BANDS if kappa <= end), _BANDS[-1][1])


def _posterior(draw: np.random.Generator, hits: float, misses: float) -> Any:  # noqa: ANN401 - an array of floats
    return draw.beta(hits + _JEFFREYS, misses + _JEFFREYS, _DRAWS)


def _figures(flagged: Any, bad_if_flagged: Any, bad_if_passed: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401 - numbers or arrays of them
    """Kappa, sensitivity and specificity of a judge; not a number where there is nothing to divide by."""
    caught = np.asarray(flagged * bad_if_flagged)
    cleared = np.asarray((1 - flagged) * (1 - bad_if_passed))
    bad = caught + (1 - flagged) * bad_if_passed
    by_chance = flagged * bad + (1 - flagged) * (1 - bad)
    with np.errstate(divide="ignore", invalid="ignore"):
        kappa = (caught + cleared - by_chance) / (1 - by_chance)
        return kappa, caught / bad, cleared / (1 - bad)


def _estimate(at_point: Any, drawn: Any) -> Estimate | None:  # noqa: ANN401 - see above
    value = float(at_point)
    if not np.isfinite(value):
        return None
    low, high = np.nanpercentile(drawn, _TAILS)
    # At an edge, such as no disagreement at all, the point lies outside what is drawn.
    return Estimate(value, min(value, float(low)), max(value, float(high)))
