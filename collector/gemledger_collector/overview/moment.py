"""Which times an overview is about: today, the month, the same days of the month before; pure.

Calls are summed by slots of 15 minutes: everything up to the end of the slot that the moment is in is counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.periods import Calendar, moment, unix_nano
from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.errors import Rejected
from gemledger_collector.storage.buckets import SLOT_SECONDS

FIRST, LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2261, 1, 1, tzinfo=UTC)
"""Months before and days to come must be times that nanoseconds can tell."""
_SECOND = 10**9
_DAY = 86_400 * _SECOND
_LONGEST = 7


@dataclass(frozen=True, slots=True)
class Compared:
    """Two times beside one another; ``kind`` is month, 7d or 1d."""

    kind: str
    window: Window
    before: Window


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, and how a company reads its calendar."""

    at_unix_nano: int
    timezone: str
    month_starts_on: int

    @property
    def seen_at(self) -> int:
        """The last moment that counts: a slot that begins at the moment itself does not."""
        return self.at_unix_nano - 1

    @property
    def until(self) -> int:
        """The end of the last slot that counts."""
        return (slot_of(self.seen_at) + SLOT_SECONDS) * _SECOND

    @property
    def today(self) -> Window:
        """The day as far as it has come."""
        return Window(
            Calendar("day", self.timezone).containing(self.seen_at).start_unix_nano, self.until
        )

    @property
    def whole_month(self) -> Window:
        """The month to its end."""
        calendar = Calendar("month", self.timezone, self.month_starts_on)
        return calendar.containing(self.seen_at)

    @property
    def month(self) -> Window:
        """The month as far as it has come."""
        return Window(self.whole_month.start_unix_nano, self.until)

    @property
    def same_days(self) -> Window:
        """As many days of the month before, up to the same time of day; all of it where it is shorter."""
        month = self.whole_month
        before = Calendar("month", self.timezone, self.month_starts_on).before(month)
        zone = ZoneInfo(self.timezone)
        begin, end = moment(month.start_unix_nano, zone), moment(self.until, zone)
        first = moment(before.start_unix_nano, zone).date()
        day = first + timedelta(days=(end.date() - begin.date()).days)
        same = datetime.combine(day, end.time(), tzinfo=zone)
        return Window(
            before.start_unix_nano,
            min(unix_nano(same.astimezone(UTC)), month.start_unix_nano),
        )

    def days(self, count: int) -> Window:
        """So many times 24 hours up to here."""
        return Window(self.until - count * _DAY, self.until)

    def comparisons(self) -> Iterator[Compared]:
        """What can be compared, the best first: of a young ledger only the later ones."""
        yield Compared("month", self.month, self.same_days)
        for count in (_LONGEST, 1):
            window = self.days(count)
            earlier = Window(window.start_unix_nano - count * _DAY, window.start_unix_nano)
            yield Compared(f"{count}d", window, earlier)


def moment_of(at_unix_nano: int, timezone: str, month_starts_on: int) -> Moment:
    """The moment. Raises Rejected for one whose month before nobody can tell, or that is too far ahead."""
    if not unix_nano(FIRST) <= at_unix_nano <= unix_nano(LAST):
        raise Rejected(f"at is out of range; give a time from {FIRST.date()} to {LAST.date()}")
    return Moment(at_unix_nano, timezone, month_starts_on)


def reaches(first_slot: int | None, window: Window) -> bool:
    """Whether a ledger that begins with this slot tells of all days of a window: the first may have begun late."""
    return first_slot is not None and first_slot * _SECOND < window.start_unix_nano + _DAY
