"""Spikes on a real store, from the first odd minute to the end, with the clock in hand."""

from typing import TYPE_CHECKING

import pytest

from gemledger_collector.alerts.alert import Alert, Ended, State, Watch, Window
from gemledger_collector.alerts.notification import Reason
from gemledger_collector.alerts.records import to_row
from gemledger_collector.alerts.spikes.watcher import SpikeWatcher, identity
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.minutes import Minutes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.alerts.conftest import Timeline

    from gemledger_collector.alerts.spikes.standing import Standing

PICO_USD = 10**12


def standing(timeline: "Timeline") -> "Sequence[Standing]":
    """How every group stands at the clock's time."""
    with timeline.store.reading() as snapshot:
        watcher = SpikeWatcher(timeline.config.spikes, Minutes(timeline.store))
        return watcher.standing(snapshot, Watch(timeline.now, 0))


def incident(timeline: "Timeline", at: str) -> Alert:
    """An alert of five hours, long over."""
    begin, hour = timeline.time(at), 3600 * 10**9
    return Alert(
        identity(timeline.config.spikes[0], ()),
        State.RESOLVED,
        Window(begin - hour, begin),
        value=500 * PICO_USD,
        limit=30 * PICO_USD,
        started_at=begin,
        firing_since=begin,
        resolved_at=begin + 5 * hour,
        ended=Ended.NOT_BREACHED,
    )


def test_a_jump_is_told_once_with_what_is_usual_and_resolved_when_it_is_over(
    timeline: "Timeline",
) -> None:
    """Ten dollars an hour for a week, then forty in a few minutes: two minutes later somebody knows."""
    timeline.spike(keep_firing_for="15m").steady(10, "-8d")
    timeline.at("5m").spend(40).expect(State.PENDING)
    timeline.at("6m").expect(State.FIRING, Reason.FIRST)
    (alert,) = timeline.alerts
    assert (alert.value, alert.limit) == (40 * PICO_USD + 7.5 * PICO_USD, 30 * PICO_USD)
    assert alert.annotations["usual"] == "$10.00 an hour, at most $30.00 (the same hour of 7 days)"
    assert alert.annotations["excess"] == "$39.00 so far"
    timeline.at("20m").spend(40).expect(State.FIRING)
    timeline.at("1h").expect(State.FIRING)
    timeline.at("2h").expect(State.RESOLVED, Reason.ALL_RESOLVED)
    assert [status for status, _ in timeline.told] == ["firing", "resolved"]


def test_each_group_has_its_own_usual(timeline: "Timeline") -> None:
    """Fifty dollars are an ordinary quarter of an hour for one team and a spike for another."""
    timeline.spike(group_by=["team"])
    timeline.steady(200, "-8d", team="search").steady(5, "-8d", team="chat")
    timeline.at("5m").spend(50, team="search").spend(50, team="chat").look()
    timeline.at("7m").look()
    (alert,) = timeline.alerts
    assert (alert.identity.filter, alert.state) == ({"team": "chat"}, State.FIRING)
    assert alert.identity.labels["kind"] == "spike"


def test_spend_without_a_team_is_a_group_of_its_own(timeline: "Timeline") -> None:
    """Who names nobody is watched like everybody else."""
    timeline.spike(group_by=["team", "feature"]).steady(5, "-8d")
    timeline.at("5m").spend(50).look().at("7m").look()
    (alert,) = timeline.alerts
    assert alert.identity.filter == {"team": "", "feature": ""}


def test_only_the_traffic_the_filter_names_is_looked_at(timeline: "Timeline") -> None:
    """A spike elsewhere is somebody else's."""
    timeline.spike(filter={"team": "chat"}).steady(5, "-8d", team="chat")
    timeline.at("5m").spend(500, team="search").expect_nothing()
    timeline.at("7m").spend(500, team="chat").look().at("9m").look()
    assert [alert.identity.filter for alert in timeline.alerts] == [{"team": "chat"}]


def test_the_first_day_is_for_learning(timeline: "Timeline") -> None:
    """A new key that starts with a bang has budgets and limits; its spike alerts are ready after a day."""
    timeline.spike(group_by=["team"]).steady(5, "-23h", team="new")
    timeline.at("5m").spend(500, team="new").expect_nothing()
    (new,) = standing(timeline)
    assert new.learning
    assert new.ready_at == timeline.time("1h") // 10**9
    timeline.at("65m").spend(900, team="new").look()
    (ready,) = standing(timeline)
    assert not ready.learning


def test_a_new_group_among_old_ones_is_a_spike_of_its_own(timeline: "Timeline") -> None:
    """A key that nobody knew spends fifty dollars in minutes: its usual is nothing, and somebody hears."""
    timeline.spike(group_by=["team"]).steady(5, "-8d", team="old")
    timeline.at("5m").spend(50, team="new").look().at("6m").look()
    (alert,) = timeline.alerts
    assert (alert.identity.filter, alert.state) == ({"team": "new"}, State.FIRING)
    assert alert.annotations["usual"] == "$0.00 an hour, at most $20.00 (nothing to compare with)"


