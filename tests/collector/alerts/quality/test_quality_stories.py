"""Answers that get worse, on a real store, from the first bad one to the end, with the clock in hand."""

import json
from typing import TYPE_CHECKING

import pytest
from support.judged import drawn, every, record, verdict

from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.notification import Reason
from gemledger_collector.alerts_config import AlertsConfig

if TYPE_CHECKING:
    from collector.alerts.quality.conftest import Judged

MINUTE_NS = 60 * 10**9


def test_a_regression_is_told_once_with_rates_versions_and_the_promise(timeline: "Judged") -> None:
    """Prompt version v8 gives one bad answer in five: somebody hears which, since when, and how sure that is."""
    timeline.quality().answers("-10h", "1m", every(50, 500))
    timeline.answers("0s", "1m", every(5, 30), prompt_version="v8")
    timeline.at("31m").expect(State.FIRING, Reason.FIRST)
    (alert,) = timeline.alerts
    assert alert.identity.filter == {"feature": "support-chat", "prompt_version": "v8"}
    assert alert.identity.labels["kind"] == "quality"
    assert (alert.value, alert.limit, alert.unit) == (230_769_231, 30_000_000, "billionths")
    told = alert.annotations
    assert told["summary"] == (
        "support: support-chat v8: 23.1 % of answers judge-flagged for accuracy (6 of 26), before 3 % (acceptable)"
    )
    assert told["observed"].startswith(
        "23.1 % (95 %: 11 % to 42.1 %): 6 of 26 judged since 2026-11-10T08:04"
    )
    assert told["change"] == (
        "prompt version v8, model gemini-2.5-flash: first judged of its calls 2026-11-10T08:00:00.000Z"
    )
    assert told["promise"] == (
        "a rise from 3 % to 15 % is seen within 36 judged answers in half of all cases, within 75 in nine of ten; "
        "one false alarm in 6,604 answers"
    )
    assert alert.cause.startswith("more bad answers with prompt version v8, first judged of its")
    timeline.at("40m").expect(State.FIRING)


def test_three_traces_are_named_and_no_word_of_an_answer(timeline: "Judged") -> None:
    """Whoever is called can look, who reads over their shoulder learns nothing."""
    timeline.quality().answers("0s", "1m", every(3, 30))
    timeline.at("31m").expect(State.FIRING, Reason.FIRST)
    (alert,) = timeline.alerts
    traces = alert.annotations["examples"].split(", ")
    assert len(traces) == 3
    assert all(len(trace) == 32 for trace in traces)
    (message,) = timeline.messages
    assert "the words of" not in json.dumps(message.body) + str(alert)


def test_good_answers_are_no_news(timeline: "Judged") -> None:
    """Two per cent of bad answers where three are acceptable."""
    timeline.quality().answers("-20h", "1m", every(50, 1200)).at("1m").expect_nothing()


def test_it_resolves_when_the_mirrored_chart_says_good_again(timeline: "Judged") -> None:
    """A few good answers in a row are luck; as many as an unacceptable rate gives once in 500 answers are not."""
    timeline.quality().answers("0s", "1m", [True] * 6)
    timeline.at("7m").expect(State.FIRING, Reason.FIRST)
    timeline.answers("7m", "1m", [False] * 27).at("35m").expect(State.FIRING)
    timeline.answers("34m", "1m", [False]).at("36m").expect(State.RESOLVED, Reason.ALL_RESOLVED)
    timeline.at("50m").expect(State.INACTIVE)
    timeline.answers("50m", "1m", [True] * 6)
    timeline.at("57m").expect(State.FIRING, Reason.FIRST)


def test_a_version_that_is_no_longer_in_use_resolves(timeline: "Judged") -> None:
    """The roll-back: a hundred answers of v7 and none of v8, and nobody waits for v8 to get better."""
    timeline.quality().answers("0s", "1m", [True] * 6, prompt_version="v8")
    timeline.at("7m").expect(State.FIRING, Reason.FIRST)
    timeline.answers("7m", "10s", [False] * 99).at("25m").expect(State.FIRING)
    timeline.answers("25m", "10s", [False]).at("26m").expect(State.RESOLVED, Reason.ALL_RESOLVED)


