"""What judgements say of all answers: weighted rates, corrected for the judge where labels tell how it errs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from gemledger_collector.estimation import correction, weighted
from gemledger_collector.estimation.agreement import agreement
from gemledger_collector.estimation.correction import LabelCounts, Observed
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.estimation.weighted import Sums
from gemledger_collector.storage import labels
from gemledger_collector.storage.evaluations import Tally
from gemledger_collector.storage.labels import Grading
from gemledger_collector.storage.transaction import Snapshot

CHECK = "check"


@dataclass(frozen=True, slots=True)
class Figures:
    """Judgements of one group and dimension; rates and scores are of all its answers, not only of the sample."""

    judged: int
    bad: int
    cannot_tell: int
    errors: int
    bad_rate: Estimate | None
    """What the judge flags, or what fails a check."""
    informative: float
    """How many answers of equal weight would tell as much of it."""
    mean_score: Estimate | None
    corrected_rate: Estimate | None
    """What is truly bad; None unless calibrated."""
    calibrated: bool
    """Whether people's labels tell how everyone errs who judged these."""
    checked: bool
    """By a deterministic check, which is right by definition."""


@dataclass(frozen=True, slots=True)
class Judges:
    """The judges that people's labels have calibrated, and how each of them errs."""

    calibrated: Mapping[Grading, LabelCounts]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        """As the labels of this moment tell."""
        found = labels.labelled(snapshot)
        return cls(
            {each.grading: each.counts for each in found if agreement(each.counts).calibrated}
        )

    def know(self, by_judge: Mapping[Grading, Sums]) -> bool:
        """Whether everyone who decided on these answers is calibrated."""
        found = [grading for grading, sums in by_judge.items() if sums.count]
        return bool(found) and all(grading in self.calibrated for grading in found)

    def corrected(self, by_judge: Mapping[Grading, Sums]) -> Estimate | None:
        """The share of truly bad answers; None where labels do not tell it of every judge."""
        parts = [
            (sums.weight_sum, self._corrected(grading, sums))
            for grading, sums in by_judge.items()
            if sums.count
        ]
        return correction.correct_together(parts)

    def _corrected(self, grading: Grading, sums: Sums) -> Estimate | None:
        counts, share = self.calibrated.get(grading), sums.value
        if counts is None or share is None:
            return None
        return correction.correct(Observed(share, weighted.informative(sums)), counts)


def figures(tallies: Sequence[Tally], judges: Judges) -> Figures:
    """The figures of tallies that are all of one dimension and kind."""
    flags = weighted.total([each.flags for each in tallies])
    by_judge = _by_judge(tallies)
    checks = any(each.kind == CHECK for each in tallies)
    calibrated = not checks and judges.know(by_judge)
    return Figures(
        judged=sum(each.judged for each in tallies),
        bad=sum(each.bad for each in tallies),
        cannot_tell=sum(each.cannot_tell for each in tallies),
        errors=sum(each.errors for each in tallies),
        bad_rate=weighted.rate(flags),
        informative=weighted.informative(flags),
        mean_score=weighted.mean(weighted.total([each.scores for each in tallies])),
        corrected_rate=judges.corrected(by_judge) if calibrated else None,
        calibrated=calibrated,
        checked=checks,
    )


def _by_judge(tallies: Sequence[Tally]) -> Mapping[Grading, Sums]:
    gathered: dict[Grading, list[Sums]] = {}
    for each in tallies:
        grading = Grading(each.dimension, each.rubric_version, each.judge_model)
        gathered.setdefault(grading, []).append(each.flags)
    return {grading: weighted.total(parts) for grading, parts in gathered.items()}
