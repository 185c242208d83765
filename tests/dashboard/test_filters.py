"""Time ranges in time zones, and links that lead back to them."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemledger_dashboard.drawing import charts
from gemledger_dashboard.frame import filters

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
    link = filters.parse(window.params(), now, NEW_YORK)
    assert link == filters.Link(window)


@settings(deadline=None)
@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(0, 800), ZONES)
def test_a_link_of_days_leads_back_to_the_same_days(day: date, more: int, zone: ZoneInfo) -> None:
    """Both days of a link are included, in every zone and across every change of the clock."""
    window = filters.custom(day, day + timedelta(days=more), zone)
    link = filters.parse(window.params(), NOW, UTC_ZONE)
    assert link == filters.Link(window)


def test_a_link_may_name_moments_and_gets_whole_ledger_slots() -> None:
    """Moments are widened to the quarter hours the sums are kept by, and survive the way back."""
    params = {"since": "2026-11-12T09:07", "until": "2026-11-12T11:20:00Z", "tz": "Europe/Berlin"}
    window = filters.parse(params, NOW, UTC_ZONE).window
    assert window.since.isoformat() == "2026-11-12T09:00:00+01:00"
    assert window.until.isoformat() == "2026-11-12T12:30:00+01:00"
    assert filters.parse(window.params(), NOW, UTC_ZONE) == filters.Link(window)
    assert window.describe() == "12 Nov 2026, 09:00 to 12 Nov 2026, 12:30, Europe/Berlin"


def test_an_offset_in_a_link_survives_its_plus_sign() -> None:
    """A link's + arrives as a blank; the moment is understood all the same."""
    params = {"since": "2026-11-12T09:00 01:00", "until": "2026-11-12T12:00+01:00"}
    assert filters.parse(params, NOW, UTC_ZONE).window.since.isoformat() == (
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
    link = filters.parse(params, NOW, BERLIN)
    assert link.window == filters.window("30d", NOW, BERLIN)
    assert len(link.problems) == 1
    assert said in link.problems[0]
    assert len(link.problems[0]) < 250


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["range", "tz", "since", "until"]), st.text()))
def test_no_link_breaks_the_page(params: dict[str, str]) -> None:
    """Any text in any parameter gives a window that can be shown."""
    link = filters.parse(params, NOW, UTC_ZONE)
    assert link.window.buckets()
    assert len(link.window.buckets()) <= filters.LONGEST.days + 2


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
    window = filters.parse(params, NOW, UTC_ZONE).window
    assert [start.strftime("%H:%M") for start in window.buckets()] == ["09:00", "10:00", "11:00"]
    labels = charts.bucket_labels(window)
    half_past = window.buckets()[1] + timedelta(minutes=30)
    assert charts.label_at(labels, half_past) == "12 Nov, 10:00"


def test_where_the_clock_changes_by_half_an_hour_no_bar_is_lost() -> None:
    """Lord Howe Island goes back from 02:00 to 01:30: that hour has a bar of ninety minutes' time."""
    window = filters.custom(date(2026, 4, 5), date(2026, 4, 5), ZoneInfo("Australia/Lord_Howe"))
    assert hours(window) == 24.5
    assert len(window.buckets()) == 25
