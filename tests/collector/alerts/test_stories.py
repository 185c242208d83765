"""Budgets and rules from the first cent to the resolution, on a real store, with the clock in hand."""

from typing import TYPE_CHECKING

from gemledger_collector.alerts.alert import Ended, State
from gemledger_collector.alerts.notification import Reason

if TYPE_CHECKING:
    from .conftest import Timeline


def test_a_budget_waits_out_its_hold_notifies_once_and_resolves_once(timeline: "Timeline") -> None:
    """Pending until the breach has lasted, then one message, then silence, then one resolution."""
    timeline.budget(limit_usd=100, **{"for": "10m"})
    timeline.at("0m").spend(90).expect(State.INACTIVE)
    timeline.at("5m").spend(20).expect(State.PENDING)
    timeline.at("14m").expect(State.PENDING)
    timeline.at("15m").expect(State.FIRING, Reason.FIRST)
    timeline.at("16m").expect(State.FIRING)
    timeline.at("15h").expect(State.FIRING)
    timeline.at("17h").expect(State.RESOLVED, Reason.ALL_RESOLVED)
    timeline.at("18h").expect(State.INACTIVE)
    assert timeline.told == [("firing", Reason.FIRST), ("resolved", Reason.ALL_RESOLVED)]


def test_a_breach_that_ends_within_its_hold_is_never_heard_of(timeline: "Timeline") -> None:
    """One quiet look drops a pending alert, and leaves no trace."""
    timeline.rule(above_usd=10, window="15m", **{"for": "20m"})
    timeline.at("1m").spend(11).expect(State.PENDING)
    timeline.at("18m").expect(State.INACTIVE)
    timeline.at("2h").expect(State.INACTIVE)
    assert timeline.alerts == []
    assert timeline.told == []


def test_a_restart_neither_pages_again_nor_forgets(timeline: "Timeline") -> None:
    """The state lies in the file: a new process goes on where the old one stopped."""
    timeline.budget(limit_usd=100, **{"for": "10m"})
    timeline.at("0m").spend(120).expect(State.PENDING)
    timeline.restart().at("10m").expect(State.FIRING, Reason.FIRST)
    timeline.restart().at("11m").expect(State.FIRING)
    timeline.restart().at("17h").expect(State.RESOLVED, Reason.ALL_RESOLVED)
    timeline.restart().at("18h").expect(State.INACTIVE)
    assert [status for status, _ in timeline.told] == ["firing", "resolved"]


def test_each_threshold_fires_once_in_a_period_and_again_in_the_next(timeline: "Timeline") -> None:
    """50 % and 100 % are two alerts; a new day arms both anew."""
    timeline.budget(limit_usd=100, thresholds=[50, 100])
    timeline.at("0m").spend(60).look().at("1m").look()
    assert timeline.told == [("firing", Reason.FIRST)]
    timeline.at("2m").spend(60).look().at("3m").spend(60).look()
    assert timeline.told == [("firing", Reason.FIRST), ("firing", Reason.NEW_ALERTS)]
    timeline.at("17h").look()
    assert timeline.told[2:] == [("resolved", Reason.ALL_RESOLVED)]
    timeline.at("18h").spend(55).look().at("19h").look()
    assert timeline.told[3:] == [("firing", Reason.FIRST)]
    assert [
        alert.identity.threshold_percent for alert in timeline.alerts if alert.state is State.FIRING
    ] == [50]


def test_a_raised_limit_resolves_the_budget_and_arms_it_again(timeline: "Timeline") -> None:
    """More money for the same day: resolved once, and the new limit has its own breach."""
    timeline.budget(limit_usd=100).at("0m").spend(101).expect(State.FIRING, Reason.FIRST)
    timeline.budget(limit_usd=200).at("1h").expect(State.RESOLVED, Reason.ALL_RESOLVED)
    timeline.at("2h").expect(State.INACTIVE)
    timeline.at("3h").spend(100).expect(State.FIRING, Reason.FIRST)


def test_a_budget_that_leaves_the_configuration_is_resolved(timeline: "Timeline") -> None:
    """Nobody is left waiting for the end of an alert that no longer exists."""
    timeline.budget(limit_usd=100).at("0m").spend(101).expect(State.FIRING, Reason.FIRST)
    timeline.without("everything").at("1h").look().at("2h").look()
    assert timeline.told == [("firing", Reason.FIRST), ("resolved", Reason.ALL_RESOLVED)]


