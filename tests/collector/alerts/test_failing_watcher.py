"""A part of the alerts that fails does not silence the others, nor end what it cannot see."""

from collections.abc import Sequence

from gemledger_collector.alerts.alert import Condition, State
from gemledger_collector.alerts.evaluate import Evaluator
from gemledger_collector.alerts.view import View

from .conftest import Timeline


class Broken:
    """A watcher that meets an error of its own."""

    def look(self, view: View) -> Sequence[Condition]:
        """Never gets to an answer."""
        raise RuntimeError(f"cannot look at {view.watch.now}")


def test_a_watcher_that_fails_ends_no_alert_and_silences_no_other(timeline: Timeline) -> None:
    """What fires goes on firing without being told again; what the others see is told."""
    timeline.budget("one", limit_usd=10, filter={"team": "a"}).at("0m").spend(20, team="a").look()
    timeline.rule(above_usd=30).at("1m").spend(20)
    evaluator = Evaluator(timeline.store, timeline.config)
    evaluator.watchers[0] = Broken()
    found = evaluator.evaluate(timeline.now)
    assert [str(error) for error in found.failures] == [f"cannot look at {timeline.now}"]
    assert {each.identity.rule: each.state for each in timeline.alerts} == {
        "one": State.FIRING,
        "hourly-cost": State.FIRING,
    }
    assert [each.rule for each in timeline.messages if each.channel == "log"] == [
        "one",
        "hourly-cost",
    ]
    timeline.at("2m").look()
    assert len([each for each in timeline.messages if each.channel == "log"]) == 2
