"""Periods: calendar ones in a time zone, and rolling ones; pure. A day of daylight saving has 23 or 25 hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.slots import SLOT_NS
from gemledger_collector.config_values import WEEKDAYS, Weekday

Unit = Literal["day", "week", "month"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def unix_nano(moment: datetime) -> int:
    """An aware datetime as unix nanoseconds, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


def moment(at_unix_nano: int, zone: ZoneInfo) -> datetime:
    """Unix nanoseconds as a datetime in the zone, cut to the microsecond."""
    return (EPOCH + timedelta(microseconds=at_unix_nano // 1000)).astimezone(zone)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days, weeks or months of a zone. They tile time: every moment is in exactly one.

    ``month_starts_on`` is a day of the month from 1 to 28; a week begins on ``week_starts_on``.
    """

    unit: Unit
    timezone: str = "UTC"
    month_starts_on: int = 1
    week_starts_on: Weekday = "monday"

    def containing(self, at_unix_nano: int) -> Window:
        """The period the moment is in."""
        zone = ZoneInfo(self.timezone)
        first = self._first_day(moment(at_unix_nano, zone).date())
        # Where clocks go back over midnight (St. John's until 2011, at 00:01) an evening comes twice: the second time
        # it belongs to the day that has begun. Where they skip midnight it is the other way round.
        while _midnight(first, zone) > at_unix_nano:
            first = self._first_day(first - timedelta(days=1))
        while (end := _midnight(self._next_first_day(first), zone)) <= at_unix_nano:
            first = self._next_first_day(first)
        return Window(_midnight(first, zone), end)

    def before(self, period: Window) -> Window:
        """The period that ends where this one begins."""
        return self.containing(period.start_unix_nano - 1)

    def after(self, period: Window) -> Window:
        """The period that begins where this one ends."""
        return self.containing(period.end_unix_nano)

    def _first_day(self, day: date) -> date:
        if self.unit == "day":
            return day
        if self.unit == "week":
            return day - timedelta(days=(day.weekday() - WEEKDAYS.index(self.week_starts_on)) % 7)
        first = day.replace(day=self.month_starts_on)
        return first if first <= day else _months_later(first, -1)

    def _next_first_day(self, first: date) -> date:
        if self.unit == "month":
            return _months_later(first, 1)
        return first + timedelta(days=7 if self.unit == "week" else 1)


def period_containing(at_unix_nano: int, unit: Unit, timezone: str) -> Window:
    """The calendar day, week (from Monday) or month (from the first) of the zone that contains the moment."""
    return Calendar(unit, timezone).containing(at_unix_nano)


def rolling(at_unix_nano: int, length_ns: int) -> Window:
    """That much time, up to the end of the slot the moment is in: the running slot counts from its first cent."""
    end = (at_unix_nano // SLOT_NS + 1) * SLOT_NS
    return Window(end - length_ns, end)


def _months_later(first: date, months: int) -> date:
    month = first.year * 12 + first.month - 1 + months
    return first.replace(year=month // 12, month=month % 12 + 1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    # Where a zone skips midnight the day begins at the first moment that exists; UTC arithmetic finds it.
    return unix_nano(datetime.combine(day, time(), tzinfo=zone).astimezone(UTC))
