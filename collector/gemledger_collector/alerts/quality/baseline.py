"""Which rates a chart tells apart: as configured, learned from before, corrected for the judge's errors; pure."""

import math
from dataclasses import dataclass

from gemledger_collector.alerts_config import QualityConfig
from gemledger_collector.estimation.cusum import Design, design

FEWEST_LEARNED = 200
"""Judged answers; a rate of fewer is too uncertain to be a baseline."""
MOST_LEARNED = 4000
"""The newest ones count: what was usual long ago is not."""
_LOWEST, _HIGHEST = 0.001, 0.98
_Z_90 = 1.2815515655446004


@dataclass(frozen=True, slots=True)
class Before:
    """What the judge said before: of how many answers how many were bad."""

    bad: int
    judged: int


@dataclass(frozen=True, slots=True)
class Known:
    """How a calibrated judge errs: the share of bad answers it calls bad, and of good ones it calls good."""

    sensitivity: float
    specificity: float

    def flagged(self, rate: float) -> float:
        """The share of answers that it calls bad where so many are."""
        return self.sensitivity * rate + (1 - self.specificity) * (1 - rate)

    def true(self, flagged: float) -> float:
        """The share of answers that are bad where it calls so many bad (Rogan and Gladen)."""
        shown = self.sensitivity + self.specificity - 1
        return min(1.0, max(0.0, (flagged + self.specificity - 1) / shown))

    @property
    def informs(self) -> bool:
        """Whether its verdicts say anything of an answer."""
        return self.sensitivity + self.specificity > 1


def chart(config: QualityConfig, before: Before | None, known: Known | None) -> Design:
    """The chart that watches one group; ``before`` is None where nothing is learned. Raises NoChart.

    What was learned is taken at the upper end of its uncertainty (90 %): else half of all learned baselines would be
    too low, and their charts alarm more often than promised.
    """
    acceptable, unacceptable = config.acceptable, config.unacceptable
    if known is not None:
        acceptable, unacceptable = known.flagged(acceptable), known.flagged(unacceptable)
    if before is not None:
        worse = unacceptable - acceptable
        acceptable = max(_upper(before), _LOWEST)
        unacceptable = min(acceptable + worse, _HIGHEST)
    return design(round(acceptable, 4), round(unacceptable, 4), config.false_alarm_every)


def _upper(before: Before) -> float:
    """Wilson's upper bound: nine of ten true rates are below it."""
    total, z2 = before.judged, _Z_90**2
    share = before.bad / total
    spread = math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return (share + z2 / (2 * total) + _Z_90 * spread) / (1 + z2 / total)