def test_a_budget_counts_only_the_traffic_its_filter_names(timeline: "Timeline") -> None:
    """Another team's spend is another team's budget."""
    timeline.budget(limit_usd=100, filter={"team": "support"})
    timeline.at("0m").spend(500, team="search").spend(99, team="support").expect(State.INACTIVE)
    timeline.at("1m").spend(1, team="support").expect(State.FIRING, Reason.FIRST)


def test_an_hourly_limit_fires_on_the_trailing_hour_and_resolves_when_it_has_passed(
    timeline: "Timeline",
) -> None:
    """Spend of 59 minutes ago still counts, spend of two hours ago does not."""
    timeline.rule(above_usd=10)
    timeline.at("0m").spend(6).expect(State.INACTIVE)
    timeline.at("40m").spend(3.99).expect(State.INACTIVE)
    timeline.at("44m").spend(0.01).expect(State.FIRING, Reason.FIRST)
    timeline.at("45m").expect(State.FIRING)
    timeline.at("63m").expect(State.RESOLVED, Reason.ALL_RESOLVED)
    timeline.at("64m").expect(State.INACTIVE)
    assert len(timeline.alerts) == 1


def test_spend_committed_just_after_its_window_ended_still_pages(timeline: "Timeline") -> None:
    """The watermark: what ended two minutes ago may only now have been written."""
    timeline.rule(above_usd=10)
    timeline.at("1m").spend(6).expect(State.INACTIVE)
    timeline.at("61m").spend(5, at="59m").expect(State.FIRING, Reason.FIRST)


def test_a_rule_that_keeps_firing_says_so_after_the_repeat_interval(timeline: "Timeline") -> None:
    """Four hours later somebody is reminded; a budget never reminds."""
    timeline.rule(above_usd=10)
    for hour in range(10):
        timeline.at(f"{hour}h").spend(30).look()
    assert timeline.told == [
        ("firing", Reason.FIRST),
        ("firing", Reason.REPEAT),
        ("firing", Reason.REPEAT),
    ]


def test_late_data_of_an_incident_that_is_over_pages_nobody(timeline: "Timeline") -> None:
    """A back-fill's incident of nine days ago lies in the history, resolved, with its own times."""
    timeline.rule(above_usd=10).budget(limit_usd=50, name="daily").at("0m").look()
    for minutes in range(0, 180, 15):
        start = 9 * 24 * 60 - minutes
        timeline.spend(8, at=f"-{start}m", team="search", feature="doc-search")
    timeline.at("1m").look().at("2m").look()
    assert timeline.messages == []
    found = {alert.identity.rule: alert for alert in timeline.alerts}
    assert len(timeline.alerts) == 2
    assert {alert.state for alert in found.values()} == {State.RESOLVED}
    assert {alert.reason for alert in found.values()} == {Ended.LATE}
    hourly, daily = found["hourly-cost"], found["daily"]
    assert hourly.started_at == timeline.time(
        "-12945m"
    )  # the second quarter takes the hour above 10
    assert hourly.resolved_at == timeline.time("-12750m")  # the last hour with two such quarters
    assert hourly.value == 32 * 10**12
    assert "doc-search" in hourly.cause
    assert daily.resolved_at == timeline.time("-8d") - 8 * 3600 * 10**9
    assert daily.started_at == timeline.time("-12870m")


def test_an_incident_that_arrives_in_pieces_is_one_alert_in_the_end(timeline: "Timeline") -> None:
    """The history walker corrects what it found before, and never doubles it."""
    timeline.rule(above_usd=10).at("0m").look()
    timeline.spend(20, at="-200h").look()
    timeline.spend(20, at="-198h").look()
    assert len(timeline.alerts) == 2
    timeline.spend(20, at="-199h").at("1m").look().at("2m").look()
    assert len(timeline.alerts) == 1
    assert timeline.alerts[0].started_at == timeline.time("-200h")
    assert timeline.messages == []


def test_late_data_of_the_current_period_still_pages_once(timeline: "Timeline") -> None:
    """A day that is not over can be saved: a threshold that a back-fill crosses in it is told, once."""
    timeline.budget(limit_usd=50).at("0m").look()
    timeline.spend(60, at="-5h").at("1m").expect(State.FIRING, Reason.FIRST)
    assert timeline.alerts[0].started_at == timeline.time("-5h")
    timeline.spend(60, at="-4h").at("2m").expect(State.FIRING)


