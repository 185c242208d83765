"""What is acceptable, learned from the versions before: a judge that errs is no reason to wake somebody."""

from typing import TYPE_CHECKING

from support.judged import drawn, every, record, verdict

from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.notification import Reason
from gemledger_collector.alerts.quality.baseline import Before, Known, chart
from gemledger_collector.alerts_config import QualityConfig

if TYPE_CHECKING:
    from collector.alerts.quality.conftest import Judged

SENSITIVITY, SPECIFICITY = 0.9, 0.95


def flagged(true_rate: float) -> float:
    """What a judge with these errors calls bad where so many are."""
    return SENSITIVITY * true_rate + (1 - SPECIFICITY) * (1 - true_rate)


def test_the_naive_alarm_fires_for_ever_where_the_learned_one_is_quiet(timeline: "Judged") -> None:
    """3 % of bad answers, a judge of 95 % specificity: 7.6 % are flagged, and "over 5 %" never ends."""
    timeline.rule(
        "naive", metric="judged_bad_share", evaluation="accuracy", window="1h", above="5%"
    )
    timeline.quality("learned", baseline="learned")
    before, after = drawn(flagged(0.03), 600, seed=3), drawn(flagged(0.03), 1800, seed=4)
    timeline.answers("-10h", "1m", before).answers("0s", "10s", after, prompt_version="v8")
    naive = 0
    for minute in range(60, 300, 30):
        timeline.at(f"{minute}m").look()
        opened = [alert for alert in timeline.alerts if alert.state is State.FIRING]
        naive += any(alert.identity.rule == "naive" for alert in opened)
        assert "learned" not in {alert.identity.rule for alert in timeline.alerts}
    assert naive == 8


def test_a_real_regression_is_found_behind_such_a_judge(timeline: "Judged") -> None:
    """3 % become 15 %, of which the judge shows 17.8 %: found, with both rates in the message."""
    timeline.quality(baseline="learned")
    timeline.answers("-30h", "1m", drawn(flagged(0.03), 1800, seed=3))
    timeline.answers("0s", "1m", drawn(flagged(0.15), 300, seed=5), prompt_version="v8")
    timeline.at("301m").expect(State.FIRING, Reason.FIRST)
    (alert,) = timeline.alerts
    assert "before 8.17 %" in alert.annotations["summary"]
    assert alert.annotations["usual"].endswith("of 1800")


def test_too_little_is_no_baseline(timeline: "Judged") -> None:
    """With 199 judged answers nothing is known yet; of a first version its own first 200 are learned from."""
    timeline.quality(baseline="learned").answers("-5h", "1m", every(20, 199))
    timeline.answers("-1h", "1m", [True], prompt_version="v8").at("1m").expect_nothing()
    timeline.answers("2m", "1m", [True] * 12, prompt_version="v8")
    timeline.at("20m").expect(State.FIRING, Reason.FIRST)


def test_a_judge_that_works_its_way_back_alarms_nobody_on_the_way(timeline: "Judged") -> None:
    """A back-fill judged newest first: of the only version all of it is learned from, not the luck of its oldest part.

    Were the 200 oldest known answers learned from, each round would draw another chart, and one of many would alarm.
    What gets worse afterwards is still told.
    """
    timeline.quality(baseline="learned")
    past = [*every(22, 360), *every(4, 60)]
    first = timeline.time("-10h")
    for end in range(len(past), 0, -20):
        timeline.at(f"{len(past) - end}s")
        piece = range(end - 20, end)
        record(
            timeline.store,
            [
                verdict(
                    first + place * 10**9,
                    "bad" if past[place] else "good",
                    judged_at_unix_nano=timeline.now,
                )
                for place in piece
            ],
        )
        timeline.expect_nothing()
    timeline.restart().at("10m").expect_nothing()
    timeline.answers("10m", "1m", [True] * 12).at("30m").expect(State.FIRING, Reason.FIRST)
    (alert,) = timeline.alerts
    assert alert.annotations["usual"].endswith("of 420")


def test_a_version_in_alarm_is_nothing_to_learn_from(timeline: "Judged") -> None:
    """v8 is bad, v9 as bad: v9 is compared with v7, and told as well."""
    timeline.quality(baseline="learned").answers("-10h", "1m", every(30, 400))
    timeline.answers("-3h", "1m", every(4, 120), prompt_version="v8")
    timeline.answers("-1h", "1m", every(4, 60), prompt_version="v9")
    timeline.at("1m").look()
    versions = {alert.identity.filter["prompt_version"] for alert in timeline.alerts}
    assert "v9" in versions
    newest = next(a for a in timeline.alerts if a.identity.filter["prompt_version"] == "v9")
    assert newest.annotations["usual"].endswith("of 400")


def test_rates_of_a_calibrated_judge_are_those_it_would_show() -> None:
    """3 % and 15 % of bad answers are 7.6 % and 17.8 % flagged: these two the chart tells apart."""
    config = QualityConfig.model_validate(
        {"name": "q", "dimension": "accuracy", "baseline": "fixed"}
    )
    known = Known(SENSITIVITY, SPECIFICITY)
    follows = chart(config, None, known)
    assert (follows.acceptable, follows.unacceptable) == (0.0755, 0.1775)
    assert follows.false_alarm_every >= 6000
    assert (
        known.true(known.flagged(0.11)) == 0.11
        or abs(known.true(known.flagged(0.11)) - 0.11) < 1e-9
    )


def test_a_learned_rate_is_taken_at_its_upper_end() -> None:
    """16 of 200 are 8 %, and may well be 10.8 %; 160 of 2,000 may be 8.8 %."""
    config = QualityConfig.model_validate({"name": "q", "dimension": "accuracy"})
    few, many = chart(config, Before(16, 200), None), chart(config, Before(160, 2000), None)
    assert 0.105 < few.acceptable < 0.11
    assert 0.085 < many.acceptable < 0.09
    assert round(few.unacceptable - few.acceptable, 4) == 0.12
