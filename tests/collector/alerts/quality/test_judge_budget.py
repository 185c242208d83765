"""The judge has spent what it may: somebody hears that nothing is judged, since when, and until when."""

from typing import TYPE_CHECKING

from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.evaluate import Evaluator
from gemledger_collector.alerts.notification import Reason
from gemledger_collector.alerts.sources import Sources
from gemledger_collector.judge_standing import JudgeStanding, Standing
from gemledger_collector.storage.minutes import Minutes

if TYPE_CHECKING:
    from collector.alerts.quality.conftest import Judged

DOLLAR = 10**12


def stands_still(timeline: "Judged", at: str) -> Standing:
    """What the judge's loop tells when a call would exceed the day's dollar."""
    left = DOLLAR // 100
    return Standing("budget", "the daily budget is used up", timeline.time(at), DOLLAR, left)


def watched(timeline: "Judged", standing: JudgeStanding) -> "Judged":
    """The timeline of a collector whose judge tells how it stands."""
    sources = Sources(Minutes(timeline.store), judge=standing)
    timeline._evaluator = Evaluator(timeline.store, timeline.config, sources=sources)
    return timeline


def test_a_budget_that_is_used_up_is_an_info_until_the_next_day(timeline: "Judged") -> None:
    """It says since when nothing is judged; a new day ends it."""
    standing = JudgeStanding()
    watched(timeline, standing).at("1m").expect_nothing()
    standing.tell(stands_still(timeline, "90s"))
    timeline.at("2m").expect(State.FIRING, Reason.FIRST)
    (alert,) = timeline.alerts
    assert (alert.identity.severity, alert.identity.kind) == ("info", "quality")
    assert (alert.value, alert.limit) == (DOLLAR * 99 // 100, DOLLAR)
    assert alert.started_at == timeline.time("90s")
    assert alert.annotations["summary"] == (
        "judge-budget: the judge's daily budget of $1.00 is used up: $0.99 spent or set aside"
    )
    assert alert.cause.startswith(
        "nothing is judged since 2026-11-10T08:01:30.000Z, until 2026-11-11"
    )
    timeline.at("3m").expect(State.FIRING)
    standing.tell(Standing("judging", "", timeline.time("16h"), DOLLAR, DOLLAR))
    timeline.at("16h").expect(State.RESOLVED, Reason.ALL_RESOLVED)


def test_a_restart_does_not_take_it_back(timeline: "Judged") -> None:
    """Until the judge has had its first round, what was told today still holds; tomorrow it does not."""
    standing = JudgeStanding()
    standing.tell(stands_still(timeline, "0s"))
    watched(timeline, standing).at("1m").expect(State.FIRING, Reason.FIRST)
    timeline.restart()
    watched(timeline, JudgeStanding()).at("2m").expect(State.FIRING)
    timeline.at("16h").expect(State.RESOLVED, Reason.ALL_RESOLVED)


def test_it_can_be_switched_off(timeline: "Judged") -> None:
    """Who wants to be surprised is left alone."""
    timeline.settings["judge_budget_alert"] = False
    standing = JudgeStanding()
    standing.tell(stands_still(timeline, "0s"))
    watched(timeline, standing).at("1m").expect_nothing()
