"""Time ranges in time zones, and links that lead back to them."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemledger_dashboard.drawing import charts
from gemledger_dashboard.frame import filters, link_times
from gemledger_dashboard.frame.link_times import Usual

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
UTC_ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
NAMES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)
ZONES = st.sampled_from([ZoneInfo(name) for name in NAMES])
MOMENTS = st.integers(0, 6 * 366 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
NAMED = st.sampled_from([name for name in filters.RANGES if name != "custom"])


def hours(window: filters.Window) -> float:
    """The true length of a window."""
    return (window.until.astimezone(UTC) - window.since.astimezone(UTC)) / timedelta(hours=1)


def test_today_begins_at_the_readers_midnight() -> None:
    """At 23:30 UTC it is tomorrow in Berlin, and still today in New York."""
    assert filters.today(NOW, BERLIN).since.isoformat() == "2026-11-21T00:00:00+01:00"
    assert filters.today(NOW, NEW_YORK).since.isoformat() == "2026-11-20T00:00:00-05:00"


@pytest.mark.parametrize(
    ("day", "length"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 20), 24)],
)
def test_a_day_is_as_long_as_the_clock_says(day: date, length: int) -> None:
    """Days on which the clock changes have 23 or 25 hours, and as many bars, each with its own label."""
    window = filters.custom(day, day, BERLIN)
    assert hours(window) == length
    assert window.bucket == "hour"
    assert len(window.buckets()) == length
    assert len(set(charts.bucket_labels(window).values())) == length


def test_a_day_without_midnight_begins_when_the_clock_jumps() -> None:
    """In Cairo the clock jumps from 00:00 to 01:00 on 24 April 2026: that day has 23 hours."""
    window = filters.custom(date(2026, 4, 24), date(2026, 4, 24), ZoneInfo("Africa/Cairo"))
    assert window.since.isoformat() == "2026-04-24T01:00:00+03:00"
    assert hours(window) == 23


@settings(deadline=None)
@given(NAMED, MOMENTS, ZONES)
def test_the_bars_of_a_window_fill_it_without_gap_or_overlap(
    name: str, now: datetime, zone: ZoneInfo
) -> None:
    """Bars begin where the window does, go forward, end inside it, and have labels of their own."""
    window = filters.window(name, now, zone)
    starts = [start.astimezone(UTC) for start in window.buckets()]
    assert starts[0] == window.since.astimezone(UTC)
    assert window.until.astimezone(UTC) - starts[-1] <= timedelta(hours=25)
    assert starts == sorted(set(starts))
    assert starts[-1] < window.until.astimezone(UTC)
    longest = timedelta(hours=1) if window.bucket == "hour" else timedelta(hours=25)
    edges = [*starts, window.until.astimezone(UTC)]
    assert all(after - before <= longest for before, after in itertools.pairwise(edges))
    assert len(set(charts.bucket_labels(window).values())) == len(starts)


@settings(deadline=None)
@given(NAMED, MOMENTS, ZONES)
def test_a_link_leads_back_to_the_same_window(name: str, now: datetime, zone: ZoneInfo) -> None:
    """Whoever opens the link at the same moment sees the same time, whatever their own zone."""
    window = filters.window(name, now, zone)
    link = link_times.parse(window.params(), now, Usual(NEW_YORK))
    assert link == link_times.LinkTimes(window)


@settings(deadline=None)
@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(0, 800), ZONES)
def test_a_link_of_days_leads_back_to_the_same_days(day: date, more: int, zone: ZoneInfo) -> None:
    """Both days of a link are included, in every zone and across every change of the clock."""
    window = filters.custom(day, day + timedelta(days=more), zone)
    link = link_times.parse(window.params(), NOW, Usual(UTC_ZONE))
    assert link == link_times.LinkTimes(window)


def test_a_link_may_name_moments_and_gets_whole_ledger_slots() -> None:
    """Moments are widened to the quarter hours the sums are kept by, and survive the way back."""
    params = {"since": "2026-11-12T09:07", "until": "2026-11-12T11:20:00Z", "tz": "Europe/Berlin"}
    window = link_times.parse(params, NOW, Usual(UTC_ZONE)).window
    assert window.since.isoformat() == "2026-11-12T09:00:00+01:00"
    assert window.until.isoformat() == "2026-11-12T12:30:00+01:00"
    assert link_times.parse(window.params(), NOW, Usual(UTC_ZONE)) == link_times.LinkTimes(window)
    assert window.describe() == "12 Nov 2026, 09:00 to 12 Nov 2026, 12:30, Europe/Berlin"


def test_an_offset_in_a_link_survives_its_plus_sign() -> None:
    """A link's + arrives as a blank; the moment is understood all the same."""
    params = {"since": "2026-11-12T09:00 01:00", "until": "2026-11-12T12:00+01:00"}
    assert link_times.parse(params, NOW, Usual(UTC_ZONE)).window.since.isoformat() == (
        "2026-11-12T08:00:00+00:00"
    )


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"range": "30"}, "“30” is not a time range"),
        ({"range": "custom"}, "“custom” is not a time range"),
        ({"tz": "Europe/Atlantis"}, "“Europe/Atlantis” is not a time zone"),
        ({"tz": "../../etc/passwd"}, "is not a time zone"),
        ({"since": "yesterday"}, "“yesterday” is not a date"),
        ({"since": "2026-13-01"}, "“2026-13-01” is not a date"),
        ({"since": "9999-12-31"}, "since is not before until"),
        ({"until": "9999-12-31"}, "is not a date"),
        ({"until": "2026-11-20"}, "not since when"),
        ({"since": "2026-11-20", "until": "2026-11-19"}, "since is not before until"),
        ({"since": "2016-01-01"}, "more than three years"),
        ({"range": "x" * 5_000}, "…” is not a time range"),
    ],
)
def test_a_wrong_link_is_told_and_the_default_is_shown(params: dict[str, str], said: str) -> None:
    """What cannot be followed is named with what is shown instead; nothing fails."""
    link = link_times.parse(params, NOW, Usual(BERLIN))
    assert link.window == filters.window("30d", NOW, BERLIN)
    assert len(link.problems) == 1
    assert said in link.problems[0]
    assert len(link.problems[0]) < 250


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["range", "tz", "since", "until"]), st.text()))
def test_no_link_breaks_the_page(params: dict[str, str]) -> None:
    """Any text in any parameter gives a window that can be shown."""
    link = link_times.parse(params, NOW, Usual(UTC_ZONE))
    assert link.window.buckets()
    assert len(link.window.buckets()) <= link_times.LONGEST.days + 2


