"""Pictures: every bar has its place, thresholds stay readable, and text is text."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gemledger_dashboard.alerts import budget_chart
from gemledger_dashboard.alerts.limit_answers import Budget, Threshold
from gemledger_dashboard.drawing import charts, palette
from gemledger_dashboard.frame import filters
from gemledger_dashboard.quality import quality_charts
from gemledger_dashboard.quality.quality_answers import Change, QualityRow
from gemledger_dashboard.spend import grouping, spend_charts, ways
from gemledger_dashboard.spend.spend_answers import Spend, SpendRow
from gemledger_dashboard.spend.spend_charts import Look
from gemledger_dashboard.spend.sums import COST_LINES, Sums

BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN = filters.custom(date(2026, 10, 24), date(2026, 10, 26), BERLIN)


def budget(spent: int, *, firing: tuple[int, ...] = ()) -> Budget:
    """A budget of 10 dollars in which this many dollars are spent."""
    return Budget(
        name="b",
        period="day",
        timezone="UTC",
        period_start=datetime(2026, 11, 20, tzinfo=UTC),
        period_end=datetime(2026, 11, 21, tzinfo=UTC),
        limit_pico_usd=10 * 10**12,
        spent_pico_usd=spent * 10**12,
        filter={},
        severity="critical",
        thresholds=tuple(
            Threshold(percent, "firing" if percent in firing else "inactive", None)
            for percent in (50, 75, 90, 100)
        ),
    )


def judged(version: str | None, start: datetime | None = None) -> QualityRow:
    """Twenty judged answers of a version."""
    interval = (0.1, 0.03, 0.3, 0.9, 0.85, 0.95)
    keys = {"feature": "chat", "prompt_version": version}
    return QualityRow(start, "accuracy", keys, 20, 2, 0, 0, *interval)


def test_the_bars_of_a_chart_are_the_days_of_the_zone() -> None:
    """Three days around the end of summer time: three bars, the calls of the long day in its own."""
    sums = Sums(calls=1, cost_pico_usd=10**12, known_pico_usd=10**12)
    long_day = AUTUMN.buckets()[1]
    rows = (SpendRow(long_day, {"model": "gemini-2.5-flash"}, sums),)
    series = grouping.series(Spend(("model",), rows, sums), "model", most=7)
    name = "gemini-2.5-flash"
    look = Look(ways.AMOUNT, "model", {name: name}, {name: "#123456"})
    chart = spend_charts.bars(series, AUTUMN, look).to_dict()
    assert chart["encoding"]["x"]["scale"]["domain"] == ["24 Oct", "25 Oct", "26 Oct"]
    assert chart["encoding"]["color"]["scale"]["range"] == ["#123456"]
    (values,) = chart["datasets"].values()
    assert [(value["when"], value["Cost"]) for value in values] == [("25 Oct", "$1.00")]


def test_every_kind_of_cost_has_a_name_and_a_colour_of_its_own() -> None:
    """All nine in one bar, the shares beside the amounts."""
    every = Sums(cost_pico_usd=9, **{f"{line}_pico_usd": 1 for line in COST_LINES})
    chart = spend_charts.cost_lines(every).to_dict()
    names = chart["encoding"]["color"]["scale"]["domain"]
    assert len(set(names)) == len(set(chart["encoding"]["color"]["scale"]["range"])) == 9
    (values,) = chart["datasets"].values()
    assert [value["Kind"] for value in values] == names
    assert {value["Share"] for value in values} == {"11.1 %"}


def test_a_range_over_new_year_names_the_year() -> None:
    """Two days with the same name in two years are two bars."""
    window = filters.custom(date(2026, 1, 1), date(2027, 1, 1), BERLIN)
    labels = list(charts.bucket_labels(window).values())
    assert labels[0] == "1 Jan 2026"
    assert labels[-1] == "1 Jan 2027"
    assert len(set(labels)) == 366


def test_a_legend_shows_foreign_names_as_text() -> None:
    """A model's name is whatever an app sent; in the legend it is not HTML."""
    legend = charts.legend(["<img src=x onerror=alert(1)>"], {})
    assert "<img" not in legend
    assert "&lt;img src=x onerror=alert(1)&gt;" in legend
    assert palette.OTHERS in legend


@pytest.mark.parametrize(
    ("spent", "firing", "state"),
    [(1, (), "inactive"), (8, (50, 75), "pending"), (10, (50, 75, 90, 100), "firing")],
)
def test_a_budget_is_calm_then_amber_then_red(
    spent: int, firing: tuple[int, ...], state: str
) -> None:
    """Amber as soon as a threshold fires, red when the limit is reached."""
    assert budget_chart.colour(budget(spent, firing=firing)) == palette.STATE[state]


