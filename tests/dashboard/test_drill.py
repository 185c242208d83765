"""From a bar to its calls: the link has the time of the bar, its value, and what was chosen already."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from gemledger_dashboard.frame import filters, link_times
from gemledger_dashboard.spend import drill, grouping, spend_charts
from gemledger_dashboard.spend.drill import Behind
from gemledger_dashboard.spend.sums import Sums

BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN = filters.custom(date(2026, 10, 24), date(2026, 10, 26), BERLIN)


def test_every_bar_of_a_window_is_its_own_time_and_together_they_are_the_window() -> None:
    """Days and hours, the long day too: no gap, no overlap, and a link says the same."""
    for window in (AUTUMN, filters.custom(date(2026, 10, 25), date(2026, 10, 25), BERLIN)):
        bars = [drill.bar(window, start) for start in window.buckets()]
        assert bars[0].since == window.since
        assert bars[-1].until == window.until
        assert all(
            one.until.astimezone(UTC) == two.since.astimezone(UTC) for one, two in pairwise(bars)
        )
        for bar in bars:
            told = link_times.parse(
                bar.params(), datetime(2026, 11, 1, tzinfo=UTC), link_times.Usual(BERLIN)
            )
            assert told.window.bounds() == bar.bounds()


def test_a_link_keeps_what_was_chosen_and_adds_the_bar() -> None:
    """The value of the bar takes the place of its dimension's filter; a kind of cost has none, nor have very many."""
    at = datetime(2026, 11, 1, 10, tzinfo=UTC)
    link = Behind(AUTUMN, "team", ("",)).link({"team": ["a"], "model": ["m", "n"]}, at)
    assert link["team"] == [""]
    assert link["model"] == ["m", "n"]
    assert link["at"] == ["2026-11-01T10:00Z"]
    assert link["order"] == ["dearest"]
    assert link["since"] == ["2026-10-24"]
    assert "kind" not in Behind(AUTUMN, "kind", ("Input",)).link({}, None)
    assert "team" not in Behind(AUTUMN, "team", tuple(map(str, range(99)))).link({}, None)


def test_a_bar_has_no_tick_where_the_period_before_had_no_calls() -> None:
    """Nothing was there to compare with: no zero is drawn."""
    start = AUTUMN.buckets()[0].astimezone(UTC)
    spent = Sums(calls=1, cost_pico_usd=10**12)
    chart = spend_charts.two_periods({start: spent}, [Sums(), spent], AUTUMN).to_dict()
    (rows,) = chart["datasets"].values()
    assert rows[0]["before"] is None or rows[0]["before"] != rows[0]["before"]
    assert [row["Before"] for row in rows] == ["\N{EN DASH}", "$1.00", "\N{EN DASH}"]


def test_what_is_added_up_ends_at_the_sum() -> None:
    """The last bar has everything, each bar at least what the one before it had."""
    starts = AUTUMN.buckets()
    sums = {
        (start.astimezone(UTC), "m"): Sums(calls=1, cost_pico_usd=10 + n)
        for n, start in enumerate(starts)
    }
    added = grouping.running(grouping.Series(("m",), sums), starts)
    costs = [added.sums[start.astimezone(UTC), "m"].cost_pico_usd for start in starts]
    assert costs == [10, 21, 33]
    assert starts[1] - starts[0] == timedelta(days=1)
