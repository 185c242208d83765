"""What would have fired over the stored ledger: the engine's own states and routes, and nothing is written."""

from typing import Any

import pytest

from .conftest import Timeline
from .test_silences_api import asking

PATH = "/api/v1/alerts/backtest"


def walked(timeline: Timeline, **wanted: Any) -> dict[str, Any]:
    """The last day, walked."""
    times = {"since": "2026-11-10T08:00:00Z", "until": "2026-11-11T08:00:00Z"}
    answer = asking(timeline.at("1d")).post(PATH, json={**times, **wanted})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_it_tells_what_would_have_fired_and_whom_it_would_have_told(timeline: Timeline) -> None:
    """A day later: the rule for the team that was dear, each threshold of the budget, until their ends."""
    timeline.channel("oncall", "http://127.0.0.1:1")
    timeline.rule("team-hour", above_usd=10, group_by=["team"])
    timeline.budget("daily", limit_usd=40, thresholds=[50, 100], each=["team"])
    timeline.spend(12, at="2h", team="growth").spend(11, at="150m", team="growth")
    timeline.spend(9, at="2h", team="search")
    answer = walked(timeline)
    assert [
        (each["rule"], each["labels"]["team"], each["firing_since"], each["resolved_at"])
        for each in answer["fired"]
    ] == [
        ("team-hour", "growth", "2026-11-10T10:15:00Z", "2026-11-10T11:45:00Z"),
        ("daily", "growth", "2026-11-10T10:45:00Z", "2026-11-11T00:00:00Z"),
    ]
    assert {
        (each["channel"], each["status"], each["reason"]) for each in answer["notifications"]
    } >= {
        ("oncall", "firing", "first time this group is notified"),
        ("oncall", "resolved", "all alerts of the group are resolved"),
    }
    assert (answer["steps"], answer["grain_seconds"]) == (96, 900)
    assert timeline.alerts == []
    assert timeline.messages == []


def test_other_rules_can_be_tried_and_what_cannot_be_walked_is_said(timeline: Timeline) -> None:
    """A section in the question instead of the running one; finer windows than the ledger's are named."""
    timeline.spend(12, at="2h", team="growth")
    rules = [
        {"name": "hourly", "above": 10, "for": "30m"},
        {"name": "minutes", "above": 10, "window": "5m"},
        {"name": "quiet", "metric": "silence", "above": "1h"},
    ]
    answer = walked(timeline, alerts={"rules": rules})
    assert [each["rule"] for each in answer["fired"]] == ["hourly"]
    assert answer["fired"][0]["firing_since"] == "2026-11-10T10:45:00Z"
    assert {each["name"]: each["why"] for each in answer["untested"]} == {
        "minutes": "its window of 0:05:00 is finer than the ledger's 15 minutes; preview it instead",
        "quiet": "silence is known of now alone",
    }
    assert walked(timeline, alerts={"rules": rules}, names=["minutes"])["fired"] == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"alerts": {"rules": [{"name": "a", "metric": "costs", "above": 1}]}}, "rules[0].metric"),
        ({"names": ["nobody"]}, "nothing is named 'nobody'"),
        ({"since": "2026-01-01T00:00:00Z"}, "31 days"),
        ({"since": "2026-12-01T00:00:00Z"}, "since before until"),
    ],
)
def test_a_wrong_backtest_is_refused(timeline: Timeline, wrong: dict[str, Any], told: str) -> None:
    """400 with the remedy."""
    answer = asking(timeline).post(PATH, json={"until": "2026-11-11T08:00:00Z", **wrong})
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]