def test_after_a_backfill_up_to_now_a_live_incident_pages_exactly_once(
    timeline: "Timeline",
) -> None:
    """The hour before now is full of ordinary back-filled spend; what goes over the limit is the live incident."""
    timeline.rule(above_usd=10).at("0m").look()
    for quarter in range(30 * 96):
        if quarter % 8 == 0:
            timeline.spend(2, at=f"-{quarter * 15}m")
    timeline.look()
    assert timeline.messages == []
    timeline.at("20m").spend(9, feature="doc-search", team="search").look()
    for minute in range(21, 40):
        timeline.at(f"{minute}m").spend(1, feature="doc-search", team="search").look()
    assert timeline.told == [("firing", Reason.FIRST)]
    assert "search / doc-search" in timeline.alerts[-1].cause


def test_a_breach_that_was_watched_live_is_not_found_again_in_the_history(
    timeline: "Timeline",
) -> None:
    """Late spans that fall into a known incident add no second record of it."""
    timeline.rule(above_usd=10)
    timeline.at("1m").spend(20).expect(State.FIRING, Reason.FIRST)
    timeline.at("2h").expect(State.RESOLVED, Reason.ALL_RESOLVED)
    timeline.spend(5, at="3m").at("3h").look()
    assert len(timeline.alerts) == 1
    assert not timeline.alerts[0].late


def test_after_a_day_without_the_collector_the_old_day_is_ended_and_the_new_one_begun(
    timeline: "Timeline",
) -> None:
    """A process that slept through midnight resolves yesterday's alert at midnight, then looks at today."""
    timeline.budget(limit_usd=100).at("0m").spend(150).expect(State.FIRING, Reason.FIRST)
    timeline.restart().at("30h").spend(150).expect(State.RESOLVED, Reason.ALL_RESOLVED)
    assert timeline.alerts[0].resolved_at == timeline.time("16h")
    timeline.at("31h").expect(State.FIRING, Reason.FIRST)


def test_an_alert_that_ended_while_the_collector_was_down_is_resolved_at_its_return(
    timeline: "Timeline",
) -> None:
    """Who was paged hears the end, also when nobody watched it."""
    timeline.rule(above_usd=10).at("1m").spend(20).expect(State.FIRING, Reason.FIRST)
    timeline.restart().at("9h").expect(State.RESOLVED, Reason.ALL_RESOLVED)


def test_an_incident_that_came_and_went_while_the_collector_was_down_is_history(
    timeline: "Timeline",
) -> None:
    """Its spans arrive with the return of the collector; it is over, so it is recorded and nobody is woken."""
    timeline.rule(above_usd=10).at("0m").look()
    timeline.restart().at("9h").spend(20, at="3h").look()
    assert timeline.messages == []
    assert [alert.reason for alert in timeline.alerts] == [Ended.LATE]


def test_a_threshold_found_late_does_not_keep_the_next_period_quiet(timeline: "Timeline") -> None:
    """Yesterday's late breach is history; today's own is told."""
    timeline.budget(limit_usd=50).at("0m").spend(60, at="-20h").look()
    assert timeline.messages == []
    timeline.spend(60).at("1m").look().at("2m").look()
    assert timeline.told == [("firing", Reason.FIRST)]
    assert [alert.state for alert in timeline.alerts] == [State.RESOLVED, State.FIRING]


def test_a_backfilled_month_brings_its_budgets_history_and_pages_for_today_alone(
    timeline: "Timeline",
) -> None:
    """Thirty days of spend, two of them over the daily budget, and today: two in the history, one told."""
    timeline.budget(limit_usd=50).at("0m").look()
    for day in range(30, 0, -1):
        timeline.spend(60 if day in {9, 20} else 40, at=f"-{day}d").look()
    timeline.spend(55, at="-1h").at("1m").look().at("2m").look()
    assert [alert.reason for alert in timeline.alerts] == [Ended.LATE, Ended.LATE, Reason.FIRST]
    assert timeline.told == [("firing", Reason.FIRST)]


def test_amounts_beyond_a_bigint_are_kept_to_the_pico(timeline: "Timeline") -> None:
    """A month of twenty million dollars is more picoUSD than 64 bits hold."""
    timeline.budget(limit_usd=9_000_000)
    timeline.at("0m").spend(9_000_000).spend(9_000_000).spend(2_000_000.000000000001).look()
    (alert,) = timeline.alerts
    assert alert.value > 2**63
    assert alert.value == 20_000_000 * 10**12