def test_new_groups_can_be_left_to_learn_for_a_day(timeline: "Timeline") -> None:
    """Where teams come and go all the time, each is learned by itself first."""
    timeline.spike(group_by=["team"], learn_each_group=True).steady(5, "-8d", team="old")
    timeline.at("5m").spend(50, team="new").expect_nothing()
    timeline.at("66m").spend(60, team="new").expect_nothing()
    assert {each.labels["team"]: each.learning for each in standing(timeline)} == {
        "old": False,
        "new": True,
    }


def test_late_data_that_changes_only_the_past_pages_nobody(timeline: "Timeline") -> None:
    """A back-fill of yesterday's incident is history."""
    timeline.spike().steady(10, "-8d").at("5m").expect_nothing()
    timeline.spend(5000, at="-20h").spend(5000, at="-3h").expect_nothing()
    timeline.at("12m").expect_nothing()
    timeline.at("2h").expect_nothing()


def test_late_data_changes_the_usual_within_minutes(timeline: "Timeline") -> None:
    """A week of another app's spend arrives: what it spends from now on is compared with it."""
    timeline.spike().steady(10, "-8d").at("1m").expect_nothing()
    timeline.steady(500, "-8d")
    timeline.at("7m").spend(150).expect_nothing()
    (now,) = standing(timeline)
    assert now.usual_pico_usd == 510 * PICO_USD


def test_what_happens_every_day_at_the_same_hour_is_no_news(timeline: "Timeline") -> None:
    """A nightly batch of a hundred dollars fires in its first days at most, and is usual after a week."""
    timeline.spike().steady(1, "-8d")
    for day in range(1, 8):
        timeline.spend(100, at=f"-{24 * day}h")
    timeline.at("5m").spend(100).expect_nothing()


def test_incidents_are_not_learned_from(timeline: "Timeline") -> None:
    """The same hours ran wild on four of seven days; what the alerts were about is no part of the usual."""
    timeline.spike().steady(10, "-8d")
    for day in range(1, 5):
        timeline.steady(490, f"-{24 * day + 3}h", f"-{24 * day - 3}h")
    (now,) = standing(timeline)
    assert now.usual_pico_usd == 500 * PICO_USD
    with timeline.store.writing() as transaction:
        alert_history.record(
            transaction, [to_row(incident(timeline, f"-{24 * day + 2}h")) for day in range(1, 5)]
        )
    (now,) = standing(timeline)
    assert now.usual_pico_usd == 10 * PICO_USD


def test_what_lasts_a_day_is_the_new_usual(timeline: "Timeline") -> None:
    """A launch quadruples the spend for good: one alert, over after a day, and no second one."""
    timeline.spike().steady(10, "-8d").steady(100, "0m", "2d")
    for hour in range(1, 40):
        timeline.at(f"{hour}h").look().at(f"{60 * hour + 2}m").look()
    assert [alert.state for alert in timeline.alerts] == [State.RESOLVED]
    (alert,) = timeline.alerts
    assert alert.resolved_at is not None
    assert alert.resolved_at - alert.started_at <= 26 * 3600 * 10**9


def test_a_restart_neither_pages_again_nor_forgets(timeline: "Timeline") -> None:
    """The baseline is learned anew from the ledger, the alert is in the store."""
    timeline.spike().steady(10, "-8d")
    timeline.at("5m").spend(60).look()
    timeline.restart().at("7m").expect(State.FIRING, Reason.FIRST)
    timeline.restart().at("8m").expect(State.FIRING)
    timeline.restart().at("9m").expect(State.FIRING)
    assert timeline.told == [("firing", Reason.FIRST)]


def test_a_spike_that_leaves_the_configuration_is_resolved(timeline: "Timeline") -> None:
    """Nobody waits for the end of what is no longer watched."""
    timeline.spike().steady(10, "-8d").at("5m").spend(60).look().at("7m").look()
    timeline.settings["spikes"] = []
    timeline.restart().at("8m").look()
    assert timeline.told == [("firing", Reason.FIRST), ("resolved", Reason.ALL_RESOLVED)]


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"floor_usd": 0}, "give an amount above 0"),
        ({"ratio": 1}, "greater than 1"),
        ({"history": "3d"}, "not between 7d and 56d"),
        ({"timezone": "Mars/Olympus"}, "no time zone"),
        ({"group_by": ["team", "team"]}, "give each once"),
        ({"window": "1h"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_do(
    settings: dict[str, object], wrong: str
) -> None:
    """A spike that makes no sense does not start."""
    with pytest.raises(ValueError, match=wrong):
        AlertsConfig.model_validate({"spikes": [{"name": "odd", **settings}]})
