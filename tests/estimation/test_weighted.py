"""Rates and means of samples in which answers weigh differently."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.estimation import rates, weighted
from gemledger_collector.estimation.weighted import Sums, sums_of

FLAG = st.sampled_from([0.0, 1.0])
SCORE = st.floats(0, 1, allow_subnormal=False)
WEIGHT = st.floats(1, 1000)
FLAGS = st.lists(st.tuples(FLAG, WEIGHT), min_size=1, max_size=60)
SCORES = st.lists(st.tuples(SCORE, WEIGHT), min_size=1, max_size=60)


def of(pairs: list[tuple[float, float]]) -> Sums:
    """The sums of (value, weight)."""
    return sums_of([value for value, _ in pairs], [weight for _, weight in pairs])


@given(st.lists(FLAG, min_size=1, max_size=60), st.floats(1, 1000))
def test_equal_weights_give_the_plain_rate_to_the_bit(flags: list[float], weight: float) -> None:
    """Whatever the weight is: a sample drawn at one rate is estimated as it always was."""
    found = weighted.rate(sums_of(flags, [weight] * len(flags)))
    assert found == rates.rate(int(sum(flags)), len(flags))
    assert weighted.informative(sums_of(flags, [weight] * len(flags))) == len(flags)


@given(st.lists(SCORE, min_size=1, max_size=60), st.floats(1, 1000))
def test_equal_weights_give_the_plain_mean_to_the_bit(scores: list[float], weight: float) -> None:
    """Student's interval, as it always was."""
    plain = rates.mean(math.fsum(scores), math.fsum(score * score for score in scores), len(scores))
    assert weighted.mean(sums_of(scores, [weight] * len(scores))) == plain


@given(FLAGS)
def test_a_weighted_rate_lies_inside_its_interval_and_that_inside_0_to_1(
    pairs: list[tuple[float, float]],
) -> None:
    """At shares of exactly 0 and 1 as well."""
    found = weighted.rate(of(pairs))
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.high > found.low


@given(SCORES)
def test_a_weighted_mean_lies_inside_its_interval_and_that_inside_0_to_1(
    pairs: list[tuple[float, float]],
) -> None:
    """Of one answer, too: it tells nothing, so its interval is everything."""
    found = weighted.mean(of(pairs))
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(FLAGS, st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(
    pairs: list[tuple[float, float]], order: object
) -> None:
    """Sums are exact to the last bits."""
    shuffled = list(pairs)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = weighted.rate(of(pairs)), weighted.rate(of(shuffled))
    assert one is not None
    assert other is not None
    assert other.low == pytest.approx(one.low, abs=1e-12)
    assert other.high == pytest.approx(one.high, abs=1e-12)


@given(FLAGS)
def test_more_answers_of_the_same_kind_make_the_interval_narrower(
    pairs: list[tuple[float, float]],
) -> None:
    """Every answer twice: the same rate, known better."""
    once, twice = weighted.rate(of(pairs)), weighted.rate(of(pairs * 2))
    assert once is not None
    assert twice is not None
    assert twice.value == pytest.approx(once.value, abs=1e-12)
    assert twice.high - twice.low < once.high - once.low


@given(FLAGS)
def test_no_sample_tells_more_than_its_answers(pairs: list[tuple[float, float]]) -> None:
    """Weights can only take information away."""
    assert 0 < weighted.informative(of(pairs)) <= len(pairs)
    assert 0 < of(pairs).effective <= len(pairs)


@given(FLAGS, FLAGS)
def test_samples_add_up(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> None:
    """Slots are summed apart and estimated together."""
    added, at_once = weighted.total([of(one), of(other)]), of(one + other)
    assert added.count == at_once.count
    assert added.weight_square_sum == pytest.approx(at_once.weight_square_sum)
    assert (added.lightest, added.heaviest) == (at_once.lightest, at_once.heaviest)


def test_nothing_judged_is_no_rate() -> None:
    """None, never 0."""
    assert weighted.rate(Sums()) is None
    assert weighted.mean(Sums()) is None
    assert weighted.rate(weighted.total([])) is None


def test_answers_that_were_picked_for_being_suspicious_count_for_no_more_than_themselves() -> None:
    """One in a hundred of all, and every one with a thumb down: the rate is that of all answers."""
    drawn = [(1.0, 100.0)] * 3 + [(0.0, 100.0)] * 97 + [(1.0, 1.0)] * 60 + [(0.0, 1.0)] * 40
    found = weighted.rate(of(drawn))
    assert found is not None
    assert found.value == pytest.approx((300 + 60) / (10_000 + 100))
    assert rates.rate(63, 200).low > found.high  # type: ignore[union-attr]


def test_the_interval_covers_the_truth_where_the_bad_answers_are_the_heavy_ones() -> None:
    """Half of the traffic is judged whole and good, the other half at 1 in 100 and worse: Kish's size says too much."""
    random = np.random.default_rng(1)
    covered, kish = 0, 0
    runs = 1_000
    for _ in range(runs):
        bad = random.binomial(50, 0.10)
        quiet_bad = random.binomial(5_000, 0.01)
        sums = weighted.total([alike(bad, 50, 100.0), alike(quiet_bad, 5_000, 1.0)])
        found = weighted.rate(sums)
        assert found is not None
        covered += found.low <= 0.055 <= found.high
        wilson = weighted.wilson(found.value, sums.effective)
        kish += wilson.low <= 0.055 <= wilson.high
    assert covered / runs >= 0.93
    assert kish / runs < 0.92


def alike(bad: int, judged: int, weight: float) -> Sums:
    """The sums of answers of one weight."""
    one = sums_of([0.0, 1.0], [weight] * 2)
    return Sums(
        count=judged,
        value_sum=bad,
        value_square_sum=bad,
        weight_sum=one.weight_sum / 2 * judged,
        weight_square_sum=one.weight_square_sum / 2 * judged,
        weight_value_sum=one.weight_value_sum * bad,
        weight_square_value_sum=one.weight_square_value_sum * bad,
        weight_square_value_square_sum=one.weight_square_value_square_sum * bad,
        lightest=weight,
        heaviest=weight,
    )
