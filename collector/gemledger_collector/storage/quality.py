"""What judgements say of all answers: weighted rates, corrected for the judge where labels tell how it errs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gemledger_collector.estimation import weighted
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.estimation.weighted import Sums
from gemledger_collector.storage.evaluations import Tally
from gemledger_collector.storage.judges import Judges
from gemledger_collector.storage.labels import Grading

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


def figures(tallies: Sequence[Tally], judges: Judges) -> Figures:
    """The figures of tallies that are all of one dimension and kind."""
    flags = weighted.total([each.flags for each in tallies])
    by_judge = _by_judge(tallies)
    checks = any(each.kind == CHECK for each in tallies)
    calibrated = not checks and judges.calibrated(
        name for name, sums in by_judge.items() if sums.count
    )
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
