"""What a period will have cost: an interval, always, the same for the same days, and silence while it is too early."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.alerts.forecast.history import Day, History
from gemledger_collector.alerts.forecast.outlook import Outlook, outlook
from gemledger_collector.alerts.forecast.paths import paths

USD = 10**12
TUESDAY = 1


def usd(*days: float, elapsed: float = 0.0, weekday: int = TUESDAY) -> History:
    """Days that cost so much, each evenly over its hours."""
    return History(
        [Day(round(each * USD), round(each * USD * elapsed)) for each in days], weekday, elapsed
    )


def ahead(history: History, spent: float, days: int) -> Outlook:
    """The rest of today and so many days more."""
    found = outlook(round(spent * USD), history, [1.0] * (days + 1), [1.0] * (days + 1))
    assert found is not None
    return found


AMOUNTS = st.lists(st.floats(0.01, 1e5), min_size=3, max_size=40)


@given(AMOUNTS, st.integers(0, 31), st.floats(0, 1), st.integers(0, 6))
def test_a_forecast_is_an_interval_above_what_is_spent(
    days: list[float], more: int, elapsed: float, weekday: int
) -> None:
    """Low, likely and high are in order, nothing is ever taken back, and probabilities are some."""
    found = ahead(usd(*days, elapsed=elapsed, weekday=weekday), 5, more)
    end = found.end
    assert 5 * USD <= end.low_pico_usd <= end.likely_pico_usd <= end.high_pico_usd
    assert 0 <= found.probability_over(end.likely_pico_usd + 1) <= 1
    assert found.probability_over(5 * USD) == 1.0


@given(AMOUNTS, st.integers(1, 31))
def test_the_same_days_give_the_same_forecast(days: list[float], more: int) -> None:
    """It is drawn, but not by chance: who asks twice, or after a restart, hears the same."""
    assert ahead(usd(*days), 5, more).end == ahead(usd(*days), 5, more).end


@given(AMOUNTS, st.integers(1, 31), st.floats(0.01, 1e6), st.floats(0.01, 1e6))
def test_more_is_less_likely_to_be_reached_and_later(
    days: list[float], more: int, one: float, other: float
) -> None:
    """Of two amounts the larger one is no more likely, and not reached before the smaller one."""
    found = ahead(usd(*days), 0, more)
    less, most = (round(each * USD) for each in sorted((one, other)))
    assert found.probability_over(most) <= found.probability_over(less)
    early, late = (found.reach(each).likely_days or 1e9 for each in (less, most))
    assert early <= late


def test_before_three_whole_days_of_spend_it_is_too_early() -> None:
    """Days before the first spend are no history, and a first day that runs is none yet."""
    assert outlook(0, usd(0, 0, 0, 0, 4, 5), [1.0] * 9, [1.0] * 9) is None
    assert outlook(0, usd(), [1.0] * 9, [1.0] * 9) is None
    assert outlook(0, usd(0, 0, 4, 5, 6), [1.0] * 9, [1.0] * 9) is not None


def test_a_steady_service_has_a_narrow_interval_and_a_wild_one_a_wide_one() -> None:
    """Four weeks at $10 a day: ten days more are about $100, within a fifth."""
    steady, wild = ahead(usd(*[10.0] * 28), 0, 9).end, ahead(usd(*[1.0, 19.0] * 14), 0, 9).end
    assert steady.likely_pico_usd == pytest.approx(100 * USD, rel=0.05)
    assert steady.low_pico_usd > 80 * USD
    assert steady.high_pico_usd < 120 * USD
    assert wild.high_pico_usd - wild.low_pico_usd > 2 * (steady.high_pico_usd - steady.low_pico_usd)


def test_recent_days_count_for_more_than_old_ones() -> None:
    """A service that has grown from $1 to $10 is not foreseen at the mean of both."""
    end = ahead(usd(*[1.0] * 14, *[10.0] * 7), 0, 9).end
    assert end.likely_pico_usd > 70 * USD


def test_weekends_are_foreseen_as_weekends_from_two_weeks_on() -> None:
    """Working days at $10, weekends at $1: on a Friday evening the next two days are cheap."""
    week = [10.0] * 5 + [1.0] * 2
    friday = 4
    history = usd(*(week * 3 + week[:friday]), elapsed=1.0, weekday=friday)
    coming = np.median(paths(history, 3), axis=0)
    assert coming[0] == 0.0
    assert max(coming[1], coming[2]) < 4
    assert coming[3] > 7


def test_of_the_running_day_only_what_usually_comes_after_this_hour_is_added() -> None:
    """A service that spends everything in the morning adds nothing in the afternoon."""
    mornings = History([Day(10 * USD, 10 * USD)] * 7, TUESDAY, elapsed=0.5)
    evenings = replace(mornings, days=[Day(10 * USD, 0)] * 7)
    assert ahead(mornings, 10, 0).end.high_pico_usd == 10 * USD
    assert ahead(evenings, 0, 0).end.likely_pico_usd > 5 * USD


def test_a_dated_price_multiplies_the_days_from_it_on() -> None:
    """Half the price from the second day on."""
    plain = outlook(0, usd(*[10.0] * 28), [1.0] * 10, [1.0] * 10)
    cheaper = outlook(0, usd(*[10.0] * 28), [1.0] * 10, [1.0] + [0.5] * 9)
    assert plain is not None
    assert cheaper is not None
    assert np.allclose(cheaper.added[:, 1:] * 2, plain.added[:, 1:])


def test_a_balance_ends_on_a_day_between_an_earliest_and_a_latest_one() -> None:
    """$100 at $10 a day; what is over already is reached now; what is out of reach is never."""
    found = ahead(usd(*[10.0] * 28), 0, 365)
    reach = found.reach(100 * USD)
    assert reach.earliest_days is not None
    assert reach.likely_days is not None
    assert reach.latest_days is not None
    assert 8 < reach.earliest_days < reach.likely_days < reach.latest_days < 13
    assert found.reach(0).likely_days == 0.0
    assert found.reach(10**9 * USD).likely_days is None