def test_the_month_to_date_and_the_last_month_meet() -> None:
    """One month ends where the next begins, also where February is the last one."""
    march = datetime(2027, 3, 1, 12, tzinfo=UTC)
    this, last = filters.month_to_date(march, BERLIN), filters.window("last-month", march, BERLIN)
    assert this.since == last.until
    assert hours(last) == 28 * 24
    assert last.describe() == "1 Feb 2027 to 28 Feb 2027, Europe/Berlin"


def test_every_zone_to_choose_from_exists() -> None:
    """UTC comes first, no name comes twice, and each can be loaded."""
    names = filters.zone_names()
    assert names[0] == "UTC"
    assert len(names) == len(set(names)) > 400
    assert "Europe/Berlin" in names
    assert filters.zone_or_utc(None) == filters.zone_or_utc("Mars/Olympus") == UTC_ZONE


def test_a_window_that_begins_within_an_hour_has_that_hours_bar() -> None:
    """The collector answers by whole hours of the zone; each of its bars finds its place."""
    params = {"since": "2026-11-12T09:15", "until": "2026-11-12T11:20", "tz": "Asia/Kathmandu"}
    window = link_times.parse(params, NOW, Usual(UTC_ZONE)).window
    assert [start.strftime("%H:%M") for start in window.buckets()] == ["09:00", "10:00", "11:00"]
    labels = charts.bucket_labels(window)
    half_past = window.buckets()[1] + timedelta(minutes=30)
    assert charts.label_at(labels, half_past) == "12 Nov, 10:00"


def test_where_the_clock_changes_by_half_an_hour_no_bar_is_lost() -> None:
    """Lord Howe Island goes back from 02:00 to 01:30: that hour has a bar of ninety minutes' time."""
    window = filters.custom(date(2026, 4, 5), date(2026, 4, 5), ZoneInfo("Australia/Lord_Howe"))
    assert hours(window) == 24.5
    assert len(window.buckets()) == 25


