"""What the reader looks at: a time range in a time zone, what it is compared with, and its bars. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from gemledger_dashboard.drawing import formats

RANGES: Mapping[str, str] = {
    "today": "Today",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "month": "This month",
    "last-month": "Last month",
    "custom": "Days of your choice",
}
DEFAULT_RANGE = "30d"
LEDGER_SLOT = timedelta(minutes=15)
"""The collector's sums are kept by slots of this length: finer moments have no meaning."""

_DAYS_BACK: Mapping[str, int] = {"today": 1, "7d": 7, "30d": 30, "90d": 90}
_HOURLY_UP_TO = timedelta(days=2, hours=1)  # two days, one of which may be the long one of autumn
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The time `[since, until)`, seen on the clock of `zone`; `range` names how it was chosen."""

    range: str
    since: datetime
    until: datetime
    zone: ZoneInfo

    @property
    def bucket(self) -> Literal["hour", "day"]:
        """What one bar of a chart stands for."""
        long = self.until.astimezone(UTC) - self.since.astimezone(UTC) > _HOURLY_UP_TO
        return "day" if long else "hour"

    @property
    def whole_days(self) -> bool:
        """Whether the window begins and ends at a midnight of its zone."""
        return all(
            moment == midnight(moment.date(), self.zone) for moment in (self.since, self.until)
        )

    def bounds(self) -> tuple[tuple[str, str], ...]:
        """Its two ends as the collector is asked."""
        return (("since", _iso(self.since)), ("until", _iso(self.until)))

    def buckets(self) -> list[datetime]:
        """The beginning of every bar, also of those without calls; autumn's hour comes twice.

        The first bar begins with its hour or day, where the window begins within one.
        """
        by_day = self.bucket == "day"
        start = midnight(self.since.date(), self.zone) if by_day else _hour(self.since)
        starts: list[datetime] = []
        while start.astimezone(UTC) < self.until.astimezone(UTC):
            starts.append(start)
            start = midnight(start.date() + _ONE_DAY, self.zone) if by_day else _next_hour(start)
        return starts

    def params(self) -> dict[str, str]:
        """The query parameters that lead back to this window."""
        if self.range != "custom":
            return {"range": self.range, "tz": self.zone.key}
        if self.whole_days:
            last = (self.until - _ONE_DAY).date()
            return {
                "since": self.since.date().isoformat(),
                "until": last.isoformat(),
                "tz": self.zone.key,
            }
        moments = {"since": self.since, "until": self.until}
        return {
            name: moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
            for name, moment in moments.items()
        } | {"tz": self.zone.key}

    def describe(self) -> str:
        """The window in words: `22 Oct 2026 to 20 Nov 2026, Europe/Berlin`."""
        if not self.whole_days:
            ends = (formats.instant(moment, self.zone) for moment in (self.since, self.until))
            return f"{' to '.join(ends)}, {self.zone.key}"
        last = self.until - _ONE_DAY
        first, final = formats.day(self.since), formats.day(last)
        return f"{first if first == final else f'{first} to {final}'}, {self.zone.key}"


@cache
def zone_names() -> tuple[str, ...]:
    """Every time zone to choose from: UTC first, then by name, without the system's own files."""
    unwanted = ("posix/", "right/", "SystemV/")
    names = available_timezones() - {"UTC", "localtime", "Factory", "posixrules"}
    return ("UTC", *sorted(name for name in names if not name.startswith(unwanted)))


def zone_or_utc(name: str | None) -> ZoneInfo:
    """The zone of that name, or UTC when there is no such zone."""
    return ZoneInfo(name) if name in zone_names() else ZoneInfo("UTC")


def midnight(of: date, zone: ZoneInfo) -> datetime:
    """The moment a day begins; where the clock jumps over midnight, the moment of the jump."""
    return datetime.combine(of, time(), tzinfo=zone).astimezone(UTC).astimezone(zone)


def today(now: datetime, zone: ZoneInfo) -> Window:
    """The day that `now` is in."""
    return window("today", now, zone)


