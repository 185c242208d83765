"""What the reader looks at: a time range in a time zone, and its form in a link. Pure.

`?range=30d&tz=Europe/Berlin`, or `?since=2026-11-01&until=2026-11-20` (both days included), or
moments (`since=2026-11-12T09:00`, `until` excluded). What a link says wrong is told, not obeyed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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
LONGEST = timedelta(days=3 * 366)
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


@dataclass(frozen=True, slots=True)
class Link:
    """A link's window, and what in it could not be followed."""

    window: Window
    problems: tuple[str, ...] = ()


@cache
def zone_names() -> tuple[str, ...]:
    """Every time zone to choose from: UTC first, then by name, without the system's own files."""
    unwanted = ("posix/", "right/", "SystemV/")
    names = available_timezones() - {"UTC", "localtime", "Factory", "posixrules"}
    return ("UTC", *sorted(name for name in names if not name.startswith(unwanted)))


def midnight(of: date, zone: ZoneInfo) -> datetime:
    """The moment a day begins; where the clock jumps over midnight, the moment of the jump."""
    return datetime.combine(of, time(), tzinfo=zone).astimezone(UTC).astimezone(zone)


def today(now: datetime, zone: ZoneInfo) -> Window:
    """The day that `now` is in."""
    return window("today", now, zone)


def month_to_date(now: datetime, zone: ZoneInfo) -> Window:
    """The calendar month that `now` is in, up to the end of the present day."""
    return window("month", now, zone)


def window(chosen: str, now: datetime, zone: ZoneInfo) -> Window:
    """The window of one of `RANGES` (not `custom`) as of `now`; days are whole days of `zone`."""
    here = now.astimezone(zone)
    first, tomorrow = here.date(), midnight(here.date() + _ONE_DAY, zone)
    if chosen == "24h":
        hour = here.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        until = hour + timedelta(hours=1)
        return Window(chosen, (until - _ONE_DAY).astimezone(zone), until.astimezone(zone), zone)
    month = first.replace(day=1)
    if chosen == "month":
        return Window(chosen, midnight(month, zone), tomorrow, zone)
    if chosen == "last-month":
        before = (month - _ONE_DAY).replace(day=1)
        return Window(chosen, midnight(before, zone), midnight(month, zone), zone)
    first -= timedelta(days=_DAYS_BACK[chosen] - 1)
    return Window(chosen, midnight(first, zone), tomorrow, zone)


def custom(first: date, last: date, zone: ZoneInfo) -> Window:
    """Whole days of `zone`, from `first` to `last`, both included."""
    return Window("custom", midnight(first, zone), midnight(last + _ONE_DAY, zone), zone)


def parse(params: Mapping[str, str], now: datetime, default_zone: ZoneInfo) -> Link:
    """The window a link asks for; the default in place of whatever it gets wrong, and a word why."""
    problems: list[str] = []
    zone = _zone(params.get("tz"), default_zone, problems)
    if "since" in params or "until" in params:
        chosen = _between(params, now, zone, problems)
    else:
        chosen = _named(params.get("range", DEFAULT_RANGE), now, zone, problems)
    return Link(chosen, tuple(problems))


def zone_or_utc(name: str | None) -> ZoneInfo:
    """The zone of that name, or UTC when there is no such zone."""
    return _zone(name, ZoneInfo("UTC"), [])


def _zone(name: str | None, default: ZoneInfo, problems: list[str]) -> ZoneInfo:
    if name is None:
        return default
    if name not in zone_names():
        problems.append(
            f"“{_shown(name)}” is not a time zone; times are shown in {default.key}. "
            "Write it like Europe/Berlin."
        )
        return default
    return ZoneInfo(name)


def _named(name: str, now: datetime, zone: ZoneInfo, problems: list[str]) -> Window:
    if name not in RANGES or name == "custom":
        known = ", ".join(key for key in RANGES if key != "custom")
        problems.append(
            f"“{_shown(name)}” is not a time range; the last 30 days are shown. "
            f"The link can say: {known}."
        )
        name = DEFAULT_RANGE
    return window(name, now, zone)


def _between(
    params: Mapping[str, str], now: datetime, zone: ZoneInfo, problems: list[str]
) -> Window:
    try:
        since = _moment(params.get("since"), zone)
        until = _moment(params.get("until"), zone, end=True) or today(now, zone).until
        return _checked(since, until, zone)
    except (ValueError, OverflowError) as problem:
        problems.append(
            f"The dates of the link cannot be used: {problem}. The last 30 days are shown. "
            "Write since=2026-11-01 and until=2026-11-20."
        )
        return window(DEFAULT_RANGE, now, zone)


def _checked(since: datetime | None, until: datetime, zone: ZoneInfo) -> Window:
    """The window between the two; ValueError where there is none that can be shown."""
    if since is None:
        raise ValueError("the link says until when, but not since when")
    length = until.astimezone(UTC) - since.astimezone(UTC)
    if length <= timedelta(0):
        raise ValueError("since is not before until")
    if length > LONGEST:
        raise ValueError("more than three years are asked for")
    return Window("custom", since, until, zone)


def _moment(text: str | None, zone: ZoneInfo, *, end: bool = False) -> datetime | None:
    """A date (the end of it, if asked) or a moment, widened to the ledger's slots."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-01"):
            return midnight(date.fromisoformat(text) + _ONE_DAY * end, zone)
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a link reads + as a blank
        local = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
        slot = _slot(local.astimezone(UTC))
    except (ValueError, OverflowError) as problem:
        raise ValueError(f"“{_shown(text)}” is not a date") from problem
    widened = slot + LEDGER_SLOT * (end and slot != local.astimezone(UTC))
    return widened.astimezone(zone)


def _hour(moment: datetime) -> datetime:
    """The beginning of an hour on the local clock."""
    past = timedelta(minutes=moment.minute, seconds=moment.second)
    return (moment.astimezone(UTC) - past).astimezone(moment.tzinfo)


def _next_hour(start: datetime) -> datetime:
    """The next full hour on the local clock; sooner than in an hour where the clock changes by half."""
    left = timedelta(hours=1) - timedelta(minutes=start.minute)
    return (start.astimezone(UTC) + left).astimezone(start.tzinfo)


def _slot(moment: datetime) -> datetime:
    """The beginning of the ledger slot a moment is in."""
    utc = moment.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % 15, second=0, microsecond=0)


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
