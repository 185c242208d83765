"""Silences that people make, and times at which a route is quiet; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts.periods import moment
from gemledger_collector.alerts_config import Matcher, TimesConfig, TimeSpans, all_match
from gemledger_collector.config_values import WEEKDAYS

ACKNOWLEDGED = "acknowledged-"
"""How the id of a silence begins that is about one alert, and for as long as that stays open."""
WHILE_OPEN = 2**63 - 1
"""The end of an acknowledgement that lasts for as long as its alert."""


def acknowledgement_id(fingerprint: str, started_at: int) -> str:
    """The id of the silence that acknowledges this stay of an alert: when it fires anew, it is another."""
    return f"{ACKNOWLEDGED}{fingerprint}-{started_at}"


@dataclass(frozen=True, slots=True)
class Silence:
    """While it lasts, nobody is told of alerts that all its matchers match. Times are unix nanoseconds."""

    silence_id: str
    matchers: tuple[Matcher, ...]
    starts_at: int
    ends_at: int
    created_by: str
    comment: str
    created_at: int = 0
    updated_at: int = 0

    def state(self, now: int) -> str:
        """``pending``, ``active`` or ``expired``."""
        if now < self.starts_at:
            return "pending"
        return "active" if now < self.ends_at else "expired"

    def covers(self, alert: Alert, now: int) -> bool:
        """Whether it keeps this alert quiet now."""
        if self.state(now) != "active":
            return False
        if self.acknowledges:
            identity = alert.identity
            return self.silence_id == acknowledgement_id(identity.fingerprint, alert.started_at)
        return all_match(self.matchers, alert.identity.labels)

    @property
    def acknowledges(self) -> bool:
        """Whether it says that somebody has seen one alert; it then covers no other, whatever its labels."""
        return self.silence_id.startswith(ACKNOWLEDGED)


def silenced_by(alert: Alert, silences: Iterable[Silence], now: int) -> Silence | None:
    """The first silence that covers the alert."""
    return next((silence for silence in silences if silence.covers(alert, now)), None)


def quiet_time(mute: Sequence[str], active: Sequence[str], times: "Times", now: int) -> str | None:
    """The name of the times on whose account a route is quiet now; None where it speaks."""
    for name in mute:
        if times.hold(name, now):
            return name
    if active and not any(times.hold(name, now) for name in active):
        return active[0]
    return None


class Times:
    """The configured times by name."""

    def __init__(self, configured: Sequence[TimesConfig]) -> None:
        self._intervals = {each.name: each.intervals for each in configured}

    def hold(self, name: str, now: int) -> bool:
        """Whether the moment lies in these times."""
        return any(_holds(spans, now) for spans in self._intervals[name])


def _holds(spans: TimeSpans, now: int) -> bool:
    local = moment(now, ZoneInfo(spans.timezone))
    clock = f"{local:%H:%M}"
    return (
        (not spans.weekdays or WEEKDAYS[local.weekday()] in spans.weekdays)
        and (not spans.months or local.month in spans.months)
        and (not spans.days_of_month or _is_day(local, spans.days_of_month))
        and (not spans.times or any(each.start <= clock < each.end for each in spans.times))
    )


def _is_day(local: datetime, days: Sequence[int]) -> bool:
    """Negative days count from the end of the month: -1 is its last."""
    after = (local.replace(day=28) + timedelta(days=4)).replace(day=1)
    length = (after - timedelta(days=1)).day
    return local.day in days or local.day - length - 1 in days
