"""Kappa, sensitivity and specificity: against published figures, against simulated truth, and for any counts at all."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.estimation.agreement import Agreement, agreement, band
from gemledger_collector.estimation.correction import LabelCounts
from gemledger_collector.estimation.rates import Estimate

FAITHBENCH = Path(__file__).parents[5] / "shared" / "data" / "faithbench" / "FaithBench.csv"
MANY = st.integers(0, 400)


def kappa_of(counts: LabelCounts) -> float:
    """Cohen's kappa as his paper writes it, of labels that are a plain sample."""
    n = counts.flagged + counts.passed
    agreed = (counts.flagged_bad + counts.passed_good) / n
    bad = (counts.flagged_bad + counts.passed_bad) / n
    flagged = counts.flagged / n
    chance = flagged * bad + (1 - flagged) * (1 - bad)
    return (agreed - chance) / (1 - chance)


@pytest.mark.parametrize(
    ("judge", "sensitivity", "specificity", "kappa"),
    [
        ("gpt-4o", 0.18, 0.94, 0.11),
        ("gpt-4-turbo", 0.23, 0.89, 0.11),
        ("HHEM-2.1", 0.16, 0.92, 0.08),
    ],
)
def test_the_figures_published_of_three_judges_fit_together(
    judge: str, sensitivity: float, specificity: float, kappa: float
) -> None:
    """FaithBench, 750 answers of which 58.5 % are bad: kappa follows from the other two, within their rounding."""
    bad, good = 439, 311
    flagged_bad, passed_good = round(sensitivity * bad), round(specificity * good)
    found = agreement(LabelCounts(flagged_bad, good - passed_good, bad - flagged_bad, passed_good))
    assert found.kappa is not None
    assert found.kappa.value == pytest.approx(kappa, abs=0.012), judge
    assert found.kappa.low < kappa < found.kappa.high
    assert found.sensitivity is not None
    assert found.sensitivity.value == pytest.approx(sensitivity, abs=0.005)
    assert not found.calibrated
    assert "kappa is 0.1" in found.missing or "kappa is 0.0" in found.missing


@pytest.mark.shared_data
def test_the_verdicts_shipped_with_faithbench_give_the_figures_of_its_authors() -> None:
    """From single verdicts: gpt-4o catches 18 % of bad summaries and passes 94 % of the good ones; kappa is 0.11."""
    if not FAITHBENCH.exists():
        pytest.skip(
            f"FaithBench is not beside the repository: no {FAITHBENCH.name} in ../shared/data"
        )
    with FAITHBENCH.open(encoding="utf-8", newline="") as text:
        rows = [row for row in csv.DictReader(text) if "gpt-4o" in row]
    pairs = [(row["gpt-4o"] == "0", row["worst-label"] == "Unwanted") for row in rows]
    if not pairs:
        pytest.skip("this edition of FaithBench ships no verdicts")
    counts = LabelCounts(
        *(
            pairs.count(pair)
            for pair in ((True, True), (True, False), (False, True), (False, False))
        )
    )
    found = agreement(counts)
    assert found.sensitivity is not None
    assert found.specificity is not None
    assert found.kappa is not None
    assert (
        round(found.sensitivity.value, 2),
        round(found.specificity.value, 2),
        round(found.kappa.value, 2),
    ) == (0.18, 0.94, 0.11)


def test_labels_taken_half_from_the_flagged_are_weighted_back() -> None:
    """A judge that flags 5 % looks far better among labels of which half are flagged than it is."""
    labels = LabelCounts(80, 20, 5, 95)
    among_labels, among_all = (
        agreement(labels),
        agreement(LabelCounts(80, 20, 5, 95, flagged_share=0.05, judged=10_000)),
    )
    assert among_labels.sensitivity is not None
    assert among_all.sensitivity is not None
    assert among_labels.sensitivity.value == pytest.approx(80 / 85)
    assert among_all.sensitivity.value == pytest.approx(0.05 * 0.8 / (0.05 * 0.8 + 0.95 * 0.05))
    assert among_all.specificity is not None
    assert among_all.specificity.value == pytest.approx(0.95 * 0.95 / (0.95 * 0.95 + 0.05 * 0.2))
    assert among_all.kappa is not None
    assert among_labels.kappa is not None
    assert among_all.kappa.value < among_labels.kappa.value


COVERED = {
    "plain sample": (0.3, 0.8, 0.9, False),
    "half from the flagged": (0.1, 0.8, 0.95, True),
    "few bad ones": (0.04, 0.7, 0.97, True),
}


