"""When a report is due; pure, time is an argument."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from gemledger_collector.alerts.periods import moment, unix_nano
from gemledger_collector.reports_config import ReportConfig


@dataclass(frozen=True, slots=True)
class Due:
    """A report of a day that may be sent from a moment on (unix nanoseconds)."""

    day: date
    at: int


def due(report: ReportConfig, now: int) -> Due:
    """Today's report, which is about yesterday, and when its time is.

    Where clocks skip that time of day it is as much later; where it comes twice, its first time counts. What was
    missed on a day that is over is not sent: the next report is about the day after it.
    """
    today = moment(now, ZoneInfo(report.timezone)).date()
    return Due(today - timedelta(days=1), _moment(report, today))


def next_due(report: ReportConfig, now: int) -> int:
    """The moment of today's or tomorrow's report, whichever is still to come."""
    today = due(report, now)
    if today.at > now:
        return today.at
    return _moment(report, today.day + timedelta(days=2))


def _moment(report: ReportConfig, day: date) -> int:
    local = datetime.combine(day, report.at, tzinfo=ZoneInfo(report.timezone))
    return unix_nano(local.astimezone(UTC))
