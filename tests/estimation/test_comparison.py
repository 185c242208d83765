"""Two prompt versions beside each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.estimation import comparison
from gemledger_collector.estimation.weighted import Sums, sums_of


def judged(bad: int, good: int, weight: float = 1.0) -> Sums:
    """So many answers, all of one weight."""
    return sums_of([1.0] * bad + [0.0] * good, [weight] * (bad + good))


SHARE = st.tuples(st.floats(0, 1), st.floats(1, 5000))


def test_a_version_with_three_times_the_bad_answers_is_worse_beyond_doubt() -> None:
    """9 of 300 against 45 of 300."""
    found = comparison.compare(judged(9, 291), judged(45, 255), delta=0.02)
    assert found is not None
    assert found.probability_worse > 0.999
    assert found.difference.value == pytest.approx(0.12)
    assert 0.02 < found.difference.low < 0.12 < found.difference.high


def test_the_same_figures_are_as_likely_better_as_worse() -> None:
    """And a difference that matters is unlikely."""
    same = comparison.compare(judged(9, 291), judged(9, 291))
    assert same is not None
    assert same.probability_worse == pytest.approx(0.5, abs=0.001)
    assert same.difference.low == pytest.approx(-same.difference.high)
    more = comparison.compare(judged(9, 291), judged(9, 291), delta=0.05)
    assert more is not None
    assert more.probability_worse < 0.01


def test_without_a_verdict_there_is_no_comparison() -> None:
    """None, never 0.5."""
    assert comparison.compare(Sums(), judged(1, 9)) is None
    assert comparison.compare(judged(1, 9), Sums()) is None


def test_the_probability_is_that_of_the_two_beta_distributions() -> None:
    """Drawn 400,000 times: 12 of 100 against 4 of 200, with Jeffreys' halves."""
    random = np.random.default_rng(5)
    new, old = random.beta(12.5, 88.5, 400_000), random.beta(4.5, 196.5, 400_000)
    expected = float(np.mean(new > old + 0.05))
    found = comparison.probability_above((0.12, 100), (0.02, 200), 0.05)
    assert found == pytest.approx(expected, abs=0.003)


@given(SHARE, SHARE, st.floats(0, 0.5))
def test_a_larger_delta_is_never_more_likely(
    new: tuple[float, float], old: tuple[float, float], delta: float
) -> None:
    """And every answer is a probability."""
    plain, asked = (
        comparison.probability_above(new, old),
        comparison.probability_above(new, old, delta),
    )
    assert 0 <= asked <= plain + 1e-9 <= 1 + 2e-9


@given(SHARE, SHARE)
def test_one_of_the_two_is_the_worse_one(
    new: tuple[float, float], old: tuple[float, float]
) -> None:
    """The chances of both orders sum to 1."""
    there, back = comparison.probability_above(new, old), comparison.probability_above(old, new)
    assert there + back == pytest.approx(1, abs=0.01)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_the_difference_lies_inside_its_interval(a: int, b: int, c: int, d: int) -> None:
    """Which ends at -1 and 1."""
    found = comparison.compare(judged(a, b + 1), judged(c, d + 1))
    assert found is not None
    assert -1 <= found.difference.low <= found.difference.value <= found.difference.high <= 1
