"""Burn rates: the four window pairs, as arithmetic that always holds and as stories on a real store."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.alerts.alert import State, Watch, Window
from gemledger_collector.alerts.budgets import (
    PAIRS,
    BudgetWatcher,
    BurnPair,
    RememberedMinutes,
    pairs_of,
)
from gemledger_collector.alerts.budgets.burn_rates import Burnt, burn_rate, exceeds
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts_config import BudgetConfig
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage.budget_spend import Group, Traffic, spend_by_group
from gemledger_collector.storage.minutes import Minutes

if TYPE_CHECKING:
    from ..conftest import Timeline

DAY = timedelta(days=1)
PERIODS = st.integers(1, 31 * 24).map(lambda hours: Window(0, nanoseconds(timedelta(hours=hours))))
MONEY = st.integers(0, 10**18)
PAIR = st.sampled_from(PAIRS)


def budget_of(limit_usd: float, **settings: object) -> BudgetConfig:
    """A budget that watches its burn rates."""
    return BudgetConfig.model_validate(
        {"name": "speed", "limit_usd": limit_usd, "burn_rates": True, **settings}
    )


@given(PAIR, st.integers(1, 10**6), PERIODS, MONEY, MONEY)
def test_both_windows_must_exceed_the_factor(
    pair: BurnPair, limit_usd: int, period: Window, long: int, short: int
) -> None:
    """Spend of each window, by what the budget allows in it, is above the factor: checked in exact fractions."""
    budget = budget_of(limit_usd)
    length = period.end_unix_nano - period.start_unix_nano

    def speed(spent: int, window: timedelta) -> Fraction:
        return Fraction(spent * length, budget.limit_pico_usd * nanoseconds(window))

    both = speed(long, pair.long) > pair.factor and speed(short, pair.short) > pair.factor
    assert exceeds(budget, pair, Burnt(long, short), period) == both


@given(PAIR, st.integers(1, 10**6), PERIODS, MONEY, MONEY, MONEY)
def test_spending_more_never_ends_an_alert(
    pair: BurnPair, limit_usd: int, period: Window, long: int, short: int, more: int
) -> None:
    """What exceeds goes on exceeding with more spend in both windows, and with a smaller budget."""
    budget = budget_of(limit_usd)
    if exceeds(budget, pair, Burnt(long, short), period):
        assert exceeds(budget, pair, Burnt(long + more, short + more), period)
        assert exceeds(budget_of(limit_usd / 2), pair, Burnt(long, short), period)


@given(PERIODS)
def test_no_window_is_longer_than_the_period(period: Window) -> None:
    """A budget of a day is not looked at over three days."""
    for pair in pairs_of(period):
        assert nanoseconds(pair.long) <= period.end_unix_nano - period.start_unix_nano


def test_spending_exactly_on_budget_is_a_burn_rate_of_one() -> None:
    """$720 in thirty days is $1 an hour; that speed alarms nobody."""
    budget, month = budget_of(720), Window(0, nanoseconds(30 * DAY))
    assert burn_rate(10**12, timedelta(hours=1), budget.limit_pico_usd, month) == 1
    last = PAIRS[-1]
    assert not exceeds(budget, last, Burnt(72 * 10**12, 6 * 10**12), month)
    assert exceeds(budget, last, Burnt(72 * 10**12 + 1, 6 * 10**12 + 1), month)


@dataclass
class Scripted:
    """Spend minute by minute, as the collector keeps it for the last hour and a half."""

    spent: dict[int, int] = field(default_factory=dict)

    def spend_between(
        self, filter_labels: Mapping[str, str], group_by: Sequence[str], since: int, until: int
    ) -> Mapping[Group, int]:
        """All of it is one group's."""
        assert (filter_labels, group_by) == ({}, ())
        return {(): sum(pico for at, pico in self.spent.items() if since <= at < until)}


def look(timeline: "Timeline", minutes: Scripted, **settings: object) -> dict[str, bool]:
    """Which pairs' conditions there are, and which of them are breached."""
    watcher = BudgetWatcher([budget_of(720, period="month", **settings)], minutes)
    with timeline.store.reading() as snapshot:
        found = watcher.look(View(snapshot, Watch(timeline.now, 0), {}))
    burning = [each for each in found if each.identity.kind == "burn_rate"]
    return {each.identity.extra["long_window"]: each.breached for each in burning}


