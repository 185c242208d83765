"""Budgets told as stories, on a real store with the clock in hand: groups, thresholds, periods, rolling ones."""

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from gemledger_collector.alerts.alert import Ended, State
from gemledger_collector.alerts.notification import Reason
from gemledger_collector.alerts.periods import unix_nano

if TYPE_CHECKING:
    from gemledger_collector.alerts.alert import Alert

    from ..conftest import Timeline


def firing(timeline: "Timeline") -> list[tuple[str, int | None]]:
    """Team and threshold of whatever fires."""
    return sorted(
        (alert.identity.filter.get("team", "-"), alert.identity.threshold_percent)
        for alert in timeline.alerts
        if alert.state is State.FIRING
    )


def test_each_team_has_the_budget_for_itself(timeline: "Timeline") -> None:
    """One team at its limit is one alert with the team's name; the others have all of theirs left."""
    timeline.budget("teams", limit_usd=100, each=["team"])
    timeline.at("0m").spend(101, team="growth").spend(99, team="search").look()
    assert firing(timeline) == [("growth", 100)]
    timeline.at("1h").spend(1, team="search").look()
    assert firing(timeline) == [("growth", 100), ("search", 100)]
    assert [reason for _, reason in timeline.told] == [Reason.FIRST, Reason.NEW_ALERTS]


def test_spend_without_a_team_is_a_group_of_its_own(timeline: "Timeline") -> None:
    """What nobody owns counts against a budget as well: the group's name is empty."""
    timeline.budget("teams", limit_usd=10, each=["team"])
    timeline.at("0m").spend(11).spend(5, team="search").look()
    assert firing(timeline) == [("", 100)]


def test_two_dimensions_make_a_budget_for_each_pair(timeline: "Timeline") -> None:
    """A filter and groups go together: of production only, per team and feature."""
    timeline.budget(
        "pairs", limit_usd=10, each=["feature", "team"], filter={"environment": "production"}
    )
    timeline.at("0m")
    timeline.spend(11, team="growth", feature="chat", environment="production")
    timeline.spend(9, team="growth", feature="search", environment="production")
    timeline.spend(99, team="growth", feature="search", environment="test").look()
    (alert,) = timeline.alerts
    assert alert.identity.filter == {
        "environment": "production",
        "feature": "chat",
        "team": "growth",
    }


def test_of_several_thresholds_reached_together_only_the_highest_is_told(
    timeline: "Timeline",
) -> None:
    """All of them fire and are on record; one message, about 100 %."""
    timeline.budget(limit_usd=100, thresholds=[50, 75, 90, 100])
    timeline.at("0m").spend(120).look()
    assert [each for _, each in firing(timeline)] == [50, 75, 90, 100]
    (message,) = timeline.messages
    assert "100 %" in message.body or '"threshold_percent": "100"' in message.body
    timeline.at("5h").look()
    assert len(timeline.messages) == 1


def test_a_threshold_is_told_once_in_a_period_though_spend_is_taken_back(
    timeline: "Timeline",
) -> None:
    """A call told twice is taken back, and the same amount is spent again: nobody hears a second time."""
    timeline.budget(limit_usd=100)
    timeline.at("0m").spend(101).expect(State.FIRING, Reason.FIRST)
    timeline.at("1h").spend(-5).expect(State.FIRING)
    timeline.at("2h").spend(5).expect(State.FIRING)
    assert len(timeline.told) == 1


def test_a_new_period_and_a_raised_limit_arm_a_threshold_again(timeline: "Timeline") -> None:
    """Next day's breach is news, and so is that of a limit that was raised."""
    timeline.budget(limit_usd=100).at("0m").spend(101).expect(State.FIRING, Reason.FIRST)
    timeline.budget(limit_usd=150).at("1h").expect(State.RESOLVED, Reason.ALL_RESOLVED)
    timeline.at("2h").spend(50).expect(State.FIRING, Reason.FIRST)
    timeline.at("17h").expect(State.RESOLVED, Reason.ALL_RESOLVED)
    assert timeline.alerts[-1].ended is Ended.PERIOD_OVER
    timeline.at("18h").spend(151).expect(State.FIRING, Reason.FIRST)


def test_late_spend_counts_in_the_present_period_and_is_history_in_one_that_is_over(
    timeline: "Timeline",
) -> None:
    """Spend of this morning that comes at noon pages; that of yesterday is put on record."""
    timeline.budget(limit_usd=100).at("4h").look()
    timeline.spend(120, at="-24h").look()
    assert [alert.late for alert in timeline.alerts] == [True]
    assert timeline.messages == []
    timeline.spend(120, at="1h").look()
    assert timeline.told == [("firing", Reason.FIRST)]


