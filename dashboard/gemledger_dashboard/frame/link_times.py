"""The times of a link: range, zone, and the moment it is looked at from. Pure.

`?range=30d&tz=Europe/Berlin`, or `?since=2026-11-01&until=2026-11-20` (both days included), or moments
(`since=2026-11-12T09:00`, `until` excluded). `at=2026-11-20T14:00Z` shows what was so then, whenever the link is
opened. What a link says wrong is told, not obeyed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from gemledger_dashboard.frame import filters
from gemledger_dashboard.frame.filters import DEFAULT_RANGE, LEDGER_SLOT, RANGES, Window

LONGEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds where a link says nothing: the zone, and the day on which months begin."""

    zone: ZoneInfo
    month_starts_on: int = 1


@dataclass(frozen=True, slots=True)
class LinkTimes:
    """A link's window, the moment it is looked at from (None: now), and what in it could not be followed."""

    window: Window
    at: datetime | None = None
    problems: tuple[str, ...] = ()


def parse(params: Mapping[str, str], now: datetime, usual: Usual) -> LinkTimes:
    """The times a link asks for; the default in place of whatever it gets wrong, and a word why."""
    problems: list[str] = []
    zone = _zone(params.get("tz"), usual.zone, problems)
    at = _at(params.get("at"), now, zone, problems)
    seen_from = at or now
    if "since" in params or "until" in params:
        chosen = _between(params, seen_from, zone, problems)
    else:
        chosen = _named(params, seen_from, Usual(zone, usual.month_starts_on), problems)
    return LinkTimes(chosen, at, tuple(problems))


def _zone(name: str | None, default: ZoneInfo, problems: list[str]) -> ZoneInfo:
    if name is None:
        return default
    if name not in filters.zone_names():
        problems.append(
            f"“{_shown(name)}” is not a time zone; times are shown in {default.key}. "
            "Write it like Europe/Berlin."
        )
        return default
    return ZoneInfo(name)


def _at(text: str | None, now: datetime, zone: ZoneInfo, problems: list[str]) -> datetime | None:
    """The moment to look from; one that is not over is now."""
    try:
        at = _moment(text, zone, end=True)
    except ValueError as problem:
        problems.append(f"{problem}: `at` is a moment such as 2026-11-20T14:00Z. Now is shown.")
        return None
    return at if at is None or at < now else None


def _named(params: Mapping[str, str], now: datetime, usual: Usual, problems: list[str]) -> Window:
    name = params.get("range", DEFAULT_RANGE)
    if name not in RANGES or name == "custom":
        known = ", ".join(key for key in RANGES if key != "custom")
        problems.append(
            f"“{_shown(name)}” is not a time range; the last 30 days are shown. "
            f"The link can say: {known}."
        )
        name = DEFAULT_RANGE
    return filters.window(name, now, usual.zone, usual.month_starts_on)


def _between(
    params: Mapping[str, str], now: datetime, zone: ZoneInfo, problems: list[str]
) -> Window:
    try:
        since = _moment(params.get("since"), zone)
        until = _moment(params.get("until"), zone, end=True) or filters.today(now, zone).until
        return _checked(since, until, zone)
    except (ValueError, OverflowError) as problem:
        problems.append(
            f"The dates of the link cannot be used: {problem}. The last 30 days are shown. "
            "Write since=2026-11-01 and until=2026-11-20."
        )
        return filters.window(DEFAULT_RANGE, now, zone)


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
            return filters.midnight(date.fromisoformat(text) + timedelta(days=end), zone)
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a link reads + as a blank
        local = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
        slot = filters.slot(local)
    except (ValueError, OverflowError) as problem:
        raise ValueError(f"“{_shown(text)}” is not a date") from problem
    widened = slot + LEDGER_SLOT * (end and slot != local.astimezone(UTC))
    return widened.astimezone(zone)


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
