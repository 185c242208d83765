"""Everything that somebody on call looks at, in one answer."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import yaml

from gemledger_collector.alerts.channels import LogChannel
from gemledger_collector.alerts_config import AlertsConfig, BudgetConfig, RuleConfig
from gemledger_collector.alerts_config.written import pasted, yaml_of

from .conftest import Timeline
from .test_alerts_api import asking

PATH = "/api/v1/alerts/board"


def told_story(timeline: Timeline) -> dict[str, Any]:
    """A budget of support at 60 %, and what the collector says of it."""
    timeline.budget("support", limit_usd=100, thresholds=[50, 90], filter={"team": "support"})
    timeline.rule(above_usd=1000, group_by=["team"])
    for team in ("a", "b", "c", "d", "e", "f"):
        timeline.spend(1, team=team)
    timeline.spend(60, team="support", feature="chat").at("1m").look()
    timeline.deliver(LogChannel())
    found: dict[str, Any] = asking(timeline).get(PATH).json()
    return found


def test_an_open_alert_says_why_who_was_told_and_what_made_it(timeline: Timeline) -> None:
    """The largest contributors, the newest message to each channel, and the budget as YAML that reads as it was."""
    board = told_story(timeline)
    (alert,) = board["open"]
    assert (alert["rule"], alert["state"], alert["muted_by"]) == ("support", "firing", [])
    assert alert["contributors"][0]["feature"] == "chat"
    assert alert["contributors"][0]["excess_pico_usd"] == "60000000000000"
    assert len(alert["contributors"]) <= 3
    assert [(each["channel"], each["delivered"], each["messages"]) for each in alert["told"]] == [
        ("log", True, 1)
    ]
    section = yaml.safe_load(alert["configured"])["extensions"]["alerts"]
    assert AlertsConfig.model_validate(section).budgets == timeline.config.budgets


def test_the_board_says_what_each_question_says(timeline: Timeline) -> None:
    """Budgets, rules, silences and channels are those of their own answers; of many groups five."""
    board = told_story(timeline)
    client = asking(timeline)
    (budget,) = client.get("/api/v1/budgets").json()["budgets"]
    (foreseen,) = client.get("/api/v1/forecast").json()["budgets"]
    assert board["budgets"] == [{**budget, "forecast": foreseen}]
    (rule,) = client.get("/api/v1/alerts/rules").json()["rules"]
    (shown,) = board["rules"]
    assert shown["group_count"] == rule["group_count"] == 7
    assert shown["groups"] == rule["groups"][:5]
    assert board["channels"] == client.get("/api/v1/alerts/channels").json()["channels"]
    assert board["silences"] == []


def test_nothing_open_is_an_empty_board(timeline: Timeline) -> None:
    """And no error where nothing is configured."""
    board = asking(timeline.look()).get(PATH).json()
    assert (board["open"], board["open_count"], board["budgets"], board["rules"]) == ([], 0, [], [])


def test_a_rule_is_written_as_people_write_it() -> None:
    """Durations in their largest unit, amounts exact; nothing that was not said."""
    rule = RuleConfig.model_validate(
        {"name": "slow", "metric": "latency_p95", "window": "90m", "above": "3s", "for": "500ms"}
    )
    assert pasted("rules", rule) == (
        "extensions:\n  alerts:\n    rules:\n    - name: slow\n      metric: latency_p95\n"
        "      window: 90m\n      above: 3s\n      for: 500ms\n"
    )
    budget = BudgetConfig.model_validate({"name": "b", "limit_usd": "25.05", "rolling": "7d"})
    assert (budget.limit_usd, budget.rolling) == (Decimal("25.05"), timedelta(days=7))
    section = yaml.safe_load(pasted("budgets", budget))["extensions"]["alerts"]
    assert AlertsConfig.model_validate(section).budgets == (budget,)
    assert yaml_of(AlertsConfig(), "none") is None
