"""Ranges of time that routes over single spans ask for: always bounded, for raw spans are many."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query

from gemledger_collector.api.context import Ask, Context, Instant, iso, unix_nano
from gemledger_collector.errors import Rejected

DAY_NANO = 24 * 3600 * 10**9
MOST_DAYS = 400
_AROUND_NANO = 2 * DAY_NANO
_LATEST = 2**63 - 1
_EARLIEST = 0


@dataclass(frozen=True, slots=True)
class Between:
    """Starts of calls in unix nanoseconds, ``until`` excluded."""

    since: int
    until: int

    @property
    def told_until(self) -> str | None:
        """The end as an answer tells it; None where there is none."""
        return None if self.until == _LATEST else iso(self.until)

    def beginning(self, since: int) -> "Between":
        """The same with another begin, where that is no more than ``MOST_DAYS`` earlier."""
        return replace(self, since=max(since, self.since - MOST_DAYS * DAY_NANO))


def _between(ask: Context, since: datetime | None, until: datetime | None, days: int) -> Between:
    end = _LATEST if until is None else unix_nano(until)
    newest = ask.clock() if until is None else end
    begin = newest - days * DAY_NANO if since is None else unix_nano(since)
    if begin >= end:
        raise Rejected("until is not after since; give a range that is not empty")
    if newest - begin > MOST_DAYS * DAY_NANO:
        raise Rejected(f"the range is longer than {MOST_DAYS} days; ask for a shorter one")
    return _clamped(begin, end)


_Since = Annotated[Instant | None, Query(description="default: some days before until")]
_Until = Annotated[Instant | None, Query(description="excluded; default: no end")]


def _month(ask: Ask, since: _Since = None, until: _Until = None) -> Between:
    return _between(ask, since, until, 30)


def _week(ask: Ask, since: _Since = None, until: _Until = None) -> Between:
    return _between(ask, since, until, 7)


Range = Annotated[Between, Depends(_month)]
"""Query parameters ``since`` and ``until``; 30 days where nothing is said."""

WeekRange = Annotated[Between, Depends(_week)]
"""Query parameters ``since`` and ``until``; 7 days where nothing is said."""


def _around(
    ask: Ask,
    at: Annotated[
        Instant | None,
        Query(description="about when it began, as a list told it: found sooner than among all"),
    ] = None,
) -> Between:
    if at is None:
        return _clamped(ask.clock() - MOST_DAYS * DAY_NANO, _LATEST)
    middle = unix_nano(at)
    return _clamped(middle - _AROUND_NANO, middle + _AROUND_NANO)


Around = Annotated[Between, Depends(_around)]
"""Query parameter ``at``: where to look for one span."""


def _clamped(begin: int, end: int) -> Between:
    """Within what a BIGINT of nanoseconds holds."""
    return Between(min(max(begin, _EARLIEST), _LATEST), min(max(end, _EARLIEST), _LATEST))
