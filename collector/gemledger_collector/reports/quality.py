"""How good the day's answers were, by dimension, and what judging them cost."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from gemledger_collector.alerts.alert import Window
from gemledger_collector.judge_config import JudgeConfig, words
from gemledger_collector.reports.content import (
    NOTHING_JUDGED,
    AlertLine,
    Judging,
    Quality,
    Verdicts,
)
from gemledger_collector.reports.days import ReportDay
from gemledger_collector.storage import evaluations
from gemledger_collector.storage import reports as stored
from gemledger_collector.storage.judges import Judges
from gemledger_collector.storage.quality import CHECK, Figures, figures
from gemledger_collector.storage.transaction import Snapshot

JUDGE_BUDGET = "judge-budget"
"""The alert that the judge's budget of a day is used up."""


def quality(snapshot: Snapshot, about: ReportDay, rubrics: Path | None) -> list[Quality]:
    """Each dimension that was judged or checked on the day or on the day before; judgements come first."""
    return judged(snapshot, about.window, about.before, rubrics)


def judged(
    snapshot: Snapshot, window: Window, window_before: Window, rubrics: Path | None
) -> list[Quality]:
    """Each dimension that was judged or checked in one of two windows, beside one another.

    ``rubrics`` is the folder of one's own, which say what bad answers are called.
    """
    judges = Judges.labelled(snapshot)
    day, before = (_figures(snapshot, each, judges) for each in (window, window_before))
    return [
        Quality(
            name,
            _word(name, day.get((checked, name)) or before[checked, name], rubrics),
            _verdicts(day.get((checked, name))) or NOTHING_JUDGED,
            _verdicts(before.get((checked, name))),
            checked,
        )
        for checked, name in sorted({*day, *before})
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


def _figures(snapshot: Snapshot, window: Window, judges: Judges) -> dict[tuple[bool, str], Figures]:
    """By whether a check said so, and by dimension."""
    tallies = evaluations.tallies(snapshot, window.start_unix_nano, window.end_unix_nano, ())
    gathered = defaultdict(list)
    for each in tallies:
        gathered[each.kind == CHECK, each.dimension].append(each)
    return {key: figures(found, judges) for key, found in gathered.items()}


def _word(dimension: str, found: Figures, rubrics: Path | None) -> str:
    if found.checked:
        return words.FAILED
    return words.word(dimension, rubrics, calibrated=found.calibrated)


def _verdicts(found: Figures | None) -> Verdicts | None:
    if found is None:
        return None
    return Verdicts(
        found.judged,
        found.bad,
        found.cannot_tell,
        found.errors,
        found.bad_rate,
        found.corrected_rate,
    )
