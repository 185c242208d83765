"""How calls went: errors by kind, and how long they took."""

from collections.abc import Callable, Iterator
from functools import partial

from gemledger_collector.reports import figures as shown
from gemledger_collector.reports.content import Report, Running
from gemledger_collector.reports.document import Cell, Table, number, text

_QUANTILES = {
    "p50_ms": "half of the calls within",
    "p95_ms": "95 % within",
    "p99_ms": "99 % within",
}


def section(report: Report) -> tuple[list[str], list[Table]]:
    """Lines and tables."""
    if not report.running.calls:
        return ["No call was made."], []
    rows = list(_rows(report.running, report.running_before))
    note = "A time is within 2.5 % of that of the calls themselves."
    return [], [Table("", ("", "Day", "Day before"), rows, note)]


def _rows(day: Running, before: Running | None) -> Iterator[list[Cell]]:
    def row(name: str, figure: Callable[[Running], str]) -> list[Cell]:
        return [
            text(name),
            number(figure(day)),
            number(shown.MISSING if before is None else figure(before)),
        ]

    yield row("calls that failed", _failed)
    for kind in sorted({*day.kinds, *(before.kinds if before else ())}):
        yield row(f"of kind {kind.replace('_', ' ')}", partial(_of_kind, kind))
    yield row("tries repeated", lambda each: shown.count(each.retries))
    for quantile, words in _QUANTILES.items():
        yield row(words, partial(_within, quantile))


def _failed(each: Running) -> str:
    return f"{shown.count(each.errors)} ({shown.share(each.errors, each.calls)})"


def _of_kind(kind: str, each: Running) -> str:
    return shown.count(each.kinds.get(kind, 0))


def _within(quantile: str, each: Running) -> str:
    return shown.milliseconds(each.quantiles.get(quantile))
