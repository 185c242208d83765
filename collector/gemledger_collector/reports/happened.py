"""What happened that day: alerts, newcomers, prices, errors and how long calls took."""

from gemledger.pricing import Book
from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.forecast import dated_prices
from gemledger_collector.alerts.forecast.dated_prices import PriceChange
from gemledger_collector.alerts.forecast.foreseen import DAY_NS, Seer
from gemledger_collector.reports.content import (
    AlertLine,
    Amount,
    Changes,
    Newcomer,
    Repriced,
    Running,
)
from gemledger_collector.reports.days import ReportDay
from gemledger_collector.storage import alert_history
from gemledger_collector.storage import reports as stored
from gemledger_collector.storage.alert_history import AlertRow
from gemledger_collector.storage.errors_by_kind import errors_by_kind
from gemledger_collector.storage.forecast_spend import Traffic
from gemledger_collector.storage.latency import DURATION, latency
from gemledger_collector.storage.spend import SpendQuestion
from gemledger_collector.storage.transaction import Snapshot

MOST_ALERTS = 1000
PRICES_AHEAD_DAYS = 14
NEW_AFTER_DAYS = 60
"""What was not there for so long is new again."""
_NO_NEWS = frozenset({"watchdog", "test"})


def alerts(snapshot: Snapshot, about: ReportDay) -> list[AlertLine]:
    """Alerts that fired at some moment of the day, the earliest first."""
    begin, end = about.window.start_unix_nano, about.window.end_unix_nano
    rows = alert_history.alerts_between(snapshot, begin, end, MOST_ALERTS)
    lines = [
        _line(row, about.window)
        for row in rows
        if row.firing_since_unix_nano is not None
        and row.firing_since_unix_nano < end
        and row.kind not in _NO_NEWS
    ]
    return sorted(lines, key=lambda each: (each.began_at, each.rule))


def _line(row: AlertRow, day: Window) -> AlertLine:
    began, ended = row.firing_since_unix_nano or row.started_at_unix_nano, row.resolved_at_unix_nano
    ended_today = ended is not None and ended < day.end_unix_nano
    return AlertLine(
        rule=row.rule,
        severity=row.severity,
        summary=row.summary,
        cause=row.cause,
        began_at=began,
        ended_at=ended if ended_today else None,
        began_today=began >= day.start_unix_nano,
        ended_today=ended_today,
    )


def changes(snapshot: Snapshot, book: Book, about: ReportDay) -> Changes:
    """Models and prompt versions that are new, prices that change, and charges that were priced again."""
    begin, end = about.window.start_unix_nano, about.window.end_unix_nano
    first = alert_history.first_slot(snapshot)
    begins = first is None or first * 10**9 >= begin  # then everything would be new
    found = [] if begins else stored.newcomers(snapshot, begin, end, NEW_AFTER_DAYS)
    newcomers = [
        Newcomer(
            each.kind,
            each.name,
            each.feature,
            each.first_unix_nano,
            each.calls,
            Amount(each.pico_usd, each.unpriced_calls),
        )
        for each in found
    ]
    charges, change = stored.repriced(snapshot, begin, end)
    repriced = Repriced(charges, change) if charges else None
    return Changes(newcomers, _prices(snapshot, book, about), repriced)


def _prices(snapshot: Snapshot, book: Book, about: ReportDay) -> list[PriceChange]:
    """Those of the day, and those of the two weeks after it, of what is in use."""
    seer = Seer(snapshot, book, about.window.start_unix_nano - 1)
    until = about.window.end_unix_nano + PRICES_AHEAD_DAYS * DAY_NS
    found = dated_prices.changes(book, seer.recent_use(Traffic()))
    return [each for each in found if each.at_unix_nano < until]


def running(snapshot: Snapshot, window: Window) -> Running:
    """Errors by kind, tries that were repeated, and how long calls took."""
    question = SpendQuestion(window.start_unix_nano, window.end_unix_nano)
    troubles = errors_by_kind(snapshot, question)
    rows = [row for row in latency(snapshot, question).rows if row.metric == DURATION]
    return Running(
        calls=troubles.calls,
        errors=troubles.errors,
        retries=troubles.retries,
        kinds={kind: figures["calls"] for kind, figures in troubles.kinds.items()},
        quantiles=rows[0].quantiles if rows else {},
    )