def test_without_traffic_for_a_day_it_resolves(timeline: "Judged") -> None:
    """Nobody calls any more: nothing speaks for a breach."""
    timeline.quality().answers("0s", "1m", [True] * 6)
    timeline.at("7m").expect(State.FIRING, Reason.FIRST)
    timeline.at("23h").expect(State.FIRING, Reason.REPEAT)
    timeline.at("1450m").expect(State.RESOLVED, Reason.ALL_RESOLVED)


def test_each_version_has_its_own_chart(timeline: "Judged") -> None:
    """Half of an alarm by v7 and half by v8 are none."""
    timeline.quality().answers("0s", "1m", [True] * 3)
    timeline.answers("3m", "1m", [True] * 3, prompt_version="v8").at("10m").expect_nothing()


def test_only_representative_verdicts_count(timeline: "Judged") -> None:
    """Boosted answers, checks, errors and what the judge could not tell are no part of the chart."""
    timeline.quality()
    for odd in (
        {"representative": False},
        {"kind": "check"},
        {"label": "cannot_tell"},
        {"label": None},
        {"dimension": "tone"},
    ):
        record(
            timeline.store,
            [verdict(timeline.now + place, **({"label": "bad"} | odd)) for place in range(50)],
        )
    timeline.at("10m").expect_nothing()


def test_the_last_verdict_on_an_answer_counts(timeline: "Judged") -> None:
    """An answer that is judged again is one answer."""
    timeline.quality()
    rows = [verdict(timeline.now + place, "bad") for place in range(3)]
    record(timeline.store, rows)
    record(timeline.store, [row | {"judged_at_unix_nano": timeline.now + 99} for row in rows])
    timeline.at("1m").expect_nothing()
    good = [
        row | {"label": "good", "judged_at_unix_nano": timeline.now + MINUTE_NS} for row in rows
    ]
    record(timeline.store, good)
    timeline.answers("2m", "1m", [True]).at("5m").expect_nothing()


def test_what_is_judged_late_goes_where_its_call_belongs(timeline: "Judged") -> None:
    """The judge works from the newest to the oldest: the chart follows the calls."""
    timeline.quality().answers("30m", "1m", [True] * 3).at("40m").expect_nothing()
    late = [
        verdict(timeline.time("10m") + place, "bad", judged_at_unix_nano=timeline.now)
        for place in range(3)
    ]
    record(timeline.store, late)
    timeline.at("41m").expect(State.FIRING, Reason.FIRST)
    (alert,) = timeline.alerts
    assert alert.window.start_unix_nano == timeline.time("10m")


def test_late_good_answers_do_not_take_back_what_was_told(timeline: "Judged") -> None:
    """Who was told should not hear that it never was."""
    timeline.quality().answers("0s", "1m", [True] * 5).at("6m").expect(State.FIRING, Reason.FIRST)
    record(
        timeline.store,
        [
            verdict(timeline.time("150s") + place, "good", judged_at_unix_nano=timeline.now)
            for place in range(60)
        ],
    )
    timeline.at("7m").expect(State.FIRING)
    timeline.restart().at("8m").expect(State.FIRING)


def test_a_backfill_of_long_ago_pages_nobody(timeline: "Judged") -> None:
    """A regression of last week that is judged only now, of a version that nobody uses, is history."""
    timeline.quality().answers("-8d", "1m", [True] * 30, prompt_version="v6")
    timeline.at("1m").expect_nothing()


def test_a_restart_neither_pages_again_nor_forgets(timeline: "Judged") -> None:
    """The charts are followed anew from the store, with the same result."""
    timeline.quality().answers("0s", "1m", [True] * 3).restart().at("4m").expect_nothing()
    timeline.answers("4m", "1m", [True]).restart().at("6m").expect(State.FIRING, Reason.FIRST)
    timeline.restart().at("7m").expect(State.FIRING)
    timeline.answers("7m", "1m", [False] * 28)
    timeline.restart().at("40m").expect(State.RESOLVED, Reason.ALL_RESOLVED)
    timeline.restart().at("41m").expect(State.INACTIVE)
    assert timeline.told == [("firing", Reason.FIRST), ("resolved", Reason.ALL_RESOLVED)]