def test_the_last_five_minutes_decide_whether_an_hour_pages(timeline: "Timeline") -> None:
    """$20 in an hour of a $1-an-hour budget: while it goes on it pages, five quiet minutes later it does not."""
    timeline.at("40m").spend(20)
    minutes = Scripted({timeline.time(f"{minute}m"): 10**12 for minute in range(20, 40)})
    timeline.at("39m")
    assert look(timeline, minutes) == {"1h": True}
    timeline.at("45m")
    assert look(timeline, minutes) == {}


@pytest.mark.parametrize("group_by", [(), ("team",), ("feature", "team")])
@pytest.mark.parametrize("only", [{}, {"feature": "chat"}, {"team": ""}])
def test_minutes_and_ledger_agree_to_the_pico(
    timeline: "Timeline", group_by: tuple[str, ...], only: dict[str, str]
) -> None:
    """Whole quarters of an hour, in memory and in the ledger, by any group; also what is taken back, or is huge."""
    chance = random.Random(6)
    minutes = RememberedMinutes(Minutes(timeline.store))
    timeline.at("60m")
    for number in range(40):
        usd = chance.choice([1e-12, 0.1, 3, 8e6, -2])
        team = chance.choice([{}, {"team": "growth"}, {"team": "search"}])
        feature = chance.choice([{}, {"feature": "chat"}])
        timeline.spend(usd, at=f"{chance.randrange(60)}m", **team, **feature)
        if number == 20:  # from the store what came before, from its commits what comes after
            minutes.spend_between(only, group_by, timeline.time("0m"), timeline.time("60m"))
    since, until = timeline.time("15m"), timeline.time("45m")
    with timeline.store.reading() as snapshot:
        ledger = spend_by_group(snapshot, Traffic(only, group_by), since // 10**9, until // 10**9)
    assert minutes.spend_between(only, group_by, since, until) == ledger


def test_a_page_and_a_ticket_are_different_alerts_of_one_budget(timeline: "Timeline") -> None:
    """$60 in an hour exceeds 14.4 over an hour, and 6 over six hours; a ticket's windows are not full yet."""
    timeline.budget("speed", limit_usd=720, period="month", burn_rates=True, thresholds=[100])
    timeline.at("0m").spend(60).look()
    kinds = {
        (alert.identity.extra["long_window"], alert.identity.severity) for alert in timeline.alerts
    }
    assert kinds == {("1h", "critical"), ("6h", "critical")}
    timeline.at("1h").spend(20).look()
    opened = {
        (alert.identity.extra["long_window"], alert.identity.severity)
        for alert in timeline.alerts
        if alert.state is State.FIRING
    }
    assert ("1d", "warning") in opened
    assert ("3d", "warning") in opened


def test_a_burn_rate_ends_when_the_short_window_is_quiet(timeline: "Timeline") -> None:
    """An hour after the spending stopped nothing of 1h and 6h fires; the severities are the configuration's."""
    timeline.budget(
        "speed",
        limit_usd=720,
        period="month",
        burn_rates=True,
        page_severity="warning",
        ticket_severity="info",
    )
    timeline.at("0m").spend(60).look().at("15m").look().at("31m").look().at("90m").look()
    assert {alert.state for alert in timeline.alerts} == {State.RESOLVED}
    assert {alert.identity.severity for alert in timeline.alerts} == {"warning"}


def test_each_group_burns_for_itself(timeline: "Timeline") -> None:
    """The team that hurries is told; the one on budget is not."""
    timeline.budget(
        "speed", limit_usd=720, period="month", burn_rates=True, each=["team"], thresholds=[100]
    )
    timeline.at("0m").spend(60, team="growth").spend(1, team="search").look()
    assert {alert.identity.filter["team"] for alert in timeline.alerts} == {"growth"}
    assert {alert.identity.kind for alert in timeline.alerts} == {"burn_rate"}


def test_a_rolling_budget_burns_as_well(timeline: "Timeline") -> None:
    """$30 in thirty rolling days: $1 in an hour is 24 times too fast."""
    timeline.budget("speed", limit_usd=30, rolling="30d", burn_rates=True, thresholds=[100])
    timeline.at("0m").spend(1).look()
    assert "1h" in {alert.identity.extra["long_window"] for alert in timeline.alerts}
