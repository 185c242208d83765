"""What is truly bad behind what a judge flags."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.estimation import correction, rates
from gemledger_collector.estimation.correction import LabelCounts, Observed, correct
from gemledger_collector.estimation.rates import Estimate

COUNT = st.integers(0, 200)
LABELS = st.builds(
    LabelCounts,
    COUNT,
    COUNT,
    COUNT,
    COUNT,
    st.one_of(st.none(), st.floats(0.001, 0.999)),
    st.integers(1, 10_000),
)
OBSERVED = st.builds(Observed, st.floats(0, 1), st.floats(1, 10_000))

FLAGS_TOO_MUCH = LabelCounts(40, 60, 1, 99, flagged_share=0.076, judged=4_000)
"""A judge of sensitivity 0.77 and specificity 0.95 on answers of which 4 % are bad."""


def test_false_alarms_of_the_judge_are_no_bad_answers() -> None:
    """Of 7.6 % flagged most are good: the truth is near 4 %."""
    found = correct(Observed(0.076, 4_000), FLAGS_TOO_MUCH)
    assert found is not None
    assert found.value == pytest.approx(0.076 * 0.4 + 0.924 * 0.01)
    assert 0.02 < found.low < found.value < found.high < 0.09


def test_a_rise_of_flags_is_a_larger_rise_of_bad_answers() -> None:
    """Each further flag stands for 1 / (sensitivity + specificity - 1) bad answers."""
    before, after = (correct(Observed(share, 2_000), FLAGS_TOO_MUCH) for share in (0.076, 0.146))
    assert before is not None
    assert after is not None
    errors = correction.judge_errors(FLAGS_TOO_MUCH)
    assert errors is not None
    rise = 0.07 / (errors.sensitivity + errors.specificity - 1)
    assert after.value - before.value == pytest.approx(rise)
    assert rise > 0.09


def test_half_and_half_labels_and_a_plain_sample_tell_the_same() -> None:
    """Where they hold the same shares: how they were picked is undone by the share of flagged answers."""
    plain = LabelCounts(40, 60, 10, 890)
    halved = LabelCounts(40, 60, 10, 890, flagged_share=0.1, judged=1_000)
    assert correct(Observed(0.1, 500), plain) == correct(Observed(0.1, 500), halved)


def test_a_perfect_judge_is_taken_at_its_word() -> None:
    """With so many labels that nothing else is plausible, the interval is nearly Wilson's."""
    perfect = LabelCounts(10**7, 0, 0, 10**7)
    found, plain = correct(Observed(0.1, 400), perfect), rates.rate(40, 400)
    assert found is not None
    assert plain is not None
    assert found.value == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=0.005)


@pytest.mark.parametrize(
    "labels",
    [
        LabelCounts(0, 0, 0, 0),
        LabelCounts(5, 5, 0, 0),
        LabelCounts(0, 0, 5, 95),
        LabelCounts(20, 80, 20, 80),
        LabelCounts(10, 90, 30, 70),
        LabelCounts(3, 7, 2, 8),
    ],
    ids=[
        "no labels",
        "none of what it passed",
        "none of what it flagged",
        "no better than chance",
        "worse than chance",
        "too few to know that it is better than chance",
    ],
)
def test_what_labels_do_not_tell_is_not_guessed(labels: LabelCounts) -> None:
    """None: a figure without an interval that holds is worse than no figure."""
    assert correct(Observed(0.1, 1_000), labels) is None


def test_equal_questions_have_equal_answers() -> None:
    """Nothing is drawn anew."""
    correction.judge_errors.cache_clear()
    first = correct(Observed(0.076, 4_000), FLAGS_TOO_MUCH)
    correction.judge_errors.cache_clear()
    assert correct(Observed(0.076, 4_000), FLAGS_TOO_MUCH) == first


