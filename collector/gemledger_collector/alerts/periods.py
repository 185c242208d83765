"""Calendar periods in a time zone; pure. A day of daylight saving has 23 or 25 hours, and is one day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from gemledger_collector.alerts.alert import Window

Unit = Literal["day", "week", "month"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def unix_nano(moment: datetime) -> int:
    """An aware datetime as unix nanoseconds, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


def moment(at_unix_nano: int, zone: ZoneInfo) -> datetime:
    """Unix nanoseconds as a datetime in the zone, cut to the microsecond."""
    return (EPOCH + timedelta(microseconds=at_unix_nano // 1000)).astimezone(zone)


def period_containing(at_unix_nano: int, unit: Unit, timezone: str) -> Window:
    """The calendar day, week (from Monday) or month of the zone that contains the moment."""
    zone = ZoneInfo(timezone)
    first = _first_day(moment(at_unix_nano, zone).date(), unit)
    return Window(_midnight(first, zone), _midnight(_next_first_day(first, unit), zone))


def _first_day(day: date, unit: Unit) -> date:
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1)


def _next_first_day(first: date, unit: Unit) -> date:
    if unit == "month":
        return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=7 if unit == "week" else 1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    # Where a zone skips midnight the day begins at the first moment that exists; UTC arithmetic finds it.
    return unix_nano(datetime.combine(day, time(), tzinfo=zone).astimezone(UTC))
