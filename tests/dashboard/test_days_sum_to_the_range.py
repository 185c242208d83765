"""The days of a range sum to the range: in five time zones, over both days on which their clocks change.

A call every quarter of an hour, each of another cost; which day one belongs to is reckoned here, by the zone's clock.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gemledger_dashboard import questions
from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import filters
from gemledger_dashboard.frame.client import Client
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.spend import grouping, ways
from gemledger_dashboard.spend.sums import Sums

from .bars import drawn
from .conftest import NOW, Call, Collector, Open, running
from .test_pages import figures

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
SPRING = (datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 4, 9, tzinfo=UTC))
AUTUMN = (datetime(2026, 9, 25, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC))
CHANGES = (
    ("Europe/Berlin", date(2026, 3, 29), 23.0),
    ("Europe/Berlin", date(2026, 10, 25), 25.0),
    ("America/New_York", date(2026, 3, 8), 23.0),
    ("America/New_York", date(2026, 11, 1), 25.0),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ("Asia/Kathmandu", date(2026, 3, 29), 24.0),
    ("Asia/Kathmandu", date(2026, 10, 25), 24.0),
    ("Pacific/Apia", date(2026, 4, 5), 24.0),
    ("Pacific/Apia", date(2026, 9, 27), 24.0),
)
"""Days, and how many hours they have; the last two zones have given summer time up, or never had it."""
Moment = tuple[datetime, Call]


def quarters(since: datetime, until: datetime) -> Iterator[Moment]:
    """A call at every quarter of an hour, of three teams or none, no two of one cost."""
    moment, number = since, int(since.timestamp() // 900)
    while moment < until:
        team = ("growth", "search", "support", None)[number % 4]
        tokens = 1_000 + number % 100_003
        yield moment, Call(NOW - moment, team=team, feature=None, input_tokens=tokens)
        moment, number = moment + QUARTER, number + 1


STORY = (*quarters(*SPRING), *quarters(*AUTUMN))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector that has seen spring and autumn."""
    with running(tmp_path_factory.mktemp("ledger") / "year.duckdb") as started:
        started.send(tuple(call for _, call in STORY))
        yield started


@pytest.fixture(scope="module")
def client(year: Collector) -> Iterator[Client]:
    """The dashboard's own, asking that collector."""
    asking = Client(year.url)
    yield asking
    asking.close()


def around(day: date, zone: str) -> Window:
    """Three days: the one before, the day itself, the one after."""
    return filters.custom(day - DAY, day + DAY, ZoneInfo(zone))


def on_its_day(day: date, zone: str) -> list[Call]:
    """The calls of a day by the clock on the wall there."""
    wall = ZoneInfo(zone)
    return [call for moment, call in STORY if moment.astimezone(wall).date() == day]


def cost(calls: list[Call]) -> int:
    """What they cost by Google's price page."""
    return sum(call.cost_pico_usd for call in calls)


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_each_day_is_the_day_on_the_wall_and_days_sum_to_the_range(
    client: Client, zone: str, day: date, hours: float
) -> None:
    """Every bar has exactly the calls of its local day, by whatever it is broken down; together they are the range."""
    window = around(day, zone)
    for by in ("model", "team", ways.KIND):
        spend = client.get(questions.spend(window, "day", *ways.asked(by)))
        bars = grouping.by_bucket(spend)
        assert len(bars) == 3
        for start, sums in bars.items():
            mine = on_its_day(start.astimezone(window.zone).date(), zone)
            assert (sums.calls, sums.cost_pico_usd) == (len(mine), cost(mine))
        assert Sums.total(bars.values()) == spend.totals
        shown = grouping.by_kind(spend) if by == ways.KIND else spend
        series = grouping.series(shown, by, 2)
        parts = Sums.total(series.sums.values())
        assert parts.cost_pico_usd == spend.totals.cost_pico_usd
    change = filters.custom(day, day, window.zone)
    assert (change.until.astimezone(UTC) - change.since.astimezone(UTC)) == timedelta(hours=hours)


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_the_hours_of_a_day_and_days_asked_alone_sum_to_the_same(
    client: Client, zone: str, day: date, hours: float
) -> None:
    """A day asked alone is the day in the range; its hours, also the doubled, halved or missing one, sum to it."""
    window = around(day, zone)
    whole = client.get(questions.spend(window, "total")).totals
    alone = [
        client.get(questions.spend(filters.custom(each, each, window.zone), "hour"))
        for each in (day - DAY, day, day + DAY)
    ]
    assert Sums.total(answer.totals for answer in alone) == whole
    for answer in alone:
        assert Sums.total(grouping.by_bucket(answer).values()) == answer.totals
    assert alone[1].totals.calls == hours * 4
    assert set(grouping.by_bucket(alone[1])) == {
        start.astimezone(UTC) for start in filters.custom(day, day, window.zone).buckets()
    }


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_the_bars_of_the_page_sum_to_its_total(
    year: Collector, open_page: Open, zone: str, day: date, hours: float
) -> None:
    """On the screen: days by day in a range, and hours in the day itself, as amounts and added up."""
    for first, last in ((day - DAY, day + DAY), (day, day)):
        link = {"since": first.isoformat(), "until": last.isoformat(), "tz": zone, "by": "team"}
        page = open_page(year.url, "views/spend.py", **link)
        days = [first + DAY * n for n in range((last - first).days + 1)]
        mine = [call for each in days for call in on_its_day(each, zone)]
        assert figures(page)["Cost"] == formats.usd(cost(mine))
        assert figures(page)["Calls"] == formats.count(len(mine))
        bars = drawn(page)
        assert sum(int(bar["Calls"].replace(",", "")) for bar in bars) == len(mine)
        assert sum(round(bar["cost"] * 10**12) for bar in bars) == cost(mine)
        if first == last:
            assert len(mine) == hours * 4
        teams = page.dataframe[0].value
        assert sum(int(each.scaleb(12)) for each in teams["Cost"]) == cost(mine)


def test_both_changes_in_one_range(client: Client) -> None:
    """From before spring to after autumn, in every zone: each day its own calls, all of them once."""
    for zone in dict.fromkeys(zone for zone, _, _ in CHANGES):
        window = filters.custom(date(2026, 3, 4), date(2026, 11, 6), ZoneInfo(zone))
        spend = client.get(questions.spend(window, "day", "team"))
        bars = grouping.by_bucket(spend)
        assert Sums.total(bars.values()) == spend.totals
        assert spend.totals.cost_pico_usd == cost([call for _, call in STORY])
        assert set(bars) <= {start.astimezone(UTC) for start in window.buckets()}
