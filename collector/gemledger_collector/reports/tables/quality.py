"""How good the answers were, as far as they were judged, and what judging cost."""

from collections.abc import Iterator, Sequence

from gemledger_collector.judge_config.words import FLAGGED
from gemledger_collector.reports import figures as shown
from gemledger_collector.reports.content import Quality, Report
from gemledger_collector.reports.document import Cell, Table, number, text
from gemledger_collector.reports.sentences import why_not_judged

_COUNTED = ("Dimension", "A bad answer is called", "Judged", "Bad", "Cannot tell", "Errors")
_NOTE = (
    "Rates are of all answers of the day, estimated from those that were judged: each counts by its chance of being "
    "picked, and those that could not be told count on neither side."
)
_FLAGGED_NOTE = "Judge-flagged: the judge alone says so; people's labels have not shown yet how far it is right."
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
    tables = [*([_counts(judged), _rates(judged)] if judged else [])]
    tables += [_checked(checked)] if checked else []
    return lines, tables


def _rates(every: Sequence[Quality]) -> Table:
    corrected = any(each.day.corrected or each.day_before.corrected for each in every)
    head = ["Dimension", "Flagged", "Day before"]
    head += ["Truly bad", "Day before"] * corrected
    rows = [[text(each.dimension), *_estimates(each, corrected=corrected)] for each in every]
    note = _NOTE + _CORRECTED_NOTE * corrected
    return Table("Rates, with their 95 % intervals", head, rows, note)


def _estimates(each: Quality, *, corrected: bool) -> Iterator[Cell]:
    day, before = each.day, each.day_before
    yield number(shown.rate(day.rate))
    yield number(shown.rate(before.rate))
    if corrected:
        yield number(shown.rate(day.corrected))
        yield number(shown.rate(before.corrected))


def _counts(every: Sequence[Quality]) -> Table:
    rows = [
        [
            text(each.dimension),
            text(each.word),
            *(
                number(shown.count(found))
                for found in (
                    each.day.judged,
                    each.day.bad,
                    each.day.cannot_tell,
                    each.day.errors,
                )
            ),
        ]
        for each in every
    ]
    note = _FLAGGED_NOTE if any(each.word == FLAGGED for each in every) else ""
    return Table("", _COUNTED, rows, note)


def _checked(every: Sequence[Quality]) -> Table:
    head = ("Check", "Checked", "Rate", "Day before", "Failed", "Errors")
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
    return Table(
        "Checks, rates with their 95 % intervals",
        head,
        rows,
        "Deterministic: no model judges here.",
    )


def _judge(report: Report) -> str:
    judging = report.judging
    if judging.model is None:
        return "No judge is configured."
    spent, budget = shown.usd(judging.spent_pico_usd), shown.usd(judging.budget_pico_usd)
    told = f"The judge ({judging.model}) cost {spent} of its {budget} a day (UTC)"
    return (
        f"{told}, and stood still once that was used up." if judging.budget_stopped else f"{told}."
    )
