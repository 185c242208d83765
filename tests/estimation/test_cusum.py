"""The chart keeps its promise: exactly by its Markov chain, and again by simulation."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.estimation.cusum import (
    Answers,
    Design,
    NoChart,
    course,
    design,
    statistic,
)


def drawn(rate: float, *shape: int, seed: int = 1) -> Answers:
    """Judged answers of which so many are bad."""
    return np.random.default_rng(seed).random(shape) < rate


def first_alarms(chart: Design, answers: Answers) -> np.ndarray:
    """By which answer each sequence alarms; one more than there are where it does not."""
    over = statistic(chart, answers) >= chart.limit
    first: np.ndarray = np.where(over.any(axis=1), over.argmax(axis=1) + 1, answers.shape[1] + 1)
    return first


def run_lengths(chart: Design, rate: float, runs: int) -> np.ndarray:
    """Answers until the alarm, of many charts that are all followed to it."""
    draw = np.random.default_rng(2)
    walk, lengths = np.zeros(runs, dtype=np.int64), np.zeros(runs, dtype=np.int64)
    going = np.arange(runs)
    while len(going):
        lengths[going] += 1
        steps = np.where(draw.random(len(going)) < rate, chart.rise, -1)
        walk[going] = np.maximum(walk[going] + steps, 0)
        going = going[walk[going] < chart.limit]
    return lengths


def test_the_bar_holds_3_to_15_percent_within_80_answers() -> None:
    """At most one false alarm in 6,000, nine of ten changes seen within 80 judged answers: by exact calculation."""
    chart = design(0.03, 0.15, 6000)
    assert chart.false_alarm_every >= 6000
    assert chart.p90 <= 80
    assert (chart.rise, chart.limit, chart.median, chart.p90) == (13, 48, 36, 75)


def test_simulated_charts_are_as_slow_and_as_quiet_as_calculated() -> None:
    """20,000 simulated changes have the calculated quantiles; 2,000 quiet charts the calculated mean."""
    chart = design(0.03, 0.15, 6000)
    delays = first_alarms(chart, drawn(0.15, 20_000, 400))
    assert abs(np.quantile(delays, 0.9) - chart.p90) <= 2
    assert abs(np.quantile(delays, 0.5) - chart.median) <= 1
    quiet = run_lengths(chart, 0.03, 2000)
    assert quiet.mean() == pytest.approx(chart.false_alarm_every, rel=0.08)


def by_linear_equations(chart: Design, rate: float) -> float:
    """The mean run length, by solving the chain's equations as they stand."""
    chain = np.eye(chart.limit)
    for state in range(chart.limit):
        chain[state, max(0, state - 1)] -= 1 - rate
        if state + chart.rise < chart.limit:
            chain[state, state + chart.rise] -= rate
    return float(np.linalg.solve(chain, np.ones(chart.limit))[0])


@given(
    acceptable=st.floats(0.01, 0.2),
    times=st.floats(1.6, 5),
    every=st.integers(50, 20_000),
)
def test_the_promised_run_length_is_that_of_the_chain(
    acceptable: float, times: float, every: int
) -> None:
    """One pass over the states gives what solving all equations gives, and the limit is the lowest that keeps it."""
    chart = design(acceptable, min(0.9, acceptable * times), every)
    exact = by_linear_equations(chart, acceptable)
    assert chart.false_alarm_every == pytest.approx(exact, rel=1e-6)
    assert chart.false_alarm_every >= every
    assert chart.median <= chart.p90


def test_a_design_takes_milliseconds_and_is_remembered() -> None:
    """Rates that are learned anew at every look cost nothing where they are the same."""
    design.cache_clear()
    begun = time.perf_counter()
    first = design(0.0431, 0.1624, 6000)
    took = time.perf_counter() - begun
    assert took < 0.5  # 2 ms by itself; the machine may be busy
    assert design(0.0431, 0.1624, 6000) is first


def test_a_larger_change_is_seen_sooner() -> None:
    """The curve: from what is hardly a change to what nobody can miss."""
    chart = design(0.03, 0.15, 6000)
    delays = [chart.delay(rate) for rate in (0.08, 0.10, 0.15, 0.20, 0.30)]
    assert delays == sorted(delays, reverse=True)
    assert chart.every(0.03) == pytest.approx(chart.false_alarm_every)


def test_the_walk_is_the_recursion_that_books_write() -> None:
    """max(0, before + step), answer by answer."""
    chart, answers = design(0.03, 0.15, 6000), drawn(0.1, 500)
    walk, now = [], 0
    for bad in answers:
        now = max(0, now + (chart.rise if bad else -1))
        walk.append(now)
    assert statistic(chart, answers).tolist() == walk


def test_an_alarm_knows_where_the_change_began() -> None:
    """A hundred good answers, then every third one bad: the change is found within a few answers of its place."""
    chart = design(0.03, 0.15, 6000)
    answers = np.concatenate([np.zeros(100, bool), np.arange(60) % 3 == 0])
    seen = course(chart, answers)
    assert seen.alarmed
    assert seen.changed_at == 100
    assert seen.alarmed_at is not None
    assert 100 < seen.alarmed_at < 115


def test_an_alarm_lasts_until_the_mirrored_chart_says_good_again() -> None:
    """Few good answers do not end it; as many as the mirrored chart wants do, and then it can alarm anew."""
    chart = design(0.03, 0.15, 6000)
    bad = np.ones(10, bool)
    good = np.zeros(chart.recovery_limit, bool)
    assert course(chart, np.concatenate([bad, good[:-1]])).alarmed
    over = course(chart, np.concatenate([bad, good]))
    assert (over.alarmed, over.recovered_at) == (False, len(bad) + len(good) - 1)
    assert course(chart, np.concatenate([bad, good, bad])).alarmed


def test_an_alarm_can_be_taken_over() -> None:
    """Who knows that it fires already asks for its end only."""
    chart = design(0.03, 0.15, 6000)
    assert course(chart, np.zeros(5, bool), alarmed=True).alarmed
    assert not course(chart, np.zeros(chart.recovery_limit, bool), alarmed=True).alarmed


@given(st.lists(st.booleans(), max_size=400), st.booleans())
def test_an_alarm_is_seen_at_its_answer_and_not_before(bad: list[bool], alarmed: bool) -> None:
    """What is said of an answer does not depend on when it was looked at, nor on what came later."""
    chart, answers = design(0.1, 0.4, 200), np.array(bad, bool)
    whole = course(chart, answers, alarmed=alarmed)
    if whole.alarmed_at is not None and whole.alarmed_at >= 0:
        assert course(chart, answers[: whole.alarmed_at + 1], alarmed=alarmed).alarmed
        assert not course(chart, answers[: whole.alarmed_at], alarmed=alarmed).alarmed


@pytest.mark.parametrize(
    ("acceptable", "unacceptable", "why"),
    [
        (0.15, 0.03, "the first below the second"),
        (0.0, 0.1, "must be rates"),
        (0.5, 0.9, "make the rubric stricter"),
        (0.03, 0.0301, "too much alike"),
    ],
)
def test_rates_that_cannot_be_told_apart_are_refused(
    acceptable: float, unacceptable: float, why: str
) -> None:
    """With what to change."""
    with pytest.raises(NoChart, match=why):
        design(acceptable, unacceptable, 6000)


def test_the_shape_of_a_bad_answer_is_the_likelihood_ratio() -> None:
    """The lattice is the quotient of the log-likelihood ratios, rounded."""
    chart = design(0.03, 0.15, 6000)
    exact = math.log(0.15 / 0.03) / math.log(0.97 / 0.85)
    assert abs(chart.rise - exact) < 1
