"""Since when a prompt version is called, exactly: by the ledger, whatever part of its calls was judged."""

from typing import TYPE_CHECKING, Any

import pytest
from support.judged import every

from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.notification import Reason

if TYPE_CHECKING:
    from collector.alerts.quality.conftest import Judged

V8 = {"feature": "support-chat", "prompt_version": "v8", "environment": "production"}


def regression(timeline: "Judged", since: str, **settings: Any) -> dict[str, str]:
    """Version v8 is judged from then on, half of it bad; what the alert says."""
    timeline.quality(**settings).answers("-10h", "1m", every(50, 500))
    timeline.answers(since, "1m", every(2, 40), prompt_version="v8")
    timeline.at("3h").expect(State.FIRING, Reason.FIRST)
    return dict(timeline.alerts[0].annotations)


def test_the_first_call_is_told_and_not_the_first_judged_one(timeline: "Judged") -> None:
    """The sample saw version v8 an hour after it went live at 08:07."""
    timeline.spend(0.01, at="7m", **V8).spend(0.01, at="8m", **V8)
    timeline.spend(0.01, at="-1h", **V8 | {"prompt_version": "v7"})
    told = regression(timeline, "67m")
    assert told["change"].endswith(": first called 2026-11-10T08:07:00.000Z")
    assert told["cause"].startswith(
        "more bad answers with prompt version v8, first called 2026-11-10T08:07:00.000Z; seen after "
    )


@pytest.mark.parametrize(
    "other",
    [
        {"feature": "search"},
        {"environment": "staging"},
        {"error_type": "503", "errors": 1},
        {"purpose": "judge"},
    ],
)
def test_calls_of_others_and_calls_that_failed_are_no_first_call(
    timeline: "Judged", other: dict[str, str]
) -> None:
    """Another feature has its own versions; where one environment is watched, others have their own as well."""
    timeline.spend(0.01, at="-2h", **V8 | other).spend(0.01, at="7m", **V8)
    about = {"filter": {"environment": "production"}} if "environment" in other else {}
    assert "first called 2026-11-10T08:07:00.000Z" in regression(timeline, "67m", **about)["change"]


def test_a_version_that_was_called_for_a_week_did_not_bring_the_change(timeline: "Judged") -> None:
    """It is only judged since an hour: the change is told by its time, and not laid to the version."""
    timeline.spend(0.01, at="-7d", **V8)
    told = regression(timeline, "67m")
    assert told["cause"].startswith("more bad answers since 2026-11-10T09:")
    assert told["change"].endswith("first called 2026-11-03T08:00:00.000Z")


def test_without_a_feature_only_the_first_judged_call_is_known(timeline: "Judged") -> None:
    """A group of all features has no version of its own; the message does not claim more than it knows."""
    timeline.spend(0.01, at="7m", **V8)
    told = regression(timeline, "67m", group_by=["prompt_version"])
    assert told["change"].endswith(": first judged of its calls 2026-11-10T09:07:00.000Z")
