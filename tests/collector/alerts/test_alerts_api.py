"""The questions about alerts and budgets, asked over HTTP of a real application on a real store."""

import time

import pytest
from starlette.testclient import TestClient

from gemledger.pricing import load_book
from gemledger_collector.alerts.alert import Ended, State
from gemledger_collector.alerts.channels import LogChannel
from gemledger_collector.alerts.notification import Reason
from gemledger_collector.api.app import create_app
from gemledger_collector.api.context import Context
from gemledger_collector.config import Config
from gemledger_collector.pipeline import Limits, Pipeline
from gemledger_collector.processors.chain import Chain
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.telemetry import Telemetry

from .conftest import Timeline


@pytest.fixture
def story(timeline: Timeline) -> Timeline:
    """A day with a budget half used, an hour over its limit, and an incident of last week found late."""
    timeline.budget(
        "support",
        limit_usd=100,
        thresholds=[50, 90],
        filter={"team": "support"},
        timezone="Europe/Berlin",
    )
    timeline.rule(above_usd=40).at("0m").look()
    timeline.spend(45, at="-7d", team="search").look()
    timeline.at("30m").spend(60, team="support", feature="chat").look()
    timeline.deliver(LogChannel())
    return timeline


def asking(story: Timeline) -> TestClient:
    """A client of the story's collector."""
    config = Config.model_validate({"extensions": {"alerts": story.settings}})
    pipeline = Pipeline(story.store, Chain(load_book()), Telemetry(), Limits())
    context = Context(
        config=config,
        store=story.store,
        pipeline=pipeline,
        telemetry=Telemetry(),
        price_book="test",
        clock=lambda: story.now,
        started_at_unix_nano=time.time_ns(),
        minutes=Minutes(story.store),
    )
    return TestClient(create_app(context))


def test_alerts_are_listed_with_what_was_sent_about_them(story: Timeline) -> None:
    """Open ones first; money as decimal strings; what was found late says so, and that nobody was told."""
    answer = asking(story).get("/api/v1/alerts").json()
    rows = [
        (each["rule"], each["state"], each["notified"], each["reason"]) for each in answer["alerts"]
    ]
    assert sorted(rows[:2]) == [
        ("hourly-cost", State.FIRING, True, Reason.FIRST),
        ("support", State.FIRING, True, Reason.FIRST),
    ]
    assert rows[2:] == [("hourly-cost", State.RESOLVED, False, Ended.LATE)]
    budget = next(each for each in answer["alerts"] if each["kind"] == "budget")
    assert budget["value_pico_usd"] == "60000000000000"
    assert budget["limit_pico_usd"] == "50000000000000"
    assert budget["threshold_percent"] == 50
    assert budget["labels"]["team"] == "support"
    assert budget["started_at"] == "2026-11-10T08:30:00Z"
    late = answer["alerts"][2]
    assert (late["started_at"], late["resolved_at"]) == (
        "2026-11-03T08:00:00Z",
        "2026-11-03T09:00:00Z",
    )
    assert {
        (each["rule"], each["channel"], each["delivered"]) for each in answer["notifications"]
    } == {
        ("hourly-cost", "log", True),
        ("support", "log", True),
    }


def test_a_range_of_alerts_holds_what_lasted_in_it(story: Timeline) -> None:
    """An alert that began before the range and ended in it belongs to it; a later one does not."""
    client = asking(story)
    inside = {"since": "2026-11-03T08:30:00Z", "until": "2026-11-04T00:00:00Z"}
    assert [
        each["reason"] for each in client.get("/api/v1/alerts", params=inside).json()["alerts"]
    ] == [Ended.LATE]
    before = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-03T08:00:00Z"}
    assert client.get("/api/v1/alerts", params=before).json()["alerts"] == []


def test_budgets_show_their_period_and_each_threshold(story: Timeline) -> None:
    """The day of the budget's own zone, what is spent of it, and where each threshold stands."""
    answer = asking(story).get("/api/v1/budgets").json()
    (budget,) = answer["budgets"]
    assert budget["period_start"] == "2026-11-10T00:00:00+01:00"
    assert budget["period_end"] == "2026-11-11T00:00:00+01:00"
    assert budget["spent_pico_usd"] == "60000000000000"
    assert budget["share"] == pytest.approx(0.6)
    assert [(each["percent"], each["state"]) for each in budget["thresholds"]] == [
        (50, "firing"),
        (90, "inactive"),
    ]
    (rule,) = answer["rules"]
    assert rule["state"] == "firing"
    assert rule["value_pico_usd"] == "60000000000000"
    assert rule["window_seconds"] == 3600


def test_a_new_day_shows_a_fresh_budget(story: Timeline) -> None:
    """Yesterday's threshold is not today's."""
    story.at("24h").look()
    (budget,) = asking(story).get("/api/v1/budgets").json()["budgets"]
    assert budget["spent_pico_usd"] == "0"
    assert [each["state"] for each in budget["thresholds"]] == ["inactive", "inactive"]


def test_a_wrong_time_is_refused_with_a_remedy(story: Timeline) -> None:
    """400 with the one shape of errors."""
    response = asking(story).get("/api/v1/alerts", params={"since": "yesterday"})
    assert response.status_code == 400
    assert "since" in response.json()["error"]["message"]


def test_groups_of_a_spike_tell_whether_they_learn_and_what_is_usual(timeline: Timeline) -> None:
    """The dearest first; money by the hour as decimal strings."""
    timeline.spike("team-spike", group_by=["team"], learn_each_group=True)
    timeline.steady(8, "-10h", team="new").steady(20, "-8d", team="old").at("10m").spend(
        3, team="old"
    )
    (spike,) = asking(timeline).get("/api/v1/spikes").json()["spikes"]
    assert (spike["name"], spike["floor_pico_usd"]) == ("team-spike", str(20 * 10**12))
    old, new = spike["groups"]
    assert old == {
        "labels": {"team": "old"},
        "state": "ready",
        "known_since": "2026-11-02T08:00:00Z",
        "ready_at": None,
        "compared_with": "the same hour of 7 days",
        "usual_pico_usd": str(20 * 10**12),
        "high_pico_usd": str(40 * 10**12),
        "observed_pico_usd": str(18 * 10**12),
        "limit_pico_usd": str(40 * 10**12),
    }
    assert (new["state"], new["ready_at"]) == ("learning", "2026-11-10T22:00:00Z")


def test_budgets_are_answered_beside_rules_of_every_kind(timeline: Timeline) -> None:
    """A rule for each team, or about a latency, is no rule about all spend: it is told elsewhere."""
    timeline.rule("by-team", above_usd=10, group_by=["team"])
    timeline.rule("slow", metric="latency_p95", above="3s").rule("dear", above_usd=10)
    answer = asking(timeline).get("/api/v1/budgets")
    assert answer.status_code == 200
    assert [rule["name"] for rule in answer.json()["rules"]] == ["dear"]
    rules = asking(timeline).get("/api/v1/alerts/rules").json()["rules"]
    assert [rule["name"] for rule in rules] == ["by-team", "slow", "dear"]
