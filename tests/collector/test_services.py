"""A service that used to report and went quiet is found; one that sleeps at night, or never called much, is not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.collector import RunningCollector, config_for
from support.otlp import NOON, SECOND, call, call_attributes, request

from gemledger_collector.quiet_services import HOUR, Habit, habit
from gemledger_collector.storage.service_activity import Activity

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
SLOT = 900


def at(day: int, hour: float = 0) -> int:
    """Unix seconds so many days and hours after Monday, 2 November."""
    return int((MONDAY + timedelta(days=day, hours=hour)).timestamp())


def active(*stretches: tuple[int, int], every: int = SLOT) -> list[int]:
    """A slot in every so many seconds of these stretches."""
    return [slot for start, end in stretches for slot in range(start, end, every)]


def activity(slots: list[int], *, untold_last: int = 0) -> Activity:
    """Ten answered requests a slot; the last so many slots tell of no token."""
    tens = np.full(len(slots), 10)
    tokens = tens * 1000
    if untold_last:
        tokens[-untold_last:] = 0
    return Activity(
        "shop", slots[0], np.array(slots, np.int64), tens, np.zeros_like(tens), tens, tokens
    )


def seen(slots: list[int], now: int) -> Habit:
    """What is known of a service at a time."""
    return habit(activity([slot for slot in slots if slot <= now]), now)


ALL_DAY = active((at(0), at(14)))
OFFICE = active(*((at(day, 9), at(day, 18)) for day in range(12) if day % 7 < 5))
"""Monday to Friday, nine to six, two weeks."""


@pytest.mark.parametrize(
    ("slots", "now", "quiet"),
    [
        (ALL_DAY, at(14), False),
        (ALL_DAY, at(14, 0.99), False),
        (ALL_DAY, at(14, 1.1), True),
        (ALL_DAY, at(29), True),
        (active((at(0), at(14)), every=6 * HOUR), at(14, 10), False),
        (active((at(0), at(14)), every=6 * HOUR), at(14, 14), True),
        (OFFICE, at(11, 17.9), False),
        (OFFICE, at(12), False),  # the night after Friday
        (OFFICE, at(13, 12), False),  # Sunday
        (OFFICE, at(14, 9), False),  # Monday, not yet
        (OFFICE, at(14, 11), True),  # Monday: two hours late
        ([slot for slot in OFFICE if slot < at(8, 11)], at(8, 12.5), True),  # Tuesday, before noon
        (active((at(0), at(0, 0.5))), at(3), False),  # twice in its life
        (active((at(0), at(1))), at(1, 1.5), True),  # new, and all day
        (active((at(0), at(14)), every=24 * HOUR), at(15, 12), False),
        (active((at(0), at(14)), every=24 * HOUR), at(17), True),
    ],
)
def test_quiet_is_who_is_silent_for_longer_than_usual(
    slots: list[int], now: int, quiet: bool
) -> None:
    """By its own habit: all day, by the hour, in office hours, once a day, hardly ever."""
    known = seen(slots, now)
    assert known.quiet is quiet
    assert known.quiet_since == (known.last_seen if quiet else None)


@given(st.lists(st.integers(0, 28 * 96), min_size=1, max_size=300, unique=True), st.integers(0, 96))
def test_nobody_is_quiet_within_an_hour_of_a_call_whatever_the_habit(
    numbers: list[int], later: int
) -> None:
    """And quiet always has a beginning in the past."""
    slots = [at(0) + number * SLOT for number in sorted(numbers)]
    now = slots[-1] + SLOT + later * SLOT
    known = seen(slots, now)
    assert not (known.quiet and now - known.last_seen <= HOUR)
    assert known.last_seen <= now
    assert seen(slots, slots[-1]).quiet is False


def test_a_service_whose_calls_stop_telling_tokens_is_flagged() -> None:
    """Twenty answered requests are enough; one that never told any is another matter."""
    slots = active((at(0), at(1)))
    assert not habit(activity(slots), at(1)).tells_no_tokens
    assert not habit(activity(slots, untold_last=1), at(1)).tells_no_tokens
    assert habit(activity(slots, untold_last=2), at(1)).tells_no_tokens
    assert not habit(activity(slots, untold_last=len(slots)), at(1)).tells_no_tokens


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        """Unix nanoseconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Noon of 1 November."""
    return Clock()


@pytest.fixture
def at_noon(tmp_path: Path, clock: Clock) -> Iterator[RunningCollector]:
    """A collector on that clock."""
    with RunningCollector(config_for(tmp_path / "x.duckdb"), clock=clock) as running:
        yield running


def test_the_route_and_the_gauges_tell_who_went_quiet(
    at_noon: RunningCollector, clock: Clock
) -> None:
    """Shop and mail call every ten minutes; mail stops at eleven, and is first in the list an hour later."""
    for first, name, until in ((0, "shop", 0), (100, "mail", 50)):
        spans = [
            call(first + number, start=NOON - number * 600 * SECOND, attributes=call_attributes())
            for number in range(1, 60)
            if number * 10 > until
        ]
        body = request(spans, resource={"service.name": name})
        assert at_noon.send(body.SerializeToString()).status_code == 200
    answer = at_noon.get("/api/v1/services")
    assert [(one["service"], one["quiet"]) for one in answer["services"]] == [
        ("mail", False),
        ("shop", False),
    ]
    clock.now = NOON + 600 * SECOND
    answer = at_noon.get("/api/v1/services")
    first = answer["services"][0]
    assert (answer["quiet"], first["service"], first["quiet"]) == (1, "mail", True)
    assert first["last_seen"] == first["quiet_since"] == "2026-11-01T11:00:00Z"
    assert first["usual_gap_seconds"] == SLOT
    assert first["first_seen"] == "2026-11-01T02:00:00Z"
    assert (first["calls_last_hour"], first["calls_last_week"]) == (1, 54)
    assert answer["services"][1]["calls_last_hour"] == 6
    assert at_noon.metric("gemledger_services_quiet") == 1
    told = at_noon.metric('gemledger_service_last_seen_timestamp_seconds{service="mail"}')
    assert told == (NOON - 3600 * SECOND) / SECOND
    assert at_noon.metric("gemledger_services_without_tokens") == 0
