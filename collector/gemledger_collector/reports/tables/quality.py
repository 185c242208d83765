"""How good the answers were, as far as they were judged, and what judging cost."""

from collections.abc import Iterator, Sequence

from gemledger_collector.judge_config.words import FLAGGED
from gemledger_collector.reports import figures as shown
from gemledger_collector.reports.content import Quality, Report
from gemledger_collector.reports.document import Cell, Table, number, text
from gemledger_collector.reports.sentences import why_not_judged

_COUNTED = ("Bad", "Cannot tell", "Errors")
_NOTE = (
    "Rates are of all answers of the day, estimated from those that were judged: each counts by its chance of being "
    "picked, and those that could not be told count on neither side."
)
_FLAGGED_NOTE = " Judge-flagged: the judge alone says so; people's labels have not shown yet how far it is right."
_CORRECTED_NOTE = (
    " Truly bad is that rate corrected for the errors of the judge, which people's labels tell."
)


def section(report: Report) -> tuple[list[str], list[Table]]:
    """Lines and tables."""
    judged = [each for each in report.quality if not each.checked]
    checked = [each for each in report.quality if each.checked]
    lines = [] if judged else [f"Nothing was judged: {why_not_judged(report)}."]
    if judged or report.judging.model:
        lines.append(_judge(report))
    tables = [*([_judged(judged)] if judged else []), *([_checked(checked)] if checked else [])]
    return lines, tables


def _judged(every: Sequence[Quality]) -> Table:
    corrected = any(each.day.corrected or each.day_before.corrected for each in every)
    flagged = any(each.word == FLAGGED for each in every)
    head = ["Dimension", "Called", "Judged", "Flagged, 95 % interval", "Day before"]
    head += ["Truly bad, 95 % interval", "Day before"] * corrected
    rows = [
        [text(each.dimension), text(each.word), *_rates(each, corrected=corrected), *_counts(each)]
        for each in every
    ]
    note = _NOTE + _FLAGGED_NOTE * flagged + _CORRECTED_NOTE * corrected
    return Table("", [*head, *_COUNTED], rows, note)


def _rates(each: Quality, *, corrected: bool) -> Iterator[Cell]:
    day, before = each.day, each.day_before
    yield number(shown.count(day.judged))
    yield number(shown.rate(day.rate))
    yield number(shown.rate(before.rate))
    if corrected:
        yield number(shown.rate(day.corrected))
        yield number(shown.rate(before.corrected))


def _counts(each: Quality) -> Iterator[Cell]:
    for found in (each.day.bad, each.day.cannot_tell, each.day.errors):
        yield number(shown.count(found))


def _checked(every: Sequence[Quality]) -> Table:
    head = ("Check", "Checked", "Failed, 95 % interval", "Day before", "Failed", "Errors")
    rows = [
        [
            text(each.dimension),
            number(shown.count(each.day.judged)),
            number(shown.rate(each.day.rate)),
            number(shown.rate(each.day_before.rate)),
            number(shown.count(each.day.bad)),
            number(shown.count(each.day.errors)),
        ]
        for each in every
    ]
    return Table("Checks", head, rows, "Deterministic: no model judges here.")


def _judge(report: Report) -> str:
    judging = report.judging
    if judging.model is None:
        return "No judge is configured."
    spent, budget = shown.usd(judging.spent_pico_usd), shown.usd(judging.budget_pico_usd)
    told = f"The judge ({judging.model}) cost {spent} of its {budget} a day (UTC)"
    return f"{told}, which stopped it." if judging.budget_stopped else f"{told}."