def test_late_spend_of_a_group_in_a_period_that_is_over_pages_nobody(
    timeline: "Timeline",
) -> None:
    """Of budgets with ``each`` the past is not written either: only the present period is looked at."""
    timeline.budget("teams", limit_usd=100, each=["team"]).at("4h").look()
    timeline.spend(120, at="-24h", team="growth").look()
    assert timeline.alerts == []
    assert timeline.messages == []


def test_a_group_that_spends_nothing_more_ends_with_its_period(timeline: "Timeline") -> None:
    """The next day's ledger has no row of the team at all; its alert ends all the same."""
    timeline.budget("teams", limit_usd=100, each=["team"])
    timeline.at("0m").spend(120, team="growth").look()
    timeline.at("17h").look()
    (alert,) = timeline.alerts
    assert (alert.state, alert.ended) == (State.RESOLVED, Ended.PERIOD_OVER)


@pytest.mark.parametrize(
    ("zone", "resolves_at"), [("UTC", "17h"), ("America/New_York", "22h"), ("Asia/Tokyo", "8h")]
)
def test_a_day_ends_at_midnight_of_its_zone(
    timeline: "Timeline", zone: str, resolves_at: str
) -> None:
    """08:00 in UTC is 03:00 in New York and 17:00 in Tokyo; the day ends 21 and 7 hours later."""
    timeline.budget(limit_usd=100, timezone=zone).at("0m").spend(101)
    timeline.expect(State.FIRING, Reason.FIRST)
    before = {"17h": "16h", "22h": "21h", "8h": "7h"}[resolves_at]
    timeline.at(before).look()
    timeline.at(resolves_at).look()
    assert timeline.alerts[-1].ended is Ended.PERIOD_OVER


def test_a_day_of_25_hours_holds_the_spend_of_all_of_them(timeline: "Timeline") -> None:
    """Berlin, 25 October 2026: what is spent in the hour that comes twice is one day's, and so is the last hour's."""
    timeline.origin = unix_nano(datetime.fromisoformat("2026-10-25T00:30:00+02:00"))
    timeline.budget(limit_usd=100, timezone="Europe/Berlin")
    timeline.at("0m").spend(30).spend(30, at="2h").spend(30, at="3h")
    timeline.at("24h").spend(9).expect(State.INACTIVE)
    timeline.at("24.2h").spend(1).expect(State.FIRING, Reason.FIRST)
    (alert,) = timeline.alerts
    assert alert.window.seconds == 25 * 3600


def test_a_fiscal_month_begins_on_its_day(timeline: "Timeline") -> None:
    """On the 10th a month that starts on the 15th is that of October: its spend counts, that before it does not."""
    timeline.budget(limit_usd=100, period="month", month_starts_on=15).at("0m")
    timeline.spend(60, at="-27d").spend(41, at="-25d").look()
    assert firing(timeline) == []
    timeline.spend(59).look()
    assert firing(timeline) == [("-", 100)]


def test_a_rolling_budget_is_over_when_enough_has_slid_out(timeline: "Timeline") -> None:
    """24 hours back from now: no midnight frees it, only time; and it does not flap at the edge."""
    timeline.budget(limit_usd=100, rolling="24h")
    timeline.at("0m").spend(60).expect(State.INACTIVE)
    timeline.at("12h").spend(41).expect(State.FIRING, Reason.FIRST)
    timeline.at("23.9h").expect(State.FIRING)
    timeline.at("24h").expect(State.FIRING)
    timeline.at("24.5h").expect(State.FIRING)
    timeline.at("25h").expect(State.RESOLVED, Reason.ALL_RESOLVED)
    timeline.at("26h").spend(60).expect(State.FIRING, Reason.FIRST)


def test_a_restart_remembers_each_group(timeline: "Timeline") -> None:
    """What was told before is not told again by a new process, and what ends is ended."""
    timeline.budget("teams", limit_usd=100, each=["team"])
    timeline.at("0m").spend(120, team="growth").look()
    timeline.restart().at("1h").look()
    timeline.restart().at("17h").look()
    assert [status for status, _ in timeline.told] == ["firing", "resolved"]


def test_a_budget_whose_groups_change_ends_the_alerts_of_the_old_ones(
    timeline: "Timeline",
) -> None:
    """Groups by feature know no team: the team's alert has left the configuration."""
    timeline.budget("each", limit_usd=100, each=["team"]).at("0m")
    timeline.spend(120, team="growth", feature="chat").look()
    timeline.budget("each", limit_usd=100, each=["feature"]).at("1h").look()
    ends: dict[str, Alert] = {str(dict(each.identity.filter)): each for each in timeline.alerts}
    assert ends["{'team': 'growth'}"].ended is Ended.REMOVED
    assert ends["{'feature': 'chat'}"].state is State.FIRING
