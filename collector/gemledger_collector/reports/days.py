"""Which day a report is about, and the days it is compared with; pure. A day of daylight saving has 23 or 25 hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.periods import Calendar, moment, unix_nano
from gemledger_collector.errors import Rejected

FIRST, LAST = date(1970, 1, 10), date(2261, 12, 31)
"""Unix nanoseconds end soon after."""


@dataclass(frozen=True, slots=True)
class ReportDay:
    """A day of a zone, the day before, the same weekday a week before; and when it is looked at."""

    day: date
    timezone: str
    window: Window
    before: Window
    week_before: Window
    now: int

    @property
    def is_over(self) -> bool:
        """Whether the whole day can have been seen."""
        return self.now >= self.window.end_unix_nano

    @property
    def seen_at(self) -> int:
        """The last moment of the day that has been: what a forecast of that day knew."""
        return min(self.now, self.window.end_unix_nano - 1)

    @property
    def zone(self) -> ZoneInfo:
        """Whose day it is."""
        return ZoneInfo(self.timezone)


def report_day(day: date | None, timezone: str, now: int) -> ReportDay:
    """The day, or yesterday where none is given. Raises Rejected for one that has not begun or that no time has."""
    if day is None:
        day = moment(now, ZoneInfo(timezone)).date() - timedelta(days=1)
    if not FIRST <= day <= LAST:
        raise Rejected(f"{day} is out of range; give a day from {FIRST} to {LAST}")
    calendar = Calendar("day", timezone)
    window = calendar.containing(_noon(day, timezone))
    if window.start_unix_nano > now:
        raise Rejected(f"{day} has not begun in {timezone}; give a day that has")
    before = calendar.containing(_noon(day - timedelta(days=1), timezone))
    week_before = calendar.containing(_noon(day - timedelta(days=7), timezone))
    return ReportDay(day, timezone, window, before, week_before, now)


def parse_day(written: str) -> date:
    """A date as in 2026-11-28. Raises Rejected."""
    try:
        return datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise Rejected(f"{written!r} is no day; write it as in 2026-11-28") from None


def _noon(day: date, timezone: str) -> int:
    return unix_nano(datetime.combine(day, time(12), ZoneInfo(timezone)).astimezone(UTC))
