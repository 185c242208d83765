"""How often the intervals hold the truth: weighted rates over unequal samples, and rates corrected for the judge."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from alert_bars import Bar

from gemledger_collector.estimation import correction, weighted
from gemledger_collector.estimation.correction import LabelCounts, Observed, correct
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.estimation.weighted import Sums

BAR_PERCENT = 93.0
WEIGHTED_RUNS = 2_000
ANSWERS = 5_000
CORRECTED_RUNS = 150
TRUE_RATES = (0.005, 0.02, 0.05, 0.10, 0.30)
SENSITIVITIES = (0.6, 0.8, 0.95)
SPECIFICITIES = (0.85, 0.95, 0.99)
LABELS = (100, 200, 500)
JUDGED = (100, 1_000, 5_000)


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the traffic: its share, how likely its answers are judged, how many are bad."""

    share: float
    probability: float
    bad_rate: float


TRAFFIC = {
    "one rate for all, 1 in 50": (Stratum(1, 0.02, 0.05),),
    "floor: a quiet half judged whole, as good": (Stratum(0.5, 1, 0.03), Stratum(0.5, 0.02, 0.03)),
    "floor: a quiet half judged whole, better": (Stratum(0.5, 1, 0.01), Stratum(0.5, 0.02, 0.10)),
    "boost: 5 % thumbs down, 40 % of them bad": (Stratum(0.95, 0.05, 0.03), Stratum(0.05, 1, 0.4)),
    "boost that finds nothing": (Stratum(0.9, 0.05, 0.05), Stratum(0.1, 1, 0.05)),
    "boost of what is better": (Stratum(0.7, 0.05, 0.08), Stratum(0.3, 1, 0.005)),
    "burst after a change for the worse": (Stratum(0.8, 0.02, 0.03), Stratum(0.2, 0.4, 0.15)),
    "three rates": (Stratum(0.6, 0.02, 0.02), Stratum(0.3, 0.1, 0.05), Stratum(0.1, 1, 0.3)),
}


def on_weighted() -> Sequence[Bar]:
    """Hajek's rate of ANSWERS answers, by our interval and by Wilson's at Kish's size."""
    print(
        f"  {ANSWERS:,} answers, {WEIGHTED_RUNS:,} runs; 95 % intervals that hold the truth, and their width"
    )
    print(f"  {'':<46}{'true':>7}{'judged':>8}{'ours':>18}{'Kish, Wilson':>18}")
    random = np.random.default_rng(11)
    found = [_one_traffic(random, name, strata) for name, strata in TRAFFIC.items()]
    print()
    return [
        Bar("weighted rates: coverage of all, %", float(np.mean(found)), BAR_PERCENT, True),
        Bar("weighted rates: coverage of the worst traffic, %", min(found), BAR_PERCENT, True),
    ]


def _one_traffic(random: np.random.Generator, name: str, strata: Sequence[Stratum]) -> float:
    truth = sum(each.share * each.bad_rate for each in strata)
    ours, kish, judged = [], [], 0
    for _ in range(WEIGHTED_RUNS):
        sums = weighted.total([_sampled(random, each) for each in strata])
        found = weighted.rate(sums)
        assert found is not None
        ours.append(found)
        kish.append(weighted.wilson(found.value, sums.effective))
        judged += sums.count
    cells = [_coverage(each, truth) for each in (ours, kish)]
    shown = "".join(f"{held:>8.1f} % {width:>6.1f} %" for held, width in cells)
    print(f"  {name:<46}{truth:>7.1%}{judged // WEIGHTED_RUNS:>8}{shown}")
    return cells[0][0]


def _sampled(random: np.random.Generator, stratum: Stratum) -> Sums:
    judged = random.binomial(round(ANSWERS * stratum.share), stratum.probability)
    return alike(int(random.binomial(judged, stratum.bad_rate)), judged, 1 / stratum.probability)


def alike(bad: int, judged: int, weight: float) -> Sums:
    """The sums of answers of one weight."""
    return Sums(
        count=judged,
        value_sum=bad,
        value_square_sum=bad,
        weight_sum=weight * judged,
        weight_square_sum=weight**2 * judged,
        weight_value_sum=weight * bad,
        weight_square_value_sum=weight**2 * bad,
        weight_square_value_square_sum=weight**2 * bad,
        lightest=weight if judged else None,
        heaviest=weight if judged else None,
    )


