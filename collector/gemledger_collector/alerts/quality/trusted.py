"""How far the judge of a quality alert may be trusted: asked again when a label, a judge or an hour is new."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gemledger_collector.alerts.quality.baseline import Known
from gemledger_collector.alerts_config import QualityConfig
from gemledger_collector.estimation import correction
from gemledger_collector.estimation.correction import LabelCounts, Observed
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.judge_config import words
from gemledger_collector.judge_config.words import FLAGGED
from gemledger_collector.storage import labels
from gemledger_collector.storage.judges import Judges
from gemledger_collector.storage.labels import Grading
from gemledger_collector.storage.transaction import Snapshot

_HOUR_NS = 3600 * 10**9
_DIGITS = 3
"""Finer than any labels tell, and coarse enough that charts do not change with every verdict."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """What bad answers are called; how the judge errs, where labels tell, and by which of them."""

    word: str = FLAGGED
    known: Known | None = None
    counts: LabelCounts | None = None

    def corrected(self, bad: int, judged: int) -> Estimate | None:
        """The share of truly bad answers behind what the judge called bad; None unless it is known how it errs."""
        if self.known is None or self.counts is None or not judged:
            return None
        return correction.correct(Observed(bad / judged, judged), self.counts)


@dataclass(slots=True)
class Trusting:
    """What is known of the judges of one configured alert."""

    config: QualityConfig
    rubrics: Path | None = None
    now: Trusted = Trusted()
    _asked: tuple[object, ...] = field(default=())

    def refresh(self, snapshot: Snapshot, judges: Sequence[tuple[str, str]], now: int) -> bool:
        """Whether labels say something else now; ``judges`` are versions of the rubric, and models."""
        dimension = self.config.dimension
        given = labels.number(snapshot, dimension)
        asked = (given, tuple(judges), now // _HOUR_NS)
        if asked == self._asked:
            return False
        before, self._asked = self.now, asked
        gradings = {Grading(dimension, version, model) for version, model in judges}
        self.now = self._told(snapshot, gradings) if given else Trusted()
        return (before.word, before.known) != (self.now.word, self.now.known)

    def _told(self, snapshot: Snapshot, gradings: set[Grading]) -> Trusted:
        """Of two judges at once it is not said how they err: each has charts of its own to come."""
        judges = Judges.of(snapshot, self.config.dimension)
        calibrated = judges.calibrated(gradings)
        word = words.word(self.config.dimension, self.rubrics, calibrated=calibrated)
        if not calibrated or len(gradings) > 1:
            return Trusted(word)
        trust = judges.known[next(iter(gradings))]
        if trust.errors is None:
            return Trusted(word)
        shown = (round(trust.errors.sensitivity, _DIGITS), round(trust.errors.specificity, _DIGITS))
        return Trusted(word, Known(*shown), trust.counts)
