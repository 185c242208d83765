"""Two candidates on the same questions: the statistic, and how often it is right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.estimation import side_by_side

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)
AMOUNTS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=40)
RUNS = 2_000


@given(PAIRS)
def test_the_other_way_round_is_the_mirror_image(bad: list[tuple[bool, bool]]) -> None:
    """Whoever is named first, the same is found."""
    one, other = (
        side_by_side.rates(bad),
        side_by_side.rates([(second, first) for first, second in bad]),
    )
    assert one is not None
    assert other is not None
    assert (one.only_first, one.only_second) == (other.only_second, other.only_first)
    assert one.difference.value == -other.difference.value
    assert one.difference.low == pytest.approx(-other.difference.high)
    assert one.p_value == other.p_value
    assert one.probability_second_worse + other.probability_second_worse == pytest.approx(1)
    assert one.tells == other.tells


@given(PAIRS)
def test_figures_stay_within_what_they_can_be(bad: list[tuple[bool, bool]]) -> None:
    """The interval holds its point, a probability is one."""
    found = side_by_side.rates(bad)
    assert found is not None
    assert -1 <= found.difference.low <= found.difference.value <= found.difference.high <= 1
    assert 0 < found.p_value <= 1
    assert 0 < found.probability_second_worse < 1


@given(PAIRS)
def test_pairs_that_agree_are_no_evidence(bad: list[tuple[bool, bool]]) -> None:
    """Questions that both get right change neither the test nor the probability."""
    one, more = side_by_side.rates(bad), side_by_side.rates([*bad, *[(False, False)] * 20])
    assert one is not None
    assert more is not None
    assert (one.p_value, one.probability_second_worse) == (
        more.p_value,
        more.probability_second_worse,
    )


def test_mcnemar_s_exact_test_is_the_one_of_the_tables() -> None:
    """Ten pairs that differ, one to nine: 2 · (1 + 10) / 1024."""
    found = side_by_side.rates([(True, False)] + [(False, True)] * 9 + [(False, False)] * 30)
    assert found is not None
    assert found.p_value == pytest.approx(2 * 11 / 1024)
    assert found.tells
    assert found.difference.value == pytest.approx(8 / 40)


def test_few_pairs_never_tell() -> None:
    """Nine of nine may be luck of the draw; none at all is nothing."""
    found = side_by_side.rates([(False, True)] * 9)
    assert found is not None
    assert not found.tells
    assert side_by_side.rates([]) is None
    assert side_by_side.means([(0.1, 0.2)]) is None
    assert side_by_side.ratio([(1.0, 2.0)]) is None
    assert side_by_side.ratio([(0.0, 2.0), (0.0, 1.0)]) is None


@given(AMOUNTS)
def test_the_interval_of_a_mean_difference_holds_it(scores: list[tuple[float, float]]) -> None:
    """The other way round it is the mirror image, and it never says more than scores can differ."""
    found = side_by_side.means(scores)
    other = side_by_side.means([(second, first) for first, second in scores])
    assert found is not None
    assert other is not None
    assert -1 <= found.difference.low <= found.difference.value <= found.difference.high <= 1
    assert found.difference.low == pytest.approx(-other.difference.high)


def test_a_ratio_is_the_same_each_time_and_holds_its_point() -> None:
    """The resamples are fixed; twice the cost of each is twice the ratio."""
    chance = np.random.default_rng(1)
    amounts = [(float(a), float(b)) for a, b in chance.lognormal(size=(50, 2))]
    found, again = side_by_side.ratio(amounts), side_by_side.ratio(amounts)
    assert found == again
    assert found is not None
    assert found.low < found.value < found.high
    double = side_by_side.ratio([(a, 2 * a) for a, _ in amounts])
    assert double is not None
    assert (double.value, double.low, double.high) == pytest.approx((2, 2, 2))


def _drawn(
    chance: np.random.Generator, size: int, cells: tuple[float, ...]
) -> list[tuple[bool, bool]]:
    """Pairs with these shares of only-first, only-second and both bad."""
    only_first, only_second, both = cells
    drawn = chance.choice(4, size=size, p=(only_first, only_second, both, 1 - sum(cells)))
    return [(bool(each in (0, 2)), bool(each in (1, 2))) for each in drawn]


CELLS = (
    (0.05, 0.05, 0.05),
    (0.02, 0.10, 0.03),
    (0.05, 0.30, 0.10),
    (0.0, 0.05, 0.02),
    (0.0, 0.20, 0.0),
)


@pytest.mark.parametrize("size", [10, 20, 40, 50, 200])
@pytest.mark.parametrize("cells", CELLS)
def test_the_interval_covers_the_truth(size: int, cells: tuple[float, ...]) -> None:
    """In 95 of 100 simulations at least, less their own error."""
    chance = np.random.default_rng(7)
    truth = cells[1] - cells[0]
    found = [side_by_side.rates(_drawn(chance, size, cells)) for _ in range(RUNS)]
    covered = sum(
        each is not None and each.difference.low <= truth <= each.difference.high for each in found
    )
    assert covered / RUNS >= 0.94


def test_equal_candidates_are_rarely_told_apart() -> None:
    """At most one in twenty comparisons of equals says that one is worse."""
    chance = np.random.default_rng(11)
    found = [side_by_side.rates(_drawn(chance, 60, (0.08, 0.08, 0.05))) for _ in range(RUNS)]
    assert sum(each is not None and each.tells for each in found) / RUNS <= 0.05


RARE = (("one way", 0.05), ("one way", 0.1), ("one way", 0.2), ("either way", 0.1))


@pytest.mark.parametrize("size", [10, 20, 40, 100])
@pytest.mark.parametrize(("way", "share"), RARE)
def test_the_interval_of_scores_covers_the_truth(size: int, way: str, share: float) -> None:
    """Most pairs agree, and a few are far apart: a sample without them does not look certain."""
    chance = np.random.default_rng(13)
    covered = 0
    for _ in range(RUNS // 2):
        apart = chance.uniform(0.45, 1, size) * (chance.random(size) < share)
        if way == "either way":
            apart *= chance.choice([-1, 1], size)
        found = side_by_side.means([(0.0, each) for each in apart.tolist()])
        truth = 0.0 if way == "either way" else share * 0.725
        assert found is not None
        covered += found.difference.low <= truth <= found.difference.high
    assert covered / (RUNS // 2) >= 0.95


def test_the_interval_of_judge_s_scores_covers_the_truth() -> None:
    """Near one, or near nothing, and alike for either candidate."""
    chance = np.random.default_rng(13)
    covered = 0
    for _ in range(RUNS):
        hard = chance.random(40) < 0.2
        first = np.where(hard, chance.uniform(0, 0.35, 40), chance.uniform(0.8, 1, 40))
        second = np.where(chance.random(40) < 0.2, chance.uniform(0, 0.35, 40), first)
        found = side_by_side.means(list(zip(first.tolist(), second.tolist(), strict=True)))
        truth = 0.2 * (0.175 - (0.2 * 0.175 + 0.8 * 0.9))
        assert found is not None
        covered += found.difference.low <= truth <= found.difference.high
    assert covered / RUNS >= 0.95
