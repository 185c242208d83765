"""Somebody says that they have seen an alert: its channels are told no more of it than that it ended."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.notification import Reason
from gemledger_collector.alerts_config.matching import Matcher, parse_matcher

from .conftest import Timeline
from .test_silences_api import asking, made

REPEATED = [("firing", Reason.FIRST), ("firing", Reason.REPEAT)]


def acknowledged(story: Timeline, number: int = 0, **said: Any) -> Any:
    """Acknowledge one of the alerts that are shown, the newest first."""
    client = asking(story)
    alert = client.get("/api/v1/alerts").json()["alerts"][number]
    name = f"{alert['fingerprint']}@{alert['started_at']}"
    return client.post(
        f"/api/v1/alerts/{name}/acknowledge", json={"by": "ana", "comment": "on it"} | said
    )


def dear_day(timeline: Timeline) -> Timeline:
    """A rule over a day that fires from the first minute and is repeated every hour."""
    timeline.settings["repeat_interval"] = "1h"
    return timeline.rule(above_usd=10, window="1d").spend(20).look()


def test_what_is_acknowledged_is_not_repeated_and_told_when_it_ends(timeline: Timeline) -> None:
    """Repeated until somebody has seen it, then quiet, over a restart too; that it ended is told."""
    dear_day(timeline).at("61m").look()
    assert timeline.told == REPEATED
    said = acknowledged(timeline)
    assert said.status_code == 201, said.text
    assert (said.json()["kind"], said.json()["created_by"]) == ("acknowledgement", "ana")
    assert said.json()["ends_at"] is None
    timeline.at("3h").look().restart().at("5h").look()
    assert timeline.told == REPEATED
    timeline.at("25h").look()
    assert timeline.told == [*REPEATED, ("resolved", Reason.ALL_RESOLVED)]
    assert asking(timeline).get("/api/v1/alerts/silences").json() == {"silences": []}


def test_an_alert_says_who_has_acknowledged_it(timeline: Timeline) -> None:
    """By whom and with which words, and what to end to take it back."""
    dear_day(timeline)
    seen = acknowledged(timeline).json()
    alert = asking(timeline).get("/api/v1/alerts").json()["alerts"][0]
    assert alert["muted_by"] == [
        {"by": "acknowledgement", "name": seen["id"], "words": "ana: on it", "channel": ""}
    ]
    asking(timeline).delete(f"/api/v1/alerts/silences/{seen['id']}")
    timeline.at("2h").look()
    assert timeline.told == REPEATED


def test_a_silence_does_not_hide_who_has_acknowledged(timeline: Timeline) -> None:
    """Both are said, the acknowledgement first."""
    dear_day(timeline)
    acknowledged(timeline)
    made(asking(timeline.at("1m")), matchers=['rule="hourly-cost"'])
    alert = asking(timeline).get("/api/v1/alerts").json()["alerts"][0]
    assert [each["by"] for each in alert["muted_by"]] == ["acknowledgement", "silence"]


def test_the_same_alert_is_told_when_it_fires_anew(timeline: Timeline) -> None:
    """What was seen is this time, not every time."""
    dear_day(timeline)
    acknowledged(timeline)
    timeline.at("25h").look().at("26h").spend(20).look()
    assert [status for status, _ in timeline.told] == ["firing", "resolved", "firing"]


def test_a_higher_threshold_is_told_though_the_lower_is_acknowledged(timeline: Timeline) -> None:
    """Half the budget and all of it are two alerts."""
    timeline.budget(limit_usd=100, thresholds=[50, 100]).spend(60).look()
    acknowledged(timeline)
    timeline.at("1h").spend(60).look()
    assert timeline.told == [("firing", Reason.FIRST), ("firing", Reason.NEW_ALERTS)]


def test_an_acknowledgement_may_last_for_a_while_only(timeline: Timeline) -> None:
    """Until then nobody is reminded; from then on they are."""
    dear_day(timeline)
    acknowledged(timeline, until="2026-11-10T11:00:00Z")
    assert len(timeline.at("2h").look().told) == 1
    assert len(timeline.at("4h").look().told) == 2


def test_to_acknowledge_again_replaces_what_was_said(timeline: Timeline) -> None:
    """One acknowledgement of an alert, its last."""
    dear_day(timeline)
    acknowledged(timeline)
    acknowledged(timeline, by="ben")
    found = asking(timeline).get("/api/v1/alerts/silences").json()["silences"]
    assert [each["created_by"] for each in found] == ["ben"]


def test_who_acknowledged_is_in_the_audit_and_without_a_name_it_is_the_token(
    timeline: Timeline,
) -> None:
    """The actor is who was let in, by is who they said they were."""
    dear_day(timeline)
    acknowledged(timeline)
    assert acknowledged(timeline, by=None).json()["created_by"] == "loopback"
    lines = asking(timeline).get("/api/v1/audit").json()["lines"]
    assert [(each["action"], each["actor"], each["detail"]["by"]) for each in lines] == [
        ("acknowledge", "loopback", "loopback"),
        ("acknowledge", "loopback", "ana"),
    ]


def test_only_what_fires_is_acknowledged(timeline: Timeline) -> None:
    """Of what is pending nobody was told, what ended is over, and what is unknown is not found; each with a word."""
    timeline.rule(above_usd=10, window="1d", **{"for": "10m"}).spend(20).expect(State.PENDING)
    assert "nobody is told of it yet" in acknowledged(timeline).json()["error"]["message"]
    timeline.at("10m").look().at("25h").look()
    refused = acknowledged(timeline)
    assert refused.status_code == 400
    assert "only what fires" in refused.json()["error"]["message"]
    unknown = asking(timeline).post("/api/v1/alerts/none/acknowledge", json={"comment": "?"})
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"comment": ""},
        {"comment": None},
        {"until": "2026-11-10T07:00:00Z"},
        {"until": "2028-11-10T07:00:00Z"},
        {"by": "x" * 201},
        {"at": "now"},
    ],
)
def test_a_wrong_acknowledgement_is_refused(timeline: Timeline, wrong: dict[str, Any]) -> None:
    """400, and the alert is as loud as before."""
    dear_day(timeline)
    assert acknowledged(timeline, **wrong).status_code == 400
    assert asking(timeline).get("/api/v1/alerts/silences").json() == {"silences": []}


def test_another_alert_of_the_same_labels_and_more_is_not_covered(timeline: Timeline) -> None:
    """A label with quotes and lines is acknowledged like any other, and only itself."""
    odd = 'say "hi"\n\\ twice'
    timeline.rule(above_usd=10, window="1d", group_by=["team"])
    timeline.spend(20, team=odd).spend(30, team="growth").look()
    labels = [each["labels"]["team"] for each in _alerts(timeline)]
    acknowledged(timeline, labels.index(odd))
    muted = {each["labels"]["team"]: bool(each["muted_by"]) for each in _alerts(timeline)}
    assert muted == {odd: True, "growth": False}
    timeline.at("1m").look()


def _alerts(story: Timeline) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asking(story).get("/api/v1/alerts").json()["alerts"]
    return found


@given(st.text())
def test_a_matcher_is_read_as_it_is_written(value: str) -> None:
    """Whatever a label holds."""
    matcher = Matcher(label="team", operator="=", value=value)
    assert parse_matcher(str(matcher)) == matcher
