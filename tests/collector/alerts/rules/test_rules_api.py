"""What rules see, over HTTP; rules that are looked at before they are configured; and the ready-made ones."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from support.collector import RunningCollector, config_for
from support.otlp import NOON, SECOND, call, call_attributes, payload

from gemledger_collector.config import Config

ROOT = Path(__file__).parents[4]
READY_MADE = ROOT / "examples/alerts/ready-made.yaml"
MINUTE = 60 * SECOND
SLOW = "name: slow\nmetric: latency_p50\nwindow: 5m\nabove: 3s\ngroup_by: [team]\n"


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """At five past one, after an hour in which search was slow from 12:20 to 12:29; growth is quick."""
    path = tmp_path_factory.mktemp("rules") / "x.duckdb"
    rules = [yaml.safe_load(SLOW) | {"window": "1h"}, {"name": "spend", "above": 1000}]
    with RunningCollector(config_for(path), now) as without_rules:  # none looks at half of it
        for minute in range(65):
            without_rules.send(payload([*calls(minute, "search"), *calls(minute, "growth")]))
    with RunningCollector(
        config_for(path, extensions={"alerts": {"rules": rules}}), now
    ) as running:
        yield running


def now() -> int:
    """Five past one."""
    return NOON + 65 * MINUTE


def calls(minute: int, team: str) -> list[Any]:
    """Eight calls of a minute."""
    slow = team == "search" and 20 <= minute < 30
    return [
        call(
            minute * 100 + number + (50 if team == "growth" else 0),
            start=NOON + minute * MINUTE + number * SECOND,
            seconds=6.0 if slow else 1.0,
            attributes=call_attributes(attribution_team=team),
        )
        for number in range(8)
    ]


def preview(running: RunningCollector, rule: str, **asked: object) -> Any:
    """The answer to a preview."""
    answer = running.http.post("/api/v1/alerts/preview", json={"rule": rule, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_rule_tells_what_it_sees(collector: RunningCollector) -> None:
    """Each group's value, calls and state, in the metric's integers and in words."""
    answer = collector.get("/api/v1/alerts/rules")
    slow, spend = answer["rules"]
    assert (slow["limit"], slow["limit_in_words"], slow["comparison"]) == (
        "3000000",
        "3 s",
        "above",
    )
    assert {group["labels"]["team"] for group in slow["groups"]} == {"growth", "search"}
    for group in slow["groups"]:
        assert (group["value_in_words"], group["state"]) == ("996 ms", "inactive")
        assert group["calls"] >= 400
    (everything,) = spend["groups"]
    assert everything["labels"] == {}
    assert int(everything["value"]) == 550_000_000 * everything["calls"]


def test_beside_budgets_stand_rules_about_all_spend_alone(collector: RunningCollector) -> None:
    """What is grouped, or is no money, is told where every rule is."""
    assert [rule["name"] for rule in collector.get("/api/v1/budgets")["rules"]] == ["spend"]


def test_a_preview_tells_when_a_rule_would_have_fired(collector: RunningCollector) -> None:
    """By the minute: the slow team alone, from when half of five minutes are slow until they are not."""
    answer = preview(collector, SLOW, hours=1)
    assert (answer["step_seconds"], answer["group_count"], answer["fired_count"]) == (60, 2, 1)
    search, growth = answer["groups"]
    assert (search["labels"], growth["fired"]) == ({"team": "search"}, [])
    (fired,) = search["fired"]
    assert (fired["at"][11:16], fired["until"][11:16]) == ("12:23", "12:33")
    assert fired["value_in_words"] == "6.06 s"
    assert len(search["values"]) == len(answer["ends"]) == 61
    held = preview(collector, SLOW + "for: 4m\n", hours=1)["groups"][0]["fired"]
    assert [each["at"][11:16] for each in held] == ["12:27"]
    assert preview(collector, SLOW + "for: 20m\n", hours=1)["fired_count"] == 0


def test_a_preview_of_hours_comes_from_the_ledger(collector: RunningCollector) -> None:
    """Quarters of an hour, and no group at all."""
    answer = preview(collector, '[{"name": "s", "window": "2h", "above": 0.1}]', hours=6)
    (everything,) = answer["groups"]
    assert answer["step_seconds"] == 900
    assert everything["fired"][0]["until"] is None


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("name: a\nmetric: latncy\nabove: 3s", "metric: "),
        ("name: a\nabove: 3\nwindw: 5m", "did you mean 'window'"),
        ("name: [", "not YAML"),
        ("just text", "write keys"),
        ("a: &a [x]\nb: [*a, *a]", "write out what it stands for"),
        ("name: 2026-99-99", "not YAML"),
        ("- " * 2000, "not YAML"),
        ("[" * 1000, "more than 100 brackets"),
        ("name: a\nabove: 5\nwindow: 99999999999999d", "longer than 100 years"),
        ("name: a\nmetric: silence\nabove: 15m", "no past is kept"),
        ("name: a\nabove: 5 bananas", "is not an amount"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_with_its_place(
    collector: RunningCollector, rule: str, complaint: str
) -> None:
    """As strictly as in the configuration."""
    answer = collector.http.post("/api/v1/alerts/preview", json={"rule": rule})
    assert answer.status_code == 400
    assert complaint in answer.json()["error"]["message"]


def test_the_ready_made_rules_can_be_used_as_they_are() -> None:
    """Every one is configuration, each has a reason, and all that issues ask for is there."""
    rules = Config.model_validate(yaml.safe_load(READY_MADE.read_text())).alerts.rules
    assert {rule.metric for rule in rules} == {
        *("latency_p50", "latency_p99", "error_share", "cost_per_call", "cost_of_one_call"),
        *("judged_bad_share", "rate_limit_headroom", "unpriced_share", "silence"),
        *("cache_hit_share", "thinking_share"),
    }
    limits = {rule.name: rule.limit for rule in rules}
    assert limits["slow-median"] == 3_000_000
    assert limits["failing-calls"] == 5_000_000
    assert limits["little-quota-left"] == 100_000_000
