"""Alerts that began, lasted or ended, and what is new."""

from collections.abc import Iterator

from gemledger_collector.alerts.forecast.dated_prices import PriceChange
from gemledger_collector.alerts.periods import moment
from gemledger_collector.reports import figures as shown
from gemledger_collector.reports.content import AlertLine, Newcomer, Report
from gemledger_collector.reports.days import ReportDay
from gemledger_collector.reports.document import Cell, Table, Tone, number, text

MOST = 30
"""Rows of a table; how many more there are is said below it."""


def section(report: Report) -> tuple[list[str], list[Table]]:
    """Lines and tables."""
    lines = [] if report.alerts else ["No alert fired."]
    if not report.changes.newcomers:
        lines.append("No model and no prompt version was new.")
    return [*lines, *_repriced(report)], [*_alerts(report), *_newcomers(report), *_prices(report)]


def _alerts(report: Report) -> Iterator[Table]:
    if report.alerts:
        rows = [_alert(each, report.about) for each in report.alerts[:MOST]]
        head = ("Began", "Ended", "Severity", "Alert", "Cause")
        yield Table("Alerts", head, rows, _more(len(report.alerts)))


def _alert(each: AlertLine, about: ReportDay) -> list[Cell]:
    ended = "still firing" if each.ended_at is None else _at(each.ended_at, about)
    began = _at(each.began_at, about) if each.began_today else "before"
    tone: Tone = "bad" if each.ended_at is None else ""
    return [
        text(began),
        Cell(ended, tone=tone),
        text(each.severity),
        text(each.summary),
        Cell(each.cause),
    ]


def _newcomers(report: Report) -> Iterator[Table]:
    new = report.changes.newcomers
    if new:
        rows = [_newcomer(each, report.about) for each in new[:MOST]]
        head = ("New", "Name", "Feature", "First seen", "Calls", "Cost")
        yield Table("New models and prompt versions", head, rows, _more(len(new)))


def _newcomer(each: Newcomer, about: ReportDay) -> list[Cell]:
    return [
        text(each.kind),
        text(each.name),
        Cell(each.feature or ""),
        text(f"from {_at(each.first_at, about)}"),
        number(shown.count(each.calls)),
        number(shown.cost(each.cost)),
    ]


def _prices(report: Report) -> Iterator[Table]:
    prices = report.changes.prices
    if prices:
        rows = [_price(each, report.about) for each in prices[:MOST]]
        head = ("From", "Model", "Tier", "A day at the old price", "At the new", "Change")
        note = "What the traffic of the seven days before costs a day at list prices. "
        yield Table("Prices that change", head, rows, note + _more(len(prices)))


def _price(each: PriceChange, about: ReportDay) -> list[Cell]:
    new, old = each.new_daily_pico_usd, each.old_daily_pico_usd
    return [
        text(f"{moment(each.at_unix_nano, about.zone):%Y-%m-%d %H:%M}"),
        text(each.model),
        text(each.service_tier),
        number(shown.usd(old)),
        number("no price any more" if new is None else shown.usd(new)),
        number(shown.MISSING if new is None else shown.change(new, old)),
    ]


def _repriced(report: Report) -> list[str]:
    repriced = report.changes.repriced
    if repriced is None:
        return []
    charges = shown.plural(repriced.charges, "stored charge")
    were = "was" if repriced.charges == 1 else "were"
    return [
        f"{charges} {were} priced again, which changed the bill by {shown.usd_change(repriced.change_pico_usd)}."
    ]


def _at(at_unix_nano: int, about: ReportDay) -> str:
    return shown.clock(moment(at_unix_nano, about.zone))


def _more(count: int) -> str:
    return f"… and {count - MOST} more." if count > MOST else ""
