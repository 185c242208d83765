"""How far judges may be trusted now: what people's labels say of how each errs, and what its verdicts may be called.

The one place that says so; whoever shows a verdict asks here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from gemledger_collector.estimation import correction, weighted
from gemledger_collector.estimation.agreement import Agreement, agreement
from gemledger_collector.estimation.correction import JudgeErrors, LabelCounts, Observed
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.estimation.weighted import Sums
from gemledger_collector.judge_config import words
from gemledger_collector.storage import labels
from gemledger_collector.storage.labels import Grading, Labelled
from gemledger_collector.storage.transaction import Snapshot


@dataclass(frozen=True, slots=True)
class Trust:
    """What labels say of one judge."""

    labelled: Labelled
    agreement: Agreement

    @property
    def grading(self) -> Grading:
        """Which judge."""
        return self.labelled.grading

    @property
    def counts(self) -> LabelCounts:
        """How its verdicts and the labels of people meet."""
        return self.labelled.counts

    @property
    def calibrated(self) -> bool:
        """Whether people bear it out: enough labels, and agreement beyond chance."""
        return self.agreement.calibrated

    @property
    def errors(self) -> JudgeErrors | None:
        """Its sensitivity and specificity; None unless it is calibrated and the labels tell both."""
        return correction.judge_errors(self.counts) if self.calibrated else None

    def word(self, rubrics: Path | None) -> str:
        """What its bad answers are called; ``rubrics`` is the folder of one's own."""
        return words.word(self.grading.dimension, rubrics, calibrated=self.calibrated)


@dataclass(frozen=True, slots=True)
class Judges:
    """Judges, by dimension, the one that judged last first; one that is not known is not calibrated."""

    known: Mapping[Grading, Trust]

    @classmethod
    def of(cls, snapshot: Snapshot, dimension: str | None = None) -> Self:
        """All that have judged anything, or those of one dimension, as the labels of this moment tell."""
        return cls._of(labels.labelled(snapshot, dimension=dimension))

    @classmethod
    def labelled(cls, snapshot: Snapshot) -> Self:
        """Those of dimensions that people have labelled: all that can be calibrated, and sooner."""
        return cls._of(labels.labelled(snapshot, labelled_only=True))

    @classmethod
    def _of(cls, found: Sequence[Labelled]) -> Self:
        return cls({each.grading: Trust(each, agreement(each.counts)) for each in found})

    def calibrated(self, gradings: Iterable[Grading]) -> bool:
        """Whether there are any of these, and people bear out each."""
        told = [self.known.get(each) for each in gradings]
        return bool(told) and all(each is not None and each.calibrated for each in told)

    def corrected(self, by_judge: Mapping[Grading, Sums]) -> Estimate | None:
        """The share of truly bad answers; None where labels do not tell it of every judge."""
        parts = [
            (sums.weight_sum, self._corrected(grading, sums))
            for grading, sums in by_judge.items()
            if sums.count
        ]
        return correction.correct_together(parts)

    def _corrected(self, grading: Grading, sums: Sums) -> Estimate | None:
        trust, share = self.known.get(grading), sums.value
        if trust is None or not trust.calibrated or share is None:
            return None
        return correction.correct(Observed(share, weighted.informative(sums)), trust.counts)
