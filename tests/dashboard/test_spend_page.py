"""The Spend page over a real collector: its figures are the story's by the published prices."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from .conftest import Call, Collector, Open
from .test_pages import dollars, figures, in_local_days, texts

DASH = "\N{EN DASH}"
PAGE = "views/spend.py"


def exact(calls: Iterable[Call]) -> Decimal:
    """What these calls cost, to the picodollar."""
    return Decimal(sum(call.cost_pico_usd for call in calls)).scaleb(-12)


def subheaders(page: AppTest) -> list[str]:
    """The titles of the parts of a page."""
    return [heading.value for heading in page.subheader]


def test_the_figures_are_those_of_the_ledger(collector: Collector, open_page: Open) -> None:
    """Cost, calls, cost of a call and what has no team are the story's; certainty stands beside the total."""
    page = open_page(collector.url, PAGE, tz=collector.zone)
    shown = in_local_days(collector, 30, collector.zone)
    whole = sum(call.cost_pico_usd for call in shown)
    assert not page.exception
    assert page.title[0].value == "Spend"
    tiles = figures(page)
    assert tiles["Cost"] == dollars(shown)
    assert tiles["Calls"] == str(len(shown))
    each = Decimal(whole // (len(shown) - 1)).scaleb(-12)
    assert tiles["Cost per call"] == f"${each:.4f}"
    assert tiles["Without an owner"] == "0 %"
    assert f"{dollars(shown)} known | $0.00 estimated | 1 unpriced" in texts(page.caption)


def test_a_window_is_compared_with_the_one_before_it(collector: Collector, open_page: Open) -> None:
    """The month before cost two cents; of a time without calls there is nothing to compare with."""
    page = open_page(collector.url, PAGE, tz=collector.zone)
    assert figures(page)["Change"].startswith("+")
    assert "$0.0233 from" in texts(page.caption)
    day = open_page(collector.url, PAGE, tz=collector.zone, since="2024-01-01", until="2024-01-01")
    assert figures(day)["Change"] == DASH
    assert "nothing to compare with" in texts(day.caption)


def test_the_tables_are_exact_and_a_model_without_a_price_has_no_cost(
    collector: Collector, open_page: Open
) -> None:
    """Costs are Decimals to the last picodollar; what has no price shows none; labels stay text."""
    page = open_page(collector.url, PAGE, tz=collector.zone)
    models = page.dataframe[0].value.set_index("Model")
    total = exact(in_local_days(collector, 30, collector.zone))
    assert models.loc["gemini-2.5-flash", "Cost"] == total
    assert models["Cost"].isna()["never-heard-of-it"]
    assert models.loc["never-heard-of-it", "Unpriced calls"] == 1
    page.selectbox(key="choice_by").select("feature").run()
    features = page.dataframe[0].value
    assert set(features["Feature"]) == {"support-chat", "=campaign", "<b>search</b>", "(not set)"}
    assert list(features["Cost"].dropna()) == sorted(features["Cost"].dropna(), reverse=True)
    assert features["Cost"].dropna().sum() == total
    assert page.query_params["by"] in ("feature", ["feature"])
    assert not page.exception


def test_the_kinds_of_cost_sum_to_the_total(collector: Collector, open_page: Open) -> None:
    """Input, cached input, output: in a reader's words, to the last picodollar, without empty kinds."""
    page = open_page(collector.url, PAGE, tz=collector.zone)
    kinds = page.dataframe[1].value
    assert list(kinds["Kind"]) == ["Input", "Cached input", "Output"]
    assert kinds["Cost"].sum() == exact(in_local_days(collector, 30, collector.zone))
    assert [button.label for button in page.download_button] == ["CSV", "Parquet"] * 2


@pytest.mark.parametrize(
    "by", ["team", "environment", "service_tier", "prompt_version", "user", "kind"]
)
@pytest.mark.parametrize("shown_as", ["amount", "share", "cumulative", "before"])
def test_every_way_to_look_at_spend_is_drawn_and_stays_in_the_link(
    collector: Collector, open_page: Open, by: str, shown_as: str
) -> None:
    """Whatever it is broken down by and however it is drawn: no exception, and the whole is the same."""
    page = open_page(collector.url, PAGE, tz=collector.zone, by=by, **{"as": shown_as})
    assert not page.exception
    assert not page.error
    assert figures(page)["Cost"] == dollars(in_local_days(collector, 30, collector.zone))
    assert page.query_params["by"] in (by, [by])
    if by == "user":
        assert "By whole days of UTC" in texts(page.caption)
        assert "No call of this time has a user" in texts(page.info)
    else:
        assert len(page.get("vega_lite_chart")) == 2  # over time, and what it was for


def test_a_short_range_has_a_bar_for_each_hour(collector: Collector, open_page: Open) -> None:
    """A day is shown by the hour, and says so."""
    page = open_page(collector.url, PAGE, range="today", tz=collector.zone)
    assert "Hourly spend by model" in subheaders(page)
    assert figures(page)["Calls"] == str(len(in_local_days(collector, 1, collector.zone)))


def test_a_day_belongs_to_the_zone_of_the_link(collector: Collector, open_page: Open) -> None:
    """Where it is already tomorrow, today is another day: the same story, other sums, never doubled."""
    seen = set()
    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Niue", collector.zone):
        page = open_page(collector.url, PAGE, tz=zone, range="today")
        today = in_local_days(collector, 1, zone)
        assert figures(page)["Calls"] == str(len(today)), zone
        assert Decimal(len(today)) == 0 or figures(page)["Cost"] == dollars(today)
        seen.add(figures(page)["Cost"])
    assert len(seen) > 1


def test_this_month_up_to_now_is_what_the_ledger_says(
    collector: Collector, open_page: Open
) -> None:
    """The month of the zone, not of UTC."""
    page = open_page(collector.url, PAGE, range="month", tz=collector.zone)
    days = datetime.now(ZoneInfo(collector.zone)).day
    assert figures(page)["Cost"] == dollars(in_local_days(collector, days, collector.zone))
