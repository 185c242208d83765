"""Periods tile time in every zone, whatever its clocks do."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.alerts.periods import Calendar, moment, rolling, unix_nano
from gemledger_collector.alerts.slots import SLOT_NS

ZONES = sorted(available_timezones() - {"localtime"})
MOMENTS = st.integers(
    unix_nano(datetime.fromisoformat("1971-01-01T00:00:00Z")),
    unix_nano(datetime.fromisoformat("2099-12-31T00:00:00Z")),
)
CALENDARS = st.builds(
    Calendar,
    st.sampled_from(["day", "week", "month"]),
    st.sampled_from(ZONES),
    st.integers(1, 28),
    st.sampled_from(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
)
WITH_CHANGES = (
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Beirut",
    "Asia/Gaza",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Kwajalein",
)


@given(CALENDARS, MOMENTS)
def test_every_moment_is_in_exactly_one_period(calendar: Calendar, at: int) -> None:
    """Neither a gap nor an overlap: the period found from its own first and last moment is the same."""
    period = calendar.containing(at)
    assert period.start_unix_nano <= at < period.end_unix_nano
    assert calendar.containing(period.start_unix_nano) == period
    assert calendar.containing(period.end_unix_nano - 1) == period
    assert calendar.after(period).start_unix_nano == period.end_unix_nano
    assert calendar.before(period).end_unix_nano == period.start_unix_nano


@given(CALENDARS, MOMENTS)
def test_the_days_of_a_week_or_month_sum_to_it(calendar: Calendar, at: int) -> None:
    """A longer period begins with a day and ends with a day, and its days are as long as it is."""
    period = calendar.containing(at)
    days = Calendar("day", calendar.timezone)
    reached, total = period.start_unix_nano, 0
    while reached < period.end_unix_nano:
        day = days.containing(reached)
        assert day.start_unix_nano == reached
        reached, total = day.end_unix_nano, total + day.end_unix_nano - day.start_unix_nano
    assert reached == period.end_unix_nano
    assert total == period.end_unix_nano - period.start_unix_nano


@given(st.sampled_from(WITH_CHANGES), MOMENTS)
def test_days_tile_where_clocks_change_at_midnight(zone: str, at: int) -> None:
    """Zones that skip, repeat or leave out a midnight have days without gap or overlap as well."""
    days = Calendar("day", zone)
    day = days.containing(at)
    assert day.start_unix_nano <= at < day.end_unix_nano
    assert days.after(day).start_unix_nano == day.end_unix_nano


@given(CALENDARS, MOMENTS)
def test_a_period_begins_on_its_day(calendar: Calendar, at: int) -> None:
    """Months begin on the day that was asked for, weeks on theirs, where that day exists at all."""
    first = moment(calendar.containing(at).start_unix_nano, ZoneInfo(calendar.timezone)).date()
    if calendar.timezone in {"Pacific/Apia", "Pacific/Fakaofo", "Pacific/Kwajalein", "Kwajalein"}:
        return  # they once left out a whole day, and what begins on it begins a day later
    if calendar.unit == "month":
        assert first.day == calendar.month_starts_on
    if calendar.unit == "week":
        assert first.strftime("%A").lower() == calendar.week_starts_on


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-10", 24)],
)
def test_a_day_of_daylight_saving_has_23_or_25_hours(day: str, hours: int) -> None:
    """Berlin's clocks go forward in March and back in October; the day is one day all the same."""
    zone = ZoneInfo("Europe/Berlin")
    noon = datetime.combine(date.fromisoformat(day), datetime.min.time(), zone) + timedelta(
        hours=12
    )
    period = Calendar("day", "Europe/Berlin").containing(unix_nano(noon))
    assert period.end_unix_nano - period.start_unix_nano == hours * 3600 * 10**9


def test_an_evening_that_comes_twice_belongs_to_one_day_each_time() -> None:
    """In St. John's on 2010-11-07 the clocks went back at 00:01: the second evening is of the day that had begun."""
    days = Calendar("day", "America/St_Johns")
    before = unix_nano(datetime.fromisoformat("2010-11-07T02:00:00Z"))
    day = days.containing(before)
    second_evening = unix_nano(datetime.fromisoformat("2010-11-07T02:45:00Z"))
    assert day.end_unix_nano == unix_nano(datetime.fromisoformat("2010-11-07T02:30:00Z"))
    assert days.containing(second_evening) == days.after(day)


@pytest.mark.parametrize(
    ("calendar", "start", "end"),
    [
        (Calendar("month"), "2026-11-01", "2026-12-01"),
        (Calendar("month", month_starts_on=15), "2026-10-15", "2026-11-15"),
        (Calendar("month", month_starts_on=10), "2026-11-10", "2026-12-10"),
        (Calendar("week"), "2026-11-09", "2026-11-16"),
        (Calendar("week", week_starts_on="sunday"), "2026-11-08", "2026-11-15"),
        (Calendar("week", week_starts_on="wednesday"), "2026-11-04", "2026-11-11"),
    ],
)
def test_a_fiscal_month_and_a_week_begin_where_they_are_told_to(
    calendar: Calendar, start: str, end: str
) -> None:
    """2026-11-10 is a Tuesday."""
    period = calendar.containing(unix_nano(datetime.fromisoformat("2026-11-10T08:00:00Z")))
    shown = [
        moment(at, ZoneInfo("UTC")).date() for at in (period.start_unix_nano, period.end_unix_nano)
    ]
    assert shown == [date.fromisoformat(start), date.fromisoformat(end)]


@given(MOMENTS, st.integers(1, 92 * 96))
def test_a_rolling_period_ends_with_the_running_slot(at: int, slots: int) -> None:
    """It is made of whole slots of the ledger, and holds the moment."""
    period = rolling(at, slots * SLOT_NS)
    assert period.start_unix_nano <= at < period.end_unix_nano
    assert period.end_unix_nano - period.start_unix_nano == slots * SLOT_NS
    assert period.end_unix_nano - at <= SLOT_NS