@given(chosen=NAMED, now=MOMENTS, zone=ZONES, starts_on=st.integers(1, 28))
def test_a_month_can_begin_on_any_day(
    chosen: str, now: datetime, zone: ZoneInfo, starts_on: int
) -> None:
    """Months follow each other without a gap, each beginning on that day; other ranges know nothing of it."""
    month = filters.window("month", now, zone, starts_on)
    last = filters.window("last-month", now, zone, starts_on)
    assert month.since.day == last.since.day == starts_on
    assert last.until == month.since <= now < month.until
    if chosen not in {"month", "last-month"}:
        assert filters.window(chosen, now, zone, starts_on) == filters.window(chosen, now, zone)


@pytest.mark.parametrize(
    ("params", "since", "until"),
    [
        ({"range": "month"}, "2026-11-01T00:00:00+01:00", "2026-11-20T14:15:00+01:00"),
        ({"range": "today"}, "2026-11-20T00:00:00+01:00", "2026-11-20T14:15:00+01:00"),
        (
            {"since": "2026-11-19", "until": "2026-11-30"},
            "2026-11-19T00:00:00+01:00",
            "2026-11-20T14:15:00+01:00",
        ),
        ({"range": "last-month"}, "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00"),
    ],
)
def test_a_link_can_fix_the_moment_it_is_looked_from(
    params: dict[str, str], since: str, until: str
) -> None:
    """Nothing later than its slot is in a window, whenever it is opened."""
    later = NOW + timedelta(days=400)
    link = link_times.parse({**params, "at": "2026-11-20T13:07Z"}, later, Usual(BERLIN))
    assert link.at is not None
    shown = filters.ending(link.window, link.at)
    assert (shown.since.isoformat(), shown.until.isoformat()) == (since, until)
    assert link.problems == ()


def test_a_moment_that_is_none_is_told_and_one_to_come_is_now() -> None:
    """The page shows the present, and says why."""
    link = link_times.parse({"at": "teatime"}, NOW, Usual(UTC_ZONE))
    assert link.at is None
    assert "“teatime” is not a date" in link.problems[0]
    assert link_times.parse({"at": "2030-01-01T00:00Z"}, NOW, Usual(UTC_ZONE)).at is None


@pytest.mark.parametrize(
    ("chosen", "at", "since", "until"),
    [
        ("month", "2026-11-20T14:00", "2026-10-01T00:00:00+02:00", "2026-10-20T14:00:00+02:00"),
        ("month", "2026-03-31T12:00", "2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00"),
        (
            "last-month",
            "2026-11-20T14:00",
            "2026-09-01T00:00:00+02:00",
            "2026-10-01T00:00:00+02:00",
        ),
        ("today", "2026-10-26T09:30", "2026-10-25T00:00:00+02:00", "2026-10-25T09:30:00+01:00"),
        ("7d", "2026-11-20T14:00", "2026-11-07T00:00:00+01:00", "2026-11-13T14:00:00+01:00"),
        ("24h", "2026-11-20T14:00", "2026-11-18T16:00:00+01:00", "2026-11-19T15:00:00+01:00"),
    ],
)
def test_a_window_is_compared_with_as_much_before_it(
    chosen: str, at: str, since: str, until: str
) -> None:
    """A month with the same days of the month before, all of it where that is shorter; days with as many days."""
    moment = datetime.fromisoformat(at).replace(tzinfo=BERLIN)
    shown = filters.ending(filters.window(chosen, moment, BERLIN), moment)
    earlier = filters.before(shown)
    assert (earlier.since.isoformat(), earlier.until.isoformat()) == (since, until)


@given(chosen=NAMED, now=MOMENTS, zone=ZONES)
def test_what_is_compared_never_overlaps(chosen: str, now: datetime, zone: ZoneInfo) -> None:
    """The period before ends where the window begins, or earlier, and is not empty."""
    shown = filters.ending(filters.window(chosen, now, zone), now)
    earlier = filters.before(shown)
    ends = [moment.astimezone(UTC) for moment in (earlier.since, earlier.until, shown.since)]
    assert ends[0] < ends[1] <= ends[2]
