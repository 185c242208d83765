"""Quality for money, as mathematics: intervals that cover, pairs that are no contradiction."""

import itertools
import math
import random

from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.estimation import value, weighted
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.estimation.value import CostSums, Option


def cost_of(slots: list[tuple[int, int]]) -> CostSums:
    """Sums of (calls, picoUSD) per slot."""
    calls, pico = sum(n for n, _ in slots), sum(c for _, c in slots)
    mean = pico / calls if calls else 0.0
    squares = math.fsum((c - mean * n) ** 2 for n, c in slots)
    return CostSums(calls, calls, pico, len(slots), squares)


def option(name: str, good: int, bad: int, slots: list[tuple[int, int]]) -> Option:
    """A way of doing the task, judged without weights."""
    values = [0.0] * good + [1.0] * bad
    return Option("chat", name, weighted.sums_of(values, [1.0] * len(values)), cost_of(slots))


STEADY_DEAR = [(10, 1_000 + n % 3) for n in range(20)]
STEADY_CHEAP = [(10, 100 + n % 3) for n in range(20)]


def pairs(*options: Option, margin: float = 0.03, least: int = 50) -> list[tuple[str | None, ...]]:
    """Names of what could replace what."""
    return [(each.dear.name, each.cheap.name) for each in value.savings(options, margin, least)]


def test_a_cheaper_one_that_is_as_often_good_is_a_pair() -> None:
    """Of many judged answers, so that the interval excludes a loss of three points."""
    dear, cheap = option("pro", 1900, 100, STEADY_DEAR), option("flash", 1900, 100, STEADY_CHEAP)
    assert pairs(dear, cheap) == [("pro", "flash")]
    (found,) = value.savings([dear, cheap], 0.03, 50)
    assert found.pico_usd_per_call.value == dear.cost.pico_usd / 200 - cheap.cost.pico_usd / 200
    assert found.quality.low > -0.03


def test_few_judged_answers_or_a_loss_that_may_be_large_make_none() -> None:
    """The same rates of a hundred answers leave a loss of five points open; of forty, nothing is said at all."""
    dear, cheap = option("pro", 95, 5, STEADY_DEAR), option("flash", 95, 5, STEADY_CHEAP)
    assert pairs(dear, cheap) == []
    assert pairs(dear, cheap, margin=0.1) == [("pro", "flash")]
    few = option("flash", 40, 0, STEADY_CHEAP)
    assert pairs(option("pro", 40, 0, STEADY_DEAR), few, margin=0.5) == []
    worse = option("flash", 1500, 500, STEADY_CHEAP)
    assert pairs(option("pro", 1900, 100, STEADY_DEAR), worse) == []


def test_a_saving_that_may_be_none_is_not_told() -> None:
    """Costs that go up and down more than they differ; and one slot, which tells nothing of that."""
    wild = [(10, 2_000 if n % 2 else 10) for n in range(20)]
    assert (
        pairs(option("a", 950, 50, wild), option("b", 950, 50, [(10, 900)] * 20), margin=0.1) == []
    )
    single = option("a", 950, 50, [(200, 20_000)])
    assert pairs(single, option("b", 950, 50, STEADY_CHEAP), margin=0.1) == []


SLOTS = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10**9)), min_size=1, max_size=12)
OPTIONS = st.lists(
    st.builds(option, st.sampled_from("abc"), st.integers(0, 400), st.integers(0, 400), SLOTS),
    max_size=4,
)


@given(OPTIONS, st.floats(0, 0.5))
def test_no_pair_is_told_both_ways(options: list[Option], margin: float) -> None:
    """What is cheaper than another is not dearer, too; and nobody is told to use itself."""
    found = [(each.dear, each.cheap) for each in value.savings(options, margin, 50)]
    ids = {(id(dear), id(cheap)) for dear, cheap in found}
    assert not any((cheap, dear) in ids for dear, cheap in ids)
    for each in value.savings(options, margin, 50):
        assert each.pico_usd_per_call.low > 0
        assert each.quality.low >= -margin


@given(
    st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted),
    st.lists(st.floats(1, 1e15), min_size=3, max_size=3).map(sorted),
    st.booleans(),
)
def test_good_answers_per_dollar_lie_inside_their_interval(
    share: list[float], cost: list[float], unbounded: bool
) -> None:
    """Whatever the intervals are that it is made of, open ends included."""
    top = Estimate(share[1], share[0], share[2])
    bottom = Estimate(cost[1], 0.0 if unbounded else cost[0], math.inf if unbounded else cost[2])
    found = value.per_dollar(top, bottom)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high


@given(SLOTS, SLOTS)
def test_sums_of_slots_give_the_mean_of_all(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    """However calls are spread over slots, the mean is total cost over calls, exactly."""
    found = value.mean_cost(cost_of(one + other))
    assert found is not None
    total, calls = sum(c for _, c in one + other), sum(n for n, _ in one + other)
    assert found.value == total / calls
    assert found.low <= found.value <= found.high


def test_of_no_calls_and_no_judgement_nothing_is_said() -> None:
    """None, not zero; and what costs nothing has no answers for a dollar."""
    assert value.mean_cost(CostSums()) is None
    assert value.good_rate(weighted.Sums()) is None
    assert value.per_dollar(Estimate(0.5, 0.4, 0.6), Estimate(0.0, 0.0, 0.0)) is None


def test_the_intervals_cover_the_truth_nineteen_times_in_twenty() -> None:
    """Simulated: calls with long-tailed costs in 96 slots, 200 judged answers; 93 % is asked of 600 rounds."""
    chance = random.Random(7)
    truth_cost, truth_good = 1000 * math.exp(0.5), 0.9
    hits = {"cost": 0, "worth": 0}
    for _ in range(600):
        slots = []
        for _ in range(96):
            calls = chance.randint(3, 30)
            slots.append(
                (calls, sum(round(1000 * chance.lognormvariate(0, 1)) for _ in range(calls)))
            )
        good = sum(chance.random() < truth_good for _ in range(200))
        made = option("a", good, 200 - good, slots)
        cost, share = value.mean_cost(made.cost), value.good_rate(made.flags)
        assert cost is not None
        assert share is not None
        worth = value.per_dollar(share, cost)
        assert worth is not None
        hits["cost"] += cost.low <= truth_cost <= cost.high
        hits["worth"] += worth.low <= truth_good / truth_cost * 10**12 <= worth.high
    assert min(hits.values()) >= 0.93 * 600, hits


def test_order_of_options_changes_nothing() -> None:
    """Pairs are a matter of what is compared, not of who comes first."""
    made = [
        option("a", 1900, 100, STEADY_DEAR),
        option("b", 1900, 100, STEADY_CHEAP),
        option("c", 1000, 1000, STEADY_CHEAP),
    ]
    found = {frozenset(pairs(*order)) for order in itertools.permutations(made)}
    assert found == {frozenset({("a", "b")})}
