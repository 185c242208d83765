"""The spike rule and the general detector without a store: what always holds, and how single cases come out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gemledger_collector.alerts.spikes.rule import Limits, Thresholds, lasts, limits
from gemledger_collector.alerts.spikes.surprise import first_of_each, rarity, surprises
from gemledger_collector.alerts.spikes.usual import (
    ANY_DAY,
    LEARNING_HOURS,
    Floats,
    Hours,
    Rung,
    SameHour,
    usual,
)

FLOOR = 20.0
RULE = Thresholds(FLOOR)
WEEK = 168
spends = arrays.arrays(np.float64, (3, 200), elements=st.floats(0, 1e6))


def hours(spent: Floats, known: int | None = None) -> Hours:
    """Clock hours that are all known, and from which all is learned."""
    count = spent.shape[1] if known is None else known
    since, learning = np.full(len(spent), count), np.full(len(spent), count < LEARNING_HOURS)
    return Hours(spent, since, learning, np.zeros(spent.shape, bool))


def level(*amounts: float, count: int = 2 * WEEK) -> Hours:
    """Groups that spend the same every hour."""
    return hours(np.repeat(np.array(amounts)[:, None], count, axis=1))


def daily(low: float, high: float, days: int) -> Floats:
    """One group that is busy from 9 to 17, by whole days from midnight."""
    day = [high if 9 <= hour < 17 else low for hour in range(24)]
    return np.array([day * days])


def found(spent: Hours, hour: float, speed: float | None = None) -> list[bool]:
    """In which groups such a trailing hour is a spike."""
    count = len(spent.spent)
    mine = limits(usual(spent, FLOOR), RULE)
    fired = mine.exceeded(np.full(count, hour), np.full(count, speed or hour))
    return [bool(each) for each in fired]


def test_much_more_money_than_usual_is_a_spike_and_little_is_none() -> None:
    """At $10 an hour as ever, $54 is not yet 2.25 floors above it, $56 is."""
    assert found(level(10.0), 54) == [False]
    assert found(level(10.0), 56) == [True]


def test_a_multiple_of_little_stays_below_the_floor() -> None:
    """Thirty times a dollar is not worth a message, however unusual it is."""
    assert found(level(1.0), 30) == [False]


def test_a_burst_that_is_over_is_left_alone() -> None:
    """The hour is dear, but the last 20 minutes are as ever: nobody could do anything about it."""
    assert found(level(10.0), 200, speed=11) == [False]


def test_a_high_hour_of_the_same_day_is_the_yardstick_of_the_next() -> None:
    """A night at the level of the day before is no spike, for the last 24 hours were as high."""
    spent = daily(10, 100, days=8)
    assert found(hours(spent), 109) == [False]
    assert found(hours(spent), 111) == [True]


def test_what_recurs_at_the_same_hour_is_usual() -> None:
    """At nine in the morning the level of nine in the morning is expected, not that of the night."""
    until_nine = np.hstack([daily(10, 100, days=8), daily(10, 100, days=1)[:, :9]])
    expected = usual(hours(until_nine), FLOOR)
    assert expected.rung.tolist() == [Rung.HOUR_OF_DAY]
    assert 10 < expected.level[0] < 100  # the hours before nine are compared with as well
    until_ten = np.hstack([daily(10, 100, days=8), daily(10, 100, days=1)[:, :11]])
    assert usual(hours(until_ten), FLOOR).level.tolist() == [100]


def test_three_weeks_make_the_day_of_the_week_count() -> None:
    """Quiet Sundays are usual on a Sunday."""
    week = np.hstack([daily(100, 100, days=6), daily(1, 1, days=1)])
    sunday_noon = np.hstack(
        [np.tile(week, (1, 4)), daily(100, 100, days=6), daily(1, 1, 1)[:, :12]]
    )
    expected = usual(hours(sunday_noon), FLOOR)
    assert (expected.rung.tolist(), expected.level.tolist()) == ([Rung.HOUR_OF_WEEK], [1])


def test_a_group_of_less_than_a_day_is_learned_and_says_nothing() -> None:
    """The first day has budgets and limits; a spike needs something to compare with."""
    young = hours(np.full((1, 300), 10.0), LEARNING_HOURS - 1)
    assert usual(young, FLOOR).learning.tolist() == [True]
    assert found(young, 1e9) == [False]
    assert found(hours(np.full((1, 300), 10.0), LEARNING_HOURS), 1e9) == [True]


def test_odd_hours_are_not_learned_from() -> None:
    """Four days of the same hour ran wild; the three that did not say what is usual."""
    spent = level(10.0)
    wild = np.zeros(spent.spent.shape, bool)
    for day in range(1, 5):
        wild[:, -24 * day - 2 : -24 * day + 2] = True
    run = replace(spent, spent=np.where(wild, 500.0, spent.spent))
    assert usual(run, FLOOR).level.tolist() == [500]
    assert usual(replace(run, odd=wild), FLOOR).level.tolist() == [10]


def test_an_alert_goes_on_until_half_of_it_is_gone() -> None:
    """What fired at $56 does not resolve at $54, nor at $25, but at $19 it does."""
    expected = usual(level(10.0), FLOOR)
    assert [bool(lasts(np.array([at]), expected, RULE)[0]) for at in (54, 25, 19)] == [
        True,
        True,
        False,
    ]


def test_the_same_hour_follows_the_clocks_of_its_zone() -> None:
    """Four days after Berlin's clocks went back, eight in the morning five days ago was 121 hours ago."""
    wednesday = 1_793_232_000  # 2026-10-28T16:00:00Z
    assert SameHour.of(wednesday, "UTC") == ANY_DAY
    assert SameHour.of(wednesday, "Europe/Berlin").days == (24, 48, 72, 97, 121, 145, 169)