def _coverage(intervals: Sequence[Estimate], truth: float) -> tuple[float, float]:
    """Percent that hold the truth, and their mean width in points."""
    held = np.mean([each.low <= truth <= each.high for each in intervals])
    return 100 * float(held), 100 * float(np.mean([each.high - each.low for each in intervals]))


@dataclass(frozen=True, slots=True)
class Cell:
    """One case of the grid."""

    true_rate: float
    sensitivity: float
    specificity: float
    labels: int
    judged: int

    @property
    def flagged(self) -> float:
        """The share that the judge flags."""
        return self.true_rate * self.sensitivity + (1 - self.true_rate) * (1 - self.specificity)

    def estimate(self, random: np.random.Generator) -> Estimate | None:
        """A calibration, half of it of flagged answers where there are as many, then a sample of judged answers."""
        population = max(self.judged, self.labels)
        flagged = int(random.binomial(population, self.flagged))
        of_flagged = min(self.labels // 2, flagged)
        of_passed = min(self.labels - of_flagged, population - flagged)
        right = int(random.binomial(of_flagged, self.true_rate * self.sensitivity / self.flagged))
        missed_share = self.true_rate * (1 - self.sensitivity) / (1 - self.flagged)
        missed = int(random.binomial(of_passed, missed_share))
        counts = LabelCounts(
            right, of_flagged - right, missed, of_passed - missed, flagged / population, population
        )
        share = random.binomial(self.judged, self.flagged) / self.judged
        return correct(Observed(share, self.judged), counts)


def on_corrected() -> Sequence[Bar]:
    """The whole grid of judges, truths and sizes; refused cells are counted, not covered."""
    random = np.random.default_rng(13)
    grid = itertools.product(TRUE_RATES, SENSITIVITIES, SPECIFICITIES, LABELS, JUDGED)
    held: dict[Cell, tuple[float, float, int]] = {}
    for cell in itertools.starmap(Cell, grid):
        found = [each for _ in range(CORRECTED_RUNS) if (each := cell.estimate(random))]
        if found:
            held[cell] = (*_coverage(found, cell.true_rate), len(found))
    correction.judge_errors.cache_clear()
    return _told(held)


def _told(held: dict[Cell, tuple[float, float, int]]) -> list[Bar]:
    print(
        f"  {CORRECTED_RUNS} runs in each of {len(held)} cells; labels half flagged, half passed;"
    )
    print("  a judge that may be no better than chance is refused, and is in no coverage")
    print(f"  {'':<24}{'coverage':>10}{'width, points':>15}{'refused':>10}")
    worst = 100.0
    for name, values in (
        ("true_rate", TRUE_RATES),
        ("sensitivity", SENSITIVITIES),
        ("specificity", SPECIFICITIES),
        ("labels", LABELS),
        ("judged", JUDGED),
    ):
        for value in values:
            chosen = [figures for cell, figures in held.items() if getattr(cell, name) == value]
            coverage, width, refused = _pooled(chosen)
            worst = min(worst, coverage)
            print(
                f"  {name.replace('_', ' ') + f' {value:g}':<24}{coverage:>8.1f} %{width:>15.1f}{refused:>8.0f} %"
            )
    overall, _, _ = _pooled(list(held.values()))
    cells = [coverage for coverage, _, runs in held.values() if runs >= CORRECTED_RUNS // 2]
    print(
        f"  the worst of {len(cells)} cells: {min(cells):.1f} % (each is known within 2 points)\n"
    )
    return [
        Bar("corrected rates: coverage of all, %", overall, BAR_PERCENT, True),
        Bar("corrected rates: coverage of the worst line above, %", worst, BAR_PERCENT, True),
    ]


def _pooled(cells: Sequence[tuple[float, float, int]]) -> tuple[float, float, float]:
    """Coverage and width over all runs that gave an interval, and the percent that gave none."""
    runs = np.array([count for *_, count in cells])
    coverage, width = (
        float(np.average([each[place] for each in cells], weights=runs)) for place in (0, 1)
    )
    return coverage, width, 100 * (1 - float(runs.mean()) / CORRECTED_RUNS)
