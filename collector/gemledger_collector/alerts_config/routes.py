"""Routes, times that mute, and alerts that mute others: Alertmanager's meanings and defaults."""

import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from gemledger_collector.alerts_config.matching import Matcher, Matching
from gemledger_collector.config_values import Duration, Listed, Name, Strict, Weekday, Zone

CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")


class RouteConfig(Strict):
    """Which alerts go to which channels, and how they are put together.

    An alert goes down the first route it matches, and further where that says ``continue``; a route's own ``routes``
    come before itself. ``match`` are equal labels, ``matchers`` anything more. What is not given is the parent's, at
    the top Alertmanager's: grouped by rule, 30 s, 5 m, 4 h.
    """

    match: dict[str, str] = Field(default_factory=dict)
    matchers: Listed[Matching] = ()
    channels: Listed[str] = ()
    group_by: Listed[str] | None = None
    group_wait: Duration | None = None
    group_interval: Duration | None = None
    repeat_interval: Duration | None = None
    continues: Annotated[bool, Field(alias="continue")] = False
    mute_times: Listed[str] = ()
    active_times: Listed[str] = ()
    routes: "Listed[RouteConfig]" = ()

    @property
    def all_matchers(self) -> tuple[Matcher, ...]:
        """``match`` and ``matchers`` as one."""
        equal = [Matcher(label=key, operator="=", value=value) for key, value in self.match.items()]
        return (*equal, *self.matchers)

    @model_validator(mode="after")
    def _intervals_are_positive(self) -> Self:
        for key in ("group_interval", "repeat_interval"):
            given = getattr(self, key)
            if given is not None and given <= timedelta(0):
                raise ValueError(f"{key} is {given}; give a duration above 0")
        return self


class ClockRange(Strict):
    """From ``start`` up to ``end`` of a day, such as 22:00 and 24:00."""

    start: str
    end: str

    @model_validator(mode="after")
    def _are_times(self) -> Self:
        for key in ("start", "end"):
            if CLOCK.fullmatch(getattr(self, key)) is None:
                raise ValueError(
                    f"{key} {getattr(self, key)!r} is no time of day; write 09:30 or 24:00, in quotes"
                )
        if self.start >= self.end:
            raise ValueError(f"{self.start} is not before {self.end}; write two ranges for a night")
        return self


class TimeSpans(Strict):
    """Moments that meet every given part; a part that is not given is met by all."""

    weekdays: Listed[Weekday] = ()
    times: Listed[ClockRange] = ()
    days_of_month: Listed[Annotated[int, Field(ge=-31, le=31)]] = ()
    months: Listed[Annotated[int, Field(ge=1, le=12)]] = ()
    timezone: Zone = "UTC"


class TimesConfig(Strict):
    """Times with a name: a moment belongs to them when one of ``intervals`` holds it."""

    name: Name
    intervals: Annotated[Listed[TimeSpans], Field(min_length=1)]


class InhibitConfig(Strict):
    """While an alert that ``source`` matches fires, those that ``target`` matches are muted.

    Only where all ``equal`` labels are the same; a label that is missing is an empty one.
    """

    source: Annotated[Listed[Matching], Field(min_length=1)]
    target: Annotated[Listed[Matching], Field(min_length=1)]
    equal: Listed[str] = ()


class WatchdogConfig(Strict):
    """A message that always comes: who misses it knows that nothing else would come either."""

    channels: Annotated[Listed[str], Field(min_length=1)]
    every: Duration = timedelta(minutes=5)

    @model_validator(mode="after")
    def _takes_its_time(self) -> Self:
        if self.every < timedelta(minutes=1):
            raise ValueError(f"every {self.every} is too often; give 1m or more")
        return self