def test_another_judge_begins_anew(timeline: "Judged") -> None:
    """A new rubric version is stricter: its verdicts are no continuation of the old ones."""
    timeline.quality().answers("0s", "1m", [True] * 3)
    timeline.answers("4m", "1m", [True] * 2, rubric_version="2").at("10m").expect_nothing()
    timeline.answers("10m", "1m", [True] * 2, rubric_version="2")
    timeline.at("13m").expect(State.FIRING, Reason.FIRST)


def test_groups_and_filters_are_ones_own(timeline: "Judged") -> None:
    """By team, of one environment only: an alert for each, with both as labels."""
    timeline.quality(group_by=["team"], filter={"environment": "production"}, labels={"tier": "1"})
    timeline.answers("0s", "1m", [True] * 6, team="a")
    timeline.answers("0s", "1m", [True] * 6, team=None)
    timeline.answers("0s", "1m", [True] * 6, team="b", environment="staging")
    timeline.at("7m").look()
    filters = [alert.identity.filter for alert in timeline.alerts]
    assert sorted(filters, key=lambda each: each["team"]) == [
        {"environment": "production", "team": ""},
        {"environment": "production", "team": "a"},
    ]


def test_one_judge_rule_can_be_named(timeline: "Judged") -> None:
    """Two rules judge the same answers: without a name each answer counts once, with one only that rule's verdicts."""
    timeline.quality("all").quality("strict", rule="strict")
    rows = [verdict(timeline.now + place, "good") for place in range(4)]
    record(timeline.store, rows)
    later = timeline.now + MINUTE_NS
    record(
        timeline.store,
        [row | {"rule": "strict", "label": "bad", "judged_at_unix_nano": later} for row in rows],
    )
    timeline.at("5m").look()
    assert {alert.identity.rule for alert in timeline.alerts} == {"all", "strict"}
    (first, _) = timeline.alerts
    assert first.annotations["observed"].endswith("4 of 4 judged since 2026-11-10T08:00:00.000Z")


def test_what_leaves_the_configuration_is_resolved(timeline: "Judged") -> None:
    """Nobody waits for the end of what is no longer watched."""
    timeline.quality().answers("0s", "1m", [True] * 6).at("7m").look()
    timeline.settings["quality"] = []
    timeline.restart().at("8m").look()
    assert timeline.told == [("firing", Reason.FIRST), ("resolved", Reason.ALL_RESOLVED)]


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"acceptable": "15%", "unacceptable": "3%"}, "the first below the second"),
        ({"acceptable": "0%"}, "give 0.1% or more"),
        ({"acceptable": "3%", "unacceptable": "3.01%"}, "too much alike"),
        ({"acceptable": "much"}, "write 5% or 0.05"),
        ({"filter": {"service": "shop"}}, "not known by service"),
        ({"group_by": ["feature", "feature"]}, "give each once"),
        ({"group_by": ["service"]}, "'team', 'feature'"),
        ({"baseline": "guessed"}, "'learned' or 'fixed'"),
        ({"false_alarm_every": 3}, "greater than or equal to 100"),
        ({"labels": {"feature": "x"}}, "gemledger sets itself"),
        ({"name": "judge-budget"}, "share the name 'judge-budget'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_do(
    settings: dict[str, object], wrong: str
) -> None:
    """A quality alert that makes no sense does not start."""
    written = {"name": "q", "dimension": "accuracy", **settings}
    with pytest.raises(ValueError, match=wrong):
        AlertsConfig.model_validate({"quality": [written]})


def test_random_answers_at_the_acceptable_rate_stay_quiet(timeline: "Judged") -> None:
    """Two thousand answers of which three in a hundred are bad."""
    timeline.quality().answers("-20h", "36s", drawn(0.03, 2000)).at("1m").expect_nothing()