@given(OBSERVED, LABELS)
def test_the_corrected_rate_lies_inside_its_interval_and_that_inside_0_to_1(
    observed: Observed, labels: LabelCounts
) -> None:
    """Whatever was labelled, also where more good answers are flagged than the whole rate."""
    found = correct(observed, labels)
    if found is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.floats(0, 1), st.floats(50, 10_000))
def test_more_judged_answers_never_make_it_wider(share: float, size: float) -> None:
    """What the labels leave open stays open."""
    few, many = (correct(Observed(share, times * size), FLAGS_TOO_MUCH) for times in (1, 4))
    assert few is not None
    assert many is not None
    assert many.high - many.low <= (few.high - few.low) * 1.02 + 1e-9


def test_parts_of_several_judges_become_one_share() -> None:
    """By weight; unless one of the judges is unknown."""
    one, other = Estimate(0.1, 0.05, 0.2), Estimate(0.3, 0.2, 0.4)
    found = correction.correct_together([(100.0, one), (300.0, other)])
    assert found is not None
    assert found.value == pytest.approx(0.25)
    assert found.low == pytest.approx(0.25 - np.hypot(0.25 * 0.05, 0.75 * 0.1))
    assert correction.correct_together([(100.0, one)]) == one
    assert correction.correct_together([(100.0, one), (1.0, None)]) is None
    assert correction.correct_together([]) is None


@pytest.mark.parametrize(
    ("true_rate", "sensitivity", "specificity", "labels", "judged"),
    [
        (0.005, 0.6, 0.99, 100, 100),
        (0.005, 0.95, 0.85, 500, 5_000),
        (0.03, 0.9, 0.95, 200, 1_000),
        (0.10, 0.7, 0.9, 200, 500),
        (0.30, 0.6, 0.85, 500, 5_000),
        (0.30, 0.95, 0.99, 100, 5_000),
    ],
)
def test_the_interval_covers_the_truth(
    true_rate: float, sensitivity: float, specificity: float, labels: int, judged: int
) -> None:
    """In at least 93 of 100 simulations that give an interval; benchmarks/quality.py has the whole grid."""
    random = np.random.default_rng(labels + judged)
    found = [
        interval
        for _ in range(400)
        if (interval := simulated(random, true_rate, (sensitivity, specificity), (labels, judged)))
    ]
    covered = sum(each.low <= true_rate <= each.high for each in found)
    assert len(found) < 20 or covered / len(found) >= 0.93


def simulated(
    random: np.random.Generator,
    true_rate: float,
    judge: tuple[float, float],
    sizes: tuple[int, int],
) -> Estimate | None:
    """One calibration, half of it of flagged answers where there are as many, and one sample of judged answers."""
    sensitivity, specificity = judge
    labels, judged = sizes
    flagged_share = true_rate * sensitivity + (1 - true_rate) * (1 - specificity)
    population = max(judged, labels)
    flagged = int(random.binomial(population, flagged_share))
    of_flagged = min(labels // 2, flagged)
    of_passed = min(labels - of_flagged, population - flagged)
    bad_if_flagged = true_rate * sensitivity / flagged_share
    bad_if_passed = true_rate * (1 - sensitivity) / (1 - flagged_share)
    right, missed = (
        random.binomial(of_flagged, bad_if_flagged),
        random.binomial(of_passed, bad_if_passed),
    )
    counts = LabelCounts(
        right, of_flagged - right, missed, of_passed - missed, flagged / population, population
    )
    observed = random.binomial(judged, flagged_share) / judged
    return correct(Observed(observed, judged), counts)


def test_a_correction_takes_no_time() -> None:
    """At most 20 ms with labels that were not seen before; the judge's errors are then remembered."""
    taken = []
    for number in range(9):
        counts = LabelCounts(40 + number, 60, 1, 99, flagged_share=0.076, judged=4_000)
        begin = time.perf_counter()
        correct(Observed(0.076, 4_000), counts)
        taken.append(time.perf_counter() - begin)
    assert sorted(taken)[4] < 0.020