@pytest.mark.parametrize("case", COVERED)
def test_the_intervals_cover_the_truth_as_often_as_they_say(case: str) -> None:
    """Of 300 simulated judges with 200 labels each, every interval covers its truth in at least 93 %."""
    base, sensitivity, specificity, halves = COVERED[case]
    random, runs, judged = np.random.default_rng(11), 300, 3_000
    covered = np.zeros(3)
    truth = true_figures(base, sensitivity, specificity)
    for _ in range(runs):
        bad = random.random(judged) < base
        flagged = np.where(
            bad, random.random(judged) < sensitivity, random.random(judged) > specificity
        )
        labelled = drawn(random, flagged, 200, halves=halves)
        found = agreement(counted(bad, flagged, labelled, halves=halves))
        for index, each in enumerate((found.kappa, found.sensitivity, found.specificity)):
            assert each is not None
            covered[index] += each.low <= truth[index] <= each.high
    assert (covered / runs >= 0.93).all(), dict(
        zip(("kappa", "sensitivity", "specificity"), covered / runs, strict=True)
    )


def true_figures(base: float, sensitivity: float, specificity: float) -> tuple[float, float, float]:
    """Kappa, sensitivity and specificity of a judge that errs so."""
    flagged = base * sensitivity + (1 - base) * (1 - specificity)
    agreed = base * sensitivity + (1 - base) * specificity
    chance = flagged * base + (1 - flagged) * (1 - base)
    return (agreed - chance) / (1 - chance), sensitivity, specificity


def drawn(
    random: np.random.Generator, flagged: np.ndarray, labels: int, *, halves: bool
) -> np.ndarray:
    """Places of the answers that people label."""
    if not halves:
        return random.choice(len(flagged), labels, replace=False)
    parts = [
        random.permutation(np.flatnonzero(flagged == value))[: labels // 2]
        for value in (True, False)
    ]
    return np.concatenate(parts)


def counted(
    bad: np.ndarray, flagged: np.ndarray, labelled: np.ndarray, *, halves: bool
) -> LabelCounts:
    """What the labels say, and how many verdicts there were."""
    of_bad, of_flagged = bad[labelled], flagged[labelled]
    population = (float(flagged.mean()), len(flagged)) if halves else (None, 0)
    return LabelCounts(
        int((of_flagged & of_bad).sum()),
        int((of_flagged & ~of_bad).sum()),
        int((~of_flagged & of_bad).sum()),
        int((~of_flagged & ~of_bad).sum()),
        *population,
    )


@given(MANY, MANY, MANY, MANY, st.none() | st.floats(0, 1), st.integers(0, 5_000))
def test_whatever_the_counts_no_figure_leaves_its_range_or_its_interval(
    flagged_bad: int,
    flagged_good: int,
    passed_bad: int,
    passed_good: int,
    share: float | None,
    judged: int,
) -> None:
    """Also where there are none: then nothing is said."""
    counts = LabelCounts(flagged_bad, flagged_good, passed_bad, passed_good, share, judged)
    found = agreement(counts)
    for each, least in ((found.kappa, -1), (found.sensitivity, 0), (found.specificity, 0)):
        if each is not None:
            assert least - 1e-9 <= each.low <= each.value <= each.high <= 1 + 1e-9
    if found.kappa is None:
        assert not found.calibrated
        assert found.missing


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 300), st.integers(1, 300))
def test_of_a_plain_sample_kappa_is_cohens(a: int, b: int, c: int, d: int) -> None:
    """The weighting changes nothing where there is nothing to weight."""
    counts = LabelCounts(a, b, c, d)
    found = agreement(counts)
    assert found.kappa is not None
    assert found.kappa.value == pytest.approx(kappa_of(counts), abs=1e-9)


def test_the_word_is_earned_by_a_hundred_labels_and_a_kappa_of_four_tenths() -> None:
    """What is missing is said in words."""
    good = Estimate(0.61, 0.5, 0.7)
    assert Agreement(37, good, None, None).missing == "63 more labels"
    assert Agreement(99, good, None, None).missing == "1 more label"
    assert (
        "kappa is 0.39, 0.4 is needed"
        in Agreement(500, Estimate(0.39, 0.3, 0.5), None, None).missing
    )
    assert Agreement(100, good, None, None).calibrated
    assert "both kinds" in agreement(LabelCounts(100, 0, 0, 0)).missing
    assert [band(kappa) for kappa in (-0.1, 0.1, 0.4, 0.5, 0.7, 0.95)] == [
        "poor",
        "slight",
        "fair",
        "moderate",
        "substantial",
        "almost perfect",
    ]