@given(spends, st.floats(1, 1e6), st.floats(1e-3, 1e3))
def test_the_currency_does_not_matter(spent: Floats, hour: float, times: float) -> None:
    """Amounts and floor times anything: the limits are the same times that."""
    once = limits(usual(hours(spent), FLOOR), RULE)
    scaled = limits(usual(hours(spent * times), FLOOR * times), Thresholds(FLOOR * times))
    assert np.allclose(scaled.hour, once.hour * times, rtol=1e-9)
    assert np.allclose(scaled.speed, once.speed * times, rtol=1e-9)


@given(st.floats(0, 1e9), st.integers(LEARNING_HOURS, 1000))
def test_what_never_changes_never_fires(amount: float, count: int) -> None:
    """As dear as it may be: the same as ever is no spike."""
    assert found(level(amount, count=count), amount) == [False]


@given(spends, st.floats(0, 1))
def test_no_spike_is_smaller_than_the_floor(spent: Floats, share: float) -> None:
    """Whatever the past was, an hour that exceeds its usual by at most the floor stays silent."""
    expected = usual(hours(spent), FLOOR)
    hour = expected.level + FLOOR * share
    assert not limits(expected, RULE).exceeded(hour, np.full(3, 1e12)).any()


@given(spends)
def test_groups_do_not_see_each_other(spent: Floats) -> None:
    """Alone or among others, a group's limits are the same."""
    together = limits(usual(hours(spent), FLOOR), RULE)
    alone = limits(usual(hours(spent[1:2]), FLOOR), RULE)
    assert (together.hour[1], together.speed[1]) == (alone.hour[0], alone.speed[0])


@given(spends, st.floats(0, 1e7), st.floats(0, 1e7))
def test_more_money_is_never_less_of_a_spike(spent: Floats, hour: float, more: float) -> None:
    """One-sided: what fires at an amount fires at every greater one."""
    mine: Limits = limits(usual(hours(spent), FLOOR), RULE)
    at, above = np.full(3, hour), np.full(3, hour + more)
    assert not (mine.exceeded(at, at) & ~mine.exceeded(above, above)).any()


def test_the_general_detector_names_a_jump_once() -> None:
    """A thousand ordinary points, then a jump that stays: its first point is the surprise."""
    random = np.random.default_rng(3)
    values = np.concatenate([random.normal(50, 2, 1000), random.normal(90, 2, 100)])
    scores = surprises(values)
    assert int(scores.argmax()) in range(1000, 1100)
    assert (scores[1000:] > scores[:1000].max()).sum() >= 1
    assert scores[1000] > scores[:1000].max()


def test_a_surprise_is_a_rank_in_its_own_past() -> None:
    """What was exceeded once in a hundred points scores about two."""
    distances = np.concatenate([np.arange(100.0), [98.5]])
    assert rarity(distances)[100] == pytest.approx(-np.log10(1.5 / 101))


@given(arrays.arrays(np.float64, 120, elements=st.floats(-1e6, 1e6)), st.integers(60, 119))
def test_the_future_changes_no_score(values: Floats, until: int) -> None:
    """Streaming: what is known at a point is all that counts there."""
    assert (surprises(values)[:until] == surprises(values[:until])).all()


@given(arrays.arrays(np.float64, 60, elements=st.floats(0, 10)))
def test_only_the_highest_so_far_counts(scores: Floats) -> None:
    """Within the refractory period the kept scores rise."""
    kept = first_of_each(scores, 60)
    rising = kept[kept > 0]
    assert (np.diff(rising) > 0).all()
