"""How good the day's answers were, by dimension, and what judging them cost."""

from collections.abc import Iterable, Sequence

from gemledger_collector.alerts.alert import Window
from gemledger_collector.estimation import weighted
from gemledger_collector.judge_config import JudgeConfig
from gemledger_collector.reports.content import AlertLine, Judging, Quality, Verdicts
from gemledger_collector.reports.days import ReportDay
from gemledger_collector.storage import evaluations
from gemledger_collector.storage import reports as stored
from gemledger_collector.storage.evaluations import Tally
from gemledger_collector.storage.transaction import Snapshot

FLAGGED = "judge-flagged"
JUDGE_BUDGET = "judge-budget"
"""The alert that the judge's budget of a day is used up."""


def quality(snapshot: Snapshot, about: ReportDay) -> list[Quality]:
    """Each dimension that was judged on the day or on the day before."""
    day, before = _verdicts(snapshot, about.window), _verdicts(snapshot, about.before)
    return [
        Quality(name, FLAGGED, day.get(name, _NONE), before.get(name))
        for name in sorted({*day, *before})
    ]


def judging(
    snapshot: Snapshot,
    about: ReportDay,
    config: JudgeConfig,
    spent_pico_usd: int,
    alerts: Sequence[AlertLine],
) -> Judging:
    """What the judge was and cost; that its budget stopped it is known by the alert that says so."""
    begin, end = about.window.start_unix_nano, about.window.end_unix_nano
    return Judging(
        config.model,
        len(config.rules),
        spent_pico_usd,
        config.daily_budget_pico_usd,
        stored.captured(snapshot, begin, end),
        any(alert.rule == JUDGE_BUDGET for alert in alerts),
    )


_NONE = Verdicts(0, 0, 0, 0, None)


def _verdicts(snapshot: Snapshot, window: Window) -> dict[str, Verdicts]:
    tallies = evaluations.tallies(snapshot, window.start_unix_nano, window.end_unix_nano, ())
    return {
        name: _added(each for each in tallies if each.dimension == name)
        for name in {each.dimension for each in tallies}
    }


def _added(tallies: Iterable[Tally]) -> Verdicts:
    every = list(tallies)
    judged, bad, cannot_tell, errors = (
        sum(getattr(each, name) for each in every)
        for name in ("judged", "bad", "cannot_tell", "errors")
    )
    return Verdicts(
        judged,
        bad,
        cannot_tell,
        errors,
        weighted.rate(weighted.total([each.flags for each in every])),
    )
