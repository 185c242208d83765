"""How good the answers were, as far as they were judged, and what judging cost."""

from gemledger_collector.reports import figures as shown
from gemledger_collector.reports.content import Quality, Report
from gemledger_collector.reports.document import Cell, Table, number, text
from gemledger_collector.reports.sentences import why_not_judged

_HEAD = (
    "Dimension",
    "Judged",
    "Bad",
    "Rate, 95 % interval",
    "Day before",
    "Cannot tell",
    "Errors",
    "Called",
)


def section(report: Report) -> tuple[list[str], list[Table]]:
    """Lines and tables."""
    lines = [_judge(report)]
    if not report.quality:
        return [
            f"Nothing was judged: {why_not_judged(report)}.",
            *lines[: bool(report.judging.model)],
        ], []
    table = Table(
        "",
        _HEAD,
        [_row(each) for each in report.quality],
        "Rates are of the judged answers that could be told, as estimates for all answers; judge-flagged means that "
        "the judge alone says so: people's labels have not shown yet how far it is right.",
    )
    return lines, [table]


def _row(each: Quality) -> list[Cell]:
    day, before = each.day, each.before
    return [
        text(each.dimension),
        number(shown.count(day.judged)),
        number(shown.count(day.bad)),
        number(shown.rate(day.rate)),
        number(shown.rate(before.rate if before is not None else None)),
        number(shown.count(day.cannot_tell)),
        number(shown.count(day.errors)),
        text(each.word),
    ]


def _judge(report: Report) -> str:
    judging = report.judging
    if judging.model is None:
        return "No judge is configured."
    spent, budget = shown.usd(judging.spent_pico_usd), shown.usd(judging.budget_pico_usd)
    told = f"The judge ({judging.model}) cost {spent} of its {budget} a day (UTC)"
    return f"{told}, which stopped it." if judging.budget_stopped else f"{told}."