def month_to_date(now: datetime, zone: ZoneInfo, starts_on: int = 1) -> Window:
    """The month that `now` is in, up to the end of the present day."""
    return window("month", now, zone, starts_on)


def window(chosen: str, now: datetime, zone: ZoneInfo, starts_on: int = 1) -> Window:
    """The window of one of `RANGES` (not `custom`) as of `now`; days are whole days of `zone`.

    Months begin on the day `starts_on` of the calendar month.
    """
    here = now.astimezone(zone)
    first, tomorrow = here.date(), midnight(here.date() + _ONE_DAY, zone)
    if chosen == "24h":
        hour = here.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        until = hour + timedelta(hours=1)
        return Window(chosen, (until - _ONE_DAY).astimezone(zone), until.astimezone(zone), zone)
    month = month_of(first, starts_on)
    if chosen == "month":
        return Window(chosen, midnight(month, zone), tomorrow, zone)
    if chosen == "last-month":
        before = month_of(month - _ONE_DAY, starts_on)
        return Window(chosen, midnight(before, zone), midnight(month, zone), zone)
    first -= timedelta(days=_DAYS_BACK[chosen] - 1)
    return Window(chosen, midnight(first, zone), tomorrow, zone)


def month_of(day: date, starts_on: int) -> date:
    """The first day of the month that a day is in."""
    if day.day >= starts_on:
        return day.replace(day=starts_on)
    return (day.replace(day=1) - _ONE_DAY).replace(day=starts_on)


def ending(whole: Window, at: datetime) -> Window:
    """The window up to a moment, widened to the ledger's slot; the window itself where it ends before."""
    end = slot(at) + LEDGER_SLOT * (slot(at) != at.astimezone(UTC))
    if end >= whole.until.astimezone(UTC) or end <= whole.since.astimezone(UTC):
        return whole
    return replace(whole, until=end.astimezone(whole.zone))


def before(shown: Window, starts_on: int = 1) -> Window:
    """What a window is compared with: as much of the month before, or the same number of days or hours before.

    Where the month before is shorter, it is compared with all of it.
    """
    since, zone = shown.since, shown.zone
    if shown.range in {"month", "last-month"}:
        start = midnight(month_of(since.date() - _ONE_DAY, starts_on), zone)
        return Window("custom", start, min(_shifted(shown, start), since, key=_utc), zone)
    if shown.range == "24h" or since != midnight(since.date(), zone):
        length = _utc(shown.until) - _utc(since)
        return Window("custom", (_utc(since) - length).astimezone(zone), since, zone)
    last = (_utc(shown.until) - timedelta(microseconds=1)).astimezone(zone).date()
    start = midnight(since.date() - (last - since.date() + _ONE_DAY), zone)
    return Window("custom", start, min(_shifted(shown, start), since, key=_utc), zone)


def _shifted(shown: Window, start: datetime) -> datetime:
    """The end of a window moved to another start: as many days on, at the same time of day."""
    days = shown.until.date() - shown.since.date()
    moved = datetime.combine(start.date() + days, shown.until.time(), tzinfo=shown.zone)
    return moved.astimezone(UTC).astimezone(shown.zone)


def custom(first: date, last: date, zone: ZoneInfo) -> Window:
    """Whole days of `zone`, from `first` to `last`, both included."""
    return Window("custom", midnight(first, zone), midnight(last + _ONE_DAY, zone), zone)


def _hour(moment: datetime) -> datetime:
    """The beginning of an hour on the local clock."""
    past = timedelta(minutes=moment.minute, seconds=moment.second)
    return (moment.astimezone(UTC) - past).astimezone(moment.tzinfo)


def _next_hour(start: datetime) -> datetime:
    """The next full hour on the local clock; sooner than in an hour where the clock changes by half."""
    left = timedelta(hours=1) - timedelta(minutes=start.minute)
    return (start.astimezone(UTC) + left).astimezone(start.tzinfo)


def slot(moment: datetime) -> datetime:
    """The beginning of the ledger slot a moment is in, in UTC."""
    utc = moment.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % 15, second=0, microsecond=0)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _iso(moment: datetime) -> str:
    return _utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
