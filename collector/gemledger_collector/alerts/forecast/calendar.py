"""From the days of a zone and the ledger to the history and the future of a budget or a balance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.forecast.history import MOST_DAYS, Day, History
from gemledger_collector.alerts.periods import Calendar, moment
from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.forecast_spend import DaySpend, Key, Traffic, spend_by_day
from gemledger_collector.storage.transaction import Snapshot

_SECOND = 10**9
_NONE = DaySpend(0, 0)


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a zone before now, oldest first, today the last; and those to come until ``end``."""

    past: Sequence[Window]
    coming: Sequence[Window]
    now: int
    timezone: str

    @property
    def today(self) -> Window:
        """The running day."""
        return self.past[-1]

    @property
    def elapsed(self) -> float:
        """The share of today that is over."""
        today = self.today
        return (self.now - today.start_unix_nano) / (today.end_unix_nano - today.start_unix_nano)

    def rest_until(self, end_unix_nano: int) -> list[float]:
        """How much of the rest of today, and of each day after it, is before ``end``."""
        rest = [_share(Window(self.now, self.today.end_unix_nano), end_unix_nano)]
        return rest + [
            _share(day, end_unix_nano) for day in self.coming if day.start_unix_nano < end_unix_nano
        ]


def _share(day: Window, end_unix_nano: int) -> float:
    length = day.end_unix_nano - day.start_unix_nano
    return 1.0 if length <= 0 else min(1.0, (end_unix_nano - day.start_unix_nano) / length)


def days_around(now: int, timezone: str, begin: int, count: int) -> Days:
    """Days from ``begin`` or five weeks ago, whichever is earlier, up to ``count`` days after today."""
    calendar = Calendar("day", timezone)
    past = [calendar.containing(now)]
    while len(past) <= MOST_DAYS or past[-1].start_unix_nano > begin:
        past.append(calendar.before(past[-1]))
    coming = [past[0]]
    for _ in range(count):
        coming.append(calendar.after(coming[-1]))
    return Days(past[::-1], coming[1:], now, timezone)


@dataclass(frozen=True, slots=True)
class Spending:
    """One group's spend by the start of a day, in unix nanoseconds."""

    by_day: Mapping[int, DaySpend]
    days: Days

    @property
    def history(self) -> History:
        """What a forecast is made of."""
        whole = [self.by_day.get(day.start_unix_nano, _NONE) for day in self.days.past[:-1]]
        weekday = moment(self.days.today.start_unix_nano, ZoneInfo(self.days.timezone)).weekday()
        return History(
            [Day(each.pico_usd, each.by_now_pico_usd) for each in whole], weekday, self.days.elapsed
        )

    def since(self, start_unix_nano: int) -> int:
        """PicoUSD of all days that begin at that moment or later."""
        return sum(each.pico_usd for at, each in self.by_day.items() if at >= start_unix_nano)


def spending(snapshot: Snapshot, traffic: Traffic, days: Days) -> dict[Key, Spending]:
    """The spend of every group that the traffic has."""
    starts = [day.start_unix_nano // _SECOND for day in days.past]
    until = slot_of(days.now) + SLOT_SECONDS
    elapsed = until - starts[-1]
    found = spend_by_day(snapshot, traffic, starts, (until, elapsed))
    if not traffic.groups:
        found.setdefault((), {})
    return {
        key: Spending({at * _SECOND: each for at, each in by_day.items()}, days)
        for key, by_day in found.items()
    }
