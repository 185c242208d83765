"""What a story can say, and how it says that it is not as expected."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gemledger_collector.alerts.stories.comparing import Failure
from gemledger_collector.alerts.stories.playing import play
from gemledger_collector.alerts.stories.reading import read
from gemledger_collector.alerts.stories.series import parse_series
from gemledger_collector.errors import ConfigError

HOURLY = {"name": "hourly", "window": "1h", "above": 10}
QUICK = {"group_wait": "0s", "group_interval": "1m"}


def told(tmp_path: Path, rule: dict[str, Any], *traffic: Any, **story: Any) -> tuple[Failure, ...]:
    """Play a story of one rule."""
    file = tmp_path / "story.yaml"
    alerts = {**QUICK, "rules": [rule]}
    whole = {"story": "s", "look_every": "1m", "alerts": alerts, "traffic": traffic, **story}
    file.write_text(yaml.safe_dump(whole, sort_keys=False))
    return play(read(file, {})).failures


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("1x3", [1, 1, 1, 1]),
        ("1+2x3 _ 5", [1, 3, 5, 7, None, 5]),
        ("3-1x2 _x2", [3, 2, 1, None, None]),
        (7, [7]),
    ],
)
def test_a_series_is_written_as_prometheus_has_it(written: object, values: list[Any]) -> None:
    """``axn`` is a and n more."""
    assert list(parse_series(written)) == values


@pytest.mark.parametrize("wrong", ["x3", "1x", "1y3", "2-1x3", True, None, "1x999999"])
def test_a_wrong_series_is_refused(wrong: object) -> None:
    """With how one is written, or why not."""
    with pytest.raises(ValueError, match=r"write|give"):
        parse_series(wrong)


METRICS: list[tuple[dict[str, Any], dict[str, Any], object]] = [
    ({"metric": "cost"}, {"cost_usd": "12"}, 12),
    ({"metric": "cost_of_one_call"}, {"cost_usd": "24", "calls": "2"}, 12),
    ({"metric": "cost_per_call", "min_calls": 2}, {"cost_usd": "24", "calls": "2"}, 12),
    ({"metric": "calls"}, {"calls": "12"}, 12),
    ({"metric": "tokens"}, {"input_tokens": "8", "output_tokens": "4"}, 12),
    (
        {"metric": "thinking_share", "above": "10%", "min_calls": 1},
        {"output_tokens": "8", "thoughts_tokens": "4"},
        "50%",
    ),
    (
        {"metric": "cache_hit_share", "above": "10%", "min_calls": 1},
        {"input_tokens": "8", "cached_tokens": "4"},
        "50%",
    ),
    (
        {"metric": "error_share", "above": "10%", "min_calls": 1},
        {"calls": "4", "errors": "2"},
        "50%",
    ),
    (
        {"metric": "error_share", "errors": ["rate_limited"], "above": "10%", "min_calls": 1},
        {"calls": "4", "errors": "1", "error": "429"},
        "25%",
    ),
    ({"metric": "unpriced_share", "above": "10%"}, {"calls": "4", "unpriced": "1"}, "25%"),
    ({"metric": "latency_p50", "above": "2s", "min_calls": 1}, {"latency_ms": "3000"}, "3s"),
    (
        {"metric": "first_chunk_p99", "above": "2s", "min_calls": 1},
        {"first_chunk_ms": "3000"},
        "3s",
    ),
]


@pytest.mark.parametrize(("rule", "traffic", "value"), METRICS, ids=lambda each: str(each)[:40])
def test_a_story_can_be_about_every_measured_metric(
    tmp_path: Path, rule: dict[str, Any], traffic: dict[str, Any], value: object
) -> None:
    """Traffic is written in what the metric is made of."""
    expected = {"at": "0s", "alerts": [{"rule": "hourly", "value": value}]}
    assert told(tmp_path, {**HOURLY, **rule}, traffic, expect=[expected]) == ()


def test_a_failure_says_where_when_and_what_differs(tmp_path: Path) -> None:
    """The line of the expectation; what is missing; what is there instead."""
    expected = [
        {"at": "1m", "alerts": []},
        {"at": "2m", "notifications": [{"status": "resolved", "alerts": ["hourly"]}]},
    ]
    first, second = told(
        tmp_path, HOURLY, {"labels": {"team": "growth"}, "cost_usd": "12"}, expect=expected
    )
    lines = (tmp_path / "story.yaml").read_text().splitlines()
    assert first.line is not None
    assert lines[first.line - 1].strip() == "alerts: []"
    assert (first.at, first.time) == ("1m", "2026-11-10T08:01:00.000Z")
    assert first.missing == ()
    assert first.unexpected == (
        "firing hourly with $12.00 against $10.00 (first time this group is notified)",
    )
    assert second.missing == ("resolved to log about hourly",)
    assert second.unexpected == ("firing to log about hourly (first) at 2026-11-10T08:00:00.000Z",)


def test_a_configuration_file_can_be_what_is_tested(tmp_path: Path) -> None:
    """The one that the collector is started with, secrets filled in by the story; and it may change on the way."""
    channel = {"name": "oncall", "type": "webhook", "url": "${env:ONCALL}"}
    section = {**QUICK, "rules": [HOURLY], "channels": [channel]}
    (tmp_path / "otel.yaml").write_text(yaml.safe_dump({"extensions": {"alerts": section}}))
    story = tmp_path / "story.yaml"
    raised = {"rules": [{**HOURLY, "above": 100}]}
    story.write_text(
        yaml.safe_dump(
            {
                "story": "s",
                "config": "otel.yaml",
                "environ": {"ONCALL": "https://oncall.example.com"},
                "look_every": "1m",
                "traffic": [{"cost_usd": "12"}],
                "events": [{"at": "2m", "config": raised}],
                "expect": [
                    {"at": "1m", "notifications": [{"channel": "oncall", "alerts": ["hourly"]}]},
                    {"at": "3m", "notifications": [{"channel": "oncall", "status": "resolved"}]},
                ],
            }
        )
    )
    assert play(read(story, {})).failures == ()


@pytest.mark.parametrize(
    ("wrong", "told_problem"),
    [
        ({"expect": [{"at": "soon", "alerts": []}]}, "write 10m or 1h 30m after the start"),
        ({"expect": [{"at": "1m"}]}, "nothing is expected here"),
        ({"expect": []}, "expect"),
        ({"events": [{"at": "1m"}]}, "nothing happens here"),
        ({"traffic": [{"labels": {"team": "a"}}]}, "no series is given"),
        ({"traffic": [{"cost_usd": "1y"}]}, "'1y' is no part of a series"),
        ({"alerts": {"rules": [{"name": "a", "metric": "costs", "above": 1}]}}, "metric"),
        ({"trafic": []}, "did you mean 'traffic'?"),
        ({"alerts": None}, "give either alerts, inline, or config"),
        ({"events": [{"at": "1m", "expire": "none"}]}, "no silence 'none'"),
        ({"events": [{"at": "1m", "config": {"rules": [{"name": "a"}]}}]}, "no limit"),
        ({"look_every": "1s", "expect": [{"at": "9d", "alerts": []}]}, "give look_every"),
    ],
)
def test_a_wrong_story_is_refused_with_the_remedy(
    tmp_path: Path, wrong: dict[str, Any], told_problem: str
) -> None:
    """And with the file, before anything is played."""
    story: dict[str, Any] = {"expect": [{"at": "2m", "alerts": []}], **wrong}
    with pytest.raises(ConfigError) as caught:
        told(tmp_path, HOURLY, **{"traffic": [], **story})
    assert told_problem in str(caught.value)
    assert str(tmp_path / "story.yaml") in str(caught.value)