@pytest.mark.parametrize("spent", [0, 9, 11, 500])
def test_a_budgets_thresholds_stay_on_the_track(spent: int) -> None:
    """However far over the limit, the thresholds are at least a tenth of the track apart at the top."""
    chart = budget_chart.budget(budget(spent)).to_dict()
    x = chart["layer"][0]["encoding"]["x"]
    end = x["scale"]["domain"][1]
    assert x["axis"]["values"] == [50, 75, 90, 100]
    assert 100 < end <= 150


def test_a_thresholds_amount_is_rounded_up_to_where_it_is_reached() -> None:
    """A third of a picodollar is not spent: the threshold is reached with the next whole one."""
    assert budget_chart.threshold_amount(budget(1), 75) == 7_500_000_000_000
    odd = Budget(
        **{name: getattr(budget(1), name) for name in Budget.__slots__} | {"limit_pico_usd": 3}
    )
    assert budget_chart.threshold_amount(odd, 50) == 2


def test_a_day_without_verdicts_is_a_gap_and_not_a_zero() -> None:
    """The line breaks where nothing was judged."""
    window = filters.custom(date(2026, 11, 18), date(2026, 11, 20), BERLIN)
    first = window.buckets()[0]
    rows = [judged("v1", first), judged("v1", first + timedelta(days=2))]
    (values,) = quality_charts.bad_rate(rows, window).to_dict()["datasets"].values()
    assert [value["value"] for value in values] == [0.1, None, 0.1]
    assert values[0]["95 % interval"] == "3.0 % to 30.0 %"


def test_a_change_is_a_line_in_the_rates_of_its_day() -> None:
    """With what it was before and after; without a change there is none."""
    window = filters.custom(date(2026, 11, 18), date(2026, 11, 20), BERLIN)
    rows = [judged("v1", window.buckets()[0])]
    noon = window.buckets()[1] + timedelta(hours=12)
    change = Change(
        time=noon, exact=True, kind="prompt_version", feature="chat", before="v7", after="v8"
    )
    datasets = quality_charts.bad_rate(rows, window, [change]).to_dict()["datasets"].values()
    marks = [values for values in datasets if "Changed" in values[0]]
    assert [(mark["when"], mark["Changed"]) for mark in marks[0]] == [
        ("19 Nov", "chat: prompt version v7 → v8")
    ]
    assert marks[0][0]["name"] == "v8"
    assert len(quality_charts.bad_rate(rows, window).to_dict()["datasets"]) == 1


def test_hovering_a_change_tells_it_wherever_it_is_hit() -> None:
    """On the line, beside it, and on the name above; several changes of a day are told together."""
    window = filters.custom(date(2026, 11, 18), date(2026, 11, 20), BERLIN)
    at = window.buckets()[1] + timedelta(hours=12)
    changes = [
        Change(at, exact, "model", "chat", f"m{number}", f"m{number + 1}")
        for number, exact in enumerate((True, False, True, True))
    ]
    chart = quality_charts.bad_rate([judged("v1", window.buckets()[0])], window, changes).to_dict()
    marks = chart["layer"][1:]
    assert [mark["mark"]["type"] for mark in marks] == ["rule", "rule", "text"]
    for mark in marks:
        assert [field["field"] for field in mark["encoding"]["tooltip"]] == ["Changed", "At"]
    (told,) = next(values for values in chart["datasets"].values() if "Changed" in values[0])
    assert told["name"] == "4 changes"
    assert told["Changed"].endswith("chat: model m2 → m3; and 1 more")
    assert told["At"] == "19 Nov 2026, 12:00, about 19 Nov 2026, 12:00"


def test_the_corrected_rate_has_its_own_interval() -> None:
    """Where it is known; the day without one is a gap."""
    window = filters.custom(date(2026, 11, 18), date(2026, 11, 20), BERLIN)
    first, second, _ = window.buckets()
    known = replace(
        judged("v1", first), corrected_rate=0.05, corrected_rate_low=0.01, corrected_rate_high=0.2
    )
    chart = quality_charts.corrected_rate([known, judged("v1", second)], window).to_dict()
    (values,) = chart["datasets"].values()
    assert [value["value"] for value in values] == [0.05, None, None]
    assert values[0]["95 % interval"] == "1.0 % to 20.0 %"
