"""Rules about everything that is measured: who hears when, group by group."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError
from support.otlp import SECOND

from gemledger_collector.alerts.alert import Alert, State
from gemledger_collector.alerts.evaluate import Evaluator
from gemledger_collector.alerts.sources import Sources
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.storage.rate_limits import CONFIGURED, Limit

if TYPE_CHECKING:
    from ..conftest import Timeline
    from .conftest import Calls


def standing(story: "Timeline") -> Mapping[str, str]:
    """The state of every open alert after a look, by the value of its group."""
    story.look()
    return {
        "/".join(alert.identity.filter.values()): alert.state.value
        for alert in story.alerts
        if alert.state is not State.RESOLVED
    }


def only(story: "Timeline") -> Alert:
    """The one alert there is."""
    (alert,) = story.alerts
    return alert


def test_failed_calls_page_for_the_team_that_has_them(timeline: "Timeline", calls: "Calls") -> None:
    """Above the share, by kind; too few calls are no news, however many of them fail."""
    timeline.rule(
        "errors",
        metric="error_share",
        errors=["server"],
        window="5m",
        above="10%",
        group_by=["team"],
        no_data="ok",
    )
    calls(36, attribution_team="search")
    calls(4, attribution_team="search", error_type="503")
    calls(30, attribution_team="growth")
    calls(10, attribution_team="growth", error_type="429")
    calls(20, attribution_team="tiny", error_type="500")
    assert standing(timeline.at("1m")) == {}, "10 % is not above 10 %"
    calls(1, attribution_team="search", error_type="500")
    assert standing(timeline.at("1m")) == {"search": "firing"}
    assert only(timeline).value == 5 * 10**9 // 41
    assert standing(timeline.at("6m")) == {"search": "firing"}, "its last window is not over"
    assert standing(timeline.at("7m")) == {}


def test_slow_calls_page_by_their_percentile(timeline: "Timeline", calls: "Calls") -> None:
    """The median of a few slow calls among many is quick; their 95th percentile is not."""
    for percent in (50, 95):
        timeline.rule(f"p{percent}", metric=f"latency_p{percent}", window="15m", above="3s")
    calls(90, seconds=1.0)
    calls(10, seconds=8.0)
    timeline.at("1m").look()
    states = {alert.identity.rule: alert.value for alert in timeline.alerts}
    assert states == {"p95": pytest.approx(8_000_000, rel=0.025)}


def test_late_calls_in_windows_that_are_over_page_nobody(
    timeline: "Timeline", calls: "Calls"
) -> None:
    """Fifty failures of an hour ago are history; the same a minute ago are not."""
    timeline.rule("errors", metric="error_share", window="10m", above="10%")
    calls(40, at="-20m")
    calls(50, at="-70m", error_type="503")
    calls(50, at="-13m", error_type="503")
    assert standing(timeline.at("0m")) == {"": "no_data"}
    calls(50, at="-1m", error_type="503")
    assert standing(timeline) == {"": "firing"}


@pytest.mark.parametrize(
    ("no_data", "state"), [("show", "no_data"), ("alert", "firing"), ("ok", None), ("keep", None)]
)
def test_who_called_today_and_calls_no_more_has_no_data(
    timeline: "Timeline", calls: "Calls", no_data: str, state: str | None
) -> None:
    """What that means is up to the rule; who never called is not missed, nor who has not for a day."""
    timeline.rule(
        "errors",
        metric="error_share",
        window="10m",
        above="10%",
        group_by=["team"],
        no_data=no_data,
    )
    calls(40, attribution_team="search")
    assert standing(timeline.at("1m")) == {}
    expected = {} if state is None else {"search": state}
    assert standing(timeline.at("3h")) == expected
    timeline.restart()
    assert standing(timeline.at("4h")) == expected
    assert standing(timeline.at("25h")) == {}


def test_spend_of_nothing_is_a_figure_unless_the_rule_says_otherwise(
    timeline: "Timeline", calls: "Calls"
) -> None:
    """A night without calls is no news of a rule about too much; of one about too little it is no data."""
    timeline.rule("much", metric="cost", window="1h", above=10)
    timeline.rule("little", metric="cost", window="1h", below=0.001)
    timeline.rule("few", metric="calls", window="1h", below=5)
    calls(40, at="-10m")
    timeline.at("3h").look()
    assert {alert.identity.rule: alert.state for alert in timeline.alerts} == {
        "little": State.NO_DATA,
        "few": State.FIRING,
    }


def test_a_window_that_runs_is_never_too_small(timeline: "Timeline", calls: "Calls") -> None:
    """Of too few calls only windows that are over tell; a group that goes on calling is well."""
    timeline.rule("few", metric="calls", window="5m", below=10, group_by=["team"])
    for minute in range(12):
        calls(3, at=f"{minute}m")
    assert standing(timeline.at("12m")) == {}
    assert standing(timeline.at("16m")) == {"search": "firing"}


def test_silence_is_told_of_who_used_to_call(timeline: "Timeline", calls: "Calls") -> None:
    """After a quarter of an hour, to the minute; it lasts until somebody calls, for days if need be."""
    timeline.rule("quiet", metric="silence", above="15m", group_by=["service"])
    calls(3)
    assert standing(timeline.at("15m")) == {}
    assert standing(timeline.at("17m")) == {"shop": "firing"}
    assert standing(timeline.at("26h")) == {"shop": "firing"}
    assert only(timeline.restart().look()).state is State.FIRING
    calls(1)
    assert standing(timeline.at("26h")) == {}


def test_cached_tokens_that_collapse_page_from_below(timeline: "Timeline", calls: "Calls") -> None:
    """By the feature whose cache no longer hits; tokens weigh, not calls."""
    timeline.rule(
        "cache", metric="cache_hit_share", window="30m", below="20%", group_by=["feature"]
    )
    calls(40, attribution_feature="chat", input_tokens=1000, cache_read_input_tokens=900)
    calls(40, attribution_feature="mail", input_tokens=1000, cache_read_input_tokens=100)
    assert standing(timeline.at("1m")) == {"mail": "firing"}


def test_the_dearest_call_pages_alone(timeline: "Timeline", calls: "Calls") -> None:
    """Many cheap calls are no dear one, within the hour and within the day."""
    for window in ("1h", "1d"):
        timeline.rule(window, metric="cost_of_one_call", window=window, above=0.25)
    calls(100)
    assert standing(timeline.at("1m")) == {}
    calls(1, input_tokens=10**6)
    timeline.look()
    assert {alert.identity.rule: alert.value for alert in timeline.alerts} == dict.fromkeys(
        ("1h", "1d"), 300_250_000_000
    )


def test_one_call_without_a_price_is_enough(timeline: "Timeline", calls: "Calls") -> None:
    """Above none at all."""
    timeline.rule("unpriced", metric="unpriced_share", window="1h", above=0)
    calls(60)
    assert standing(timeline.at("1m")) == {}
    calls(1, response_model="unheard-of", request_model="unheard-of")
    assert standing(timeline) == {"": "firing"}


def test_little_left_of_a_rate_limit_pages_by_model(timeline: "Timeline", calls: "Calls") -> None:
    """By the last full minute: 95 of 100 requests leave 5 %."""
    timeline.rule("quota", metric="rate_limit_headroom", below="10%", group_by=["model"])
    limit = Limit("gemini-2.5-flash", None, None, "requests", "minute", 100, CONFIGURED)
    sources = Sources(Minutes(timeline.store), [limit])
    evaluator = Evaluator(timeline.store, timeline.config, sources=sources)
    calls(95)
    assert not evaluator.evaluate(timeline.now + 30 * SECOND).notifications
    evaluator.evaluate(timeline.now + 70 * SECOND)
    assert (only(timeline).state, only(timeline).value) == (State.FIRING, 50_000_000)
    assert only(timeline).identity.filter == {"model": "gemini-2.5-flash"}


def test_answers_judged_bad_page_by_rubric(timeline: "Timeline") -> None:
    """Of those that were judged one way or the other; the last of several attempts counts."""
    timeline.rule(
        "quality", metric="judged_bad_share", evaluation="accuracy", window="1h", above="5%"
    )
    labels = ["bad"] * 4 + ["good"] * 36 + ["cannot_tell"] * 60
    rows = [
        {
            **dict.fromkeys(evaluations.SCHEMA.names),
            "rule": "r",
            "dimension": dimension,
            "rubric_version": "1",
            "span_id": number,
            "trace_id": f"00000000-0000-0000-0000-{number:012d}",
            "call_start_unix_nano": timeline.now,
            "label": label if dimension == "accuracy" else "bad",
            "attempt": 1,
            "judge_model": "m",
            "sample_rate": 0.1,
            "judged_at_unix_nano": timeline.now,
        }
        for number, label in enumerate(labels)
        for dimension in ("accuracy", "tone")
    ]
    with timeline.store.writing() as transaction:
        evaluations.record(transaction, rows)
    timeline.at("1m").look()
    assert only(timeline).value == 100_000_000


def test_windows_of_hours_come_from_the_ledger(timeline: "Timeline", calls: "Calls") -> None:
    """Two hours and a day, of sums and of percentiles; a group is told apart as in short ones."""
    timeline.rule("two-hours", metric="tokens", window="2h", above=98_000, group_by=["team"])
    timeline.rule("day", metric="latency_p95", window="1d", above="3s", group_by=["team"])
    calls(60, at="-90m", attribution_team="growth")
    calls(40, at="-20h", seconds=9, attribution_team=None)
    assert standing(timeline.at("0m")) == {"": "firing"}
    calls(30, attribution_team="growth")
    timeline.at("1m").look()
    assert {(alert.identity.rule, alert.identity.filter["team"]) for alert in timeline.alerts} == {
        ("two-hours", "growth"),
        ("day", ""),
    }


def test_annotations_are_filled_in_and_say_what_is_measured(
    timeline: "Timeline", calls: "Calls"
) -> None:
    """With the group's own values, the limit, and where to read what to do."""
    timeline.rule(
        "slow",
        metric="latency_p50",
        window="5m",
        above="3s",
        group_by=["team"],
        labels={"squad": "ml"},
        annotations={"title": "{team} ({squad}) waits {value}, not {limit} {{so}}"},
        runbook_url="https://example.com/slow",
    )
    calls(40, seconds=6, attribution_team="{limit}")
    timeline.at("1m").look()
    told = only(timeline).annotations
    assert told["title"] == "{limit} (ml) waits 6.06 s, not 3 s {so}"
    assert told["runbook_url"] == "https://example.com/slow"
    assert told["description"].startswith("median latency: 6.06 s within 5m until 2026-11-10T08:0")


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ({"annotations": {"a": "{user}"}}, "has {user}, which this rule does not know"),
        ({"annotations": {"a": "{value:>9}"}}, "with a format"),
        ({"annotations": {"a": "{"}}, "write {{ for a brace"),
        ({"annotations": {"a": "{value.real}"}}, "does not know"),
        ({"metric": "rate_limit_headroom", "group_by": ["team"]}, "only by model"),
        ({"metric": "judged_bad_share", "filter": {"platform": "x"}}, "not known by platform"),
    ],
)
def test_what_a_rule_cannot_know_is_refused(written: dict[str, object], complaint: str) -> None:
    """With what it knows."""
    limit = {"above": "5%"} if "metric" in written else {"above": 5}
    with pytest.raises(ValidationError, match=complaint.replace("{", r"\{").replace("}", r"\}")):
        RuleConfig.model_validate({"name": "r", **limit, **written})


def test_a_filter_names_who_has_none(timeline: "Timeline", calls: "Calls") -> None:
    """An empty text is whoever says nothing."""
    timeline.rule("nobody", metric="calls", window="5m", above=9, filter={"team": ""})
    calls(20, attribution_team="search")
    calls(9, attribution_team=None)
    assert standing(timeline.at("1m")) == {}
    calls(1, attribution_team=None)
    assert standing(timeline.at("1m")) == {"": "firing"}
