"""The pages over a real collector: the figures are the story's, and no page ever shows a traceback."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from .conftest import Call, Collector, Open, running

PAGES = (
    "views/overview.py",
    "views/spend.py",
    "views/efficiency.py",
    "views/latency.py",
    "views/alerts.py",
    "views/quality.py",
    "views/labels.py",
    "views/value.py",
    "views/traces.py",
    "views/health.py",
    "views/prices.py",
)
TITLES = {
    "views/overview.py": "Overview",
    "views/spend.py": "Spend",
    "views/efficiency.py": "Efficiency",
    "views/latency.py": "Latency and errors",
    "views/alerts.py": "Alerts",
    "views/quality.py": "Quality",
    "views/labels.py": "Label answers",
    "views/value.py": "Quality for money",
    "views/traces.py": "Traces",
    "views/health.py": "Health",
    "views/prices.py": "Prices",
}
NOBODY = "http://127.0.0.1:9"
"""The discard port: nothing listens there."""


def figures(page: AppTest) -> dict[str, str]:
    """The tiles of a page by their label."""
    return {metric.label: metric.value for metric in page.metric}


def texts(elements: Iterable[object]) -> str:
    """Everything these elements say, without Markdown's backslashes."""
    return "\n".join(str(getattr(element, "value", "")) for element in elements).replace("\\", "")


def days(page: AppTest) -> tuple[date, date]:
    """The days in the sidebar's date field."""
    chosen = page.date_input(key="filter_days").value
    assert isinstance(chosen, tuple)
    assert len(chosen) == 2
    return chosen


def dollars(calls: Iterable[Call]) -> str:
    """What these calls cost by Google's price page, to the cent."""
    return f"${Decimal(sum(call.cost_pico_usd for call in calls)).scaleb(-12):,.2f}"


def in_local_days(collector: Collector, days: int, zone: str) -> list[Call]:
    """The calls of the last so many days on the clock of a zone, today included."""
    today = datetime.now(ZoneInfo(zone)).date()
    return [
        call
        for call in collector.story
        if today - (collector.now - call.before_now).astimezone(ZoneInfo(zone)).date()
        < timedelta(days=days)
    ]


def test_the_link_follows_the_filters_and_stays_across_pages(
    collector: Collector, open_page: Open
) -> None:
    """Whatever is chosen is in the link, and what the link says is chosen, on every page."""
    page = open_page(collector.url, range="7d", tz="Europe/Berlin")
    assert page.selectbox(key="filter_range").value == "7d"
    page.selectbox(key="filter_zone").select("America/New_York").run()
    page.selectbox(key="filter_range").select("90d").run()
    assert page.query_params == {"range": "90d", "tz": "America/New_York"}
    page.query_params.clear()  # as Streamlit does when another page is opened
    page.switch_page("views/alerts.py").run()
    assert page.query_params == {"range": "90d", "tz": "America/New_York"}
    page.selectbox(key="filter_range").select("custom").run()
    first, last = days(page)
    assert page.query_params == {
        "since": first.isoformat(),
        "until": last.isoformat(),
        "tz": "America/New_York",
    }
    assert not page.exception


def test_a_link_with_days_or_moments_is_shown_as_it_says(
    collector: Collector, open_page: Open
) -> None:
    """Days fill the date field; moments are kept to the quarter hour."""
    page = open_page(collector.url, since="2026-11-01", until="2026-11-03", tz="Europe/Berlin")
    assert days(page) == (date(2026, 11, 1), date(2026, 11, 3))
    assert "1 Nov 2026 to 3 Nov 2026, Europe/Berlin" in texts(page.caption)
    page = open_page(collector.url, since="2026-11-01T10:00Z", until="2026-11-01T11:30Z", tz="UTC")
    assert page.query_params["until"] == "2026-11-01T11:30Z"
    assert "1 Nov 2026, 10:00 to 1 Nov 2026, 11:30, UTC" in texts(page.caption)
    assert not page.exception


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "params",
    [
        {"range": "1000y"},
        {"tz": "<script>alert(1)</script>"},
        {"since": "2026-11-20", "until": "2026-11-01"},
        {"since": "'; drop table calls", "until": "\x00"},
    ],
)
def test_a_wrong_link_is_explained_and_the_page_is_there(
    collector: Collector, open_page: Open, page: str, params: dict[str, str]
) -> None:
    """The notice names what is wrong; below it is the page with the default."""
    shown = open_page(collector.url, page, **params)
    assert "are shown" in texts(shown.warning)
    assert shown.title[0].value == TITLES[page]
    assert not shown.exception
    assert shown.query_params["range"] == "30d"


@pytest.mark.parametrize("page", PAGES)
def test_without_a_collector_a_page_says_what_to_do(open_page: Open, page: str) -> None:
    """The address that was tried, the command that starts one, and no traceback."""
    shown = open_page(NOBODY, page)
    assert shown.title[0].value == TITLES[page]
    assert f"No collector answers at {NOBODY}" in texts(shown.error)
    assert len(shown.error) == 1
    assert "gemledger serve" in texts(shown.code)
    assert not shown.exception
    assert not shown.metric


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_ledger_is_not_an_error(
    empty_collector: Collector, open_page: Open, page: str
) -> None:
    """Nothing recorded, nothing configured, nothing judged: each page says how to begin."""
    shown = open_page(empty_collector.url, page)
    assert not shown.exception
    assert not shown.error
    said = texts(shown.info) + texts(shown.code) + texts(shown.success)
    assert {
        "views/overview.py": "gemledger.init(",
        "views/spend.py": "gemledger.init(",
        "views/efficiency.py": "gemledger.init(",
        "views/latency.py": "gemledger.init(",
        "views/alerts.py": "Nothing fires",
        "views/quality.py": "No answer was judged",
        "views/labels.py": "No answer was judged",
        "views/value.py": "gemledger.feedback(",
        "views/traces.py": "gemledger.init(",
        "views/health.py": "gemledger.init(",
        "views/prices.py": "",  # prices are known before the first call
    }[page] in said


def test_a_page_keeps_its_figures_while_the_collector_is_away(
    tmp_path: Path, open_page: Open
) -> None:
    """After an outage the last figures stay, with the time they are from; then they are current again."""
    path = tmp_path / "outage.duckdb"
    with running(path) as collector:
        collector.send((Call(timedelta(minutes=5)),))
        page = open_page(collector.url, tz=collector.zone)
        assert figures(page)["Cost"] == "$0.3000"
        assert not page.warning
    st.cache_data.clear()  # as ten seconds do
    page.run()
    assert figures(page)["Cost"] == "$0.3000"
    assert "These figures are from" in texts(page.warning)
    assert "The collector does not answer" in texts(page.caption)
    assert not page.exception


def test_the_alerts_page_shows_what_fires_how_near_limits_are_and_who_was_told(
    collector: Collector, open_page: Open
) -> None:
    """The budget is at 93 %: three thresholds fire, the fourth is ahead; the log was told of the highest."""
    page = open_page(collector.url, "views/alerts.py", tz=collector.zone)
    assert not page.exception
    said = texts(page.markdown).replace("**", "")
    assert "1 alert fires." in said
    assert "support-daily, 90 %" in said
    assert "$9.30 against $9.00, since" in said
    assert "Told: :material/check: log, arrived" in said
    assert "$9.30 of $10.00 (93.0 %)" in said
    for step in ("50 % = $5.00: firing", "75 % = $7.50: firing", "90 % = $9.00: firing"):
        assert step in said
    assert "100 % = $10.00: not reached" in said
    rules, channels, history, messages = (frame.value for frame in page.dataframe)
    rule = rules.iloc[0]
    assert (rule["Sees now"], rule["Limit"]) == ("$10.43", "spend above $1,000.00")
    assert list(history["State"]) == ["firing"] * 3
    assert list(history["Alert"]) == [f"support-daily, {percent} %" for percent in (90, 75, 50)]
    assert list(history["Told"]) == ["log", "nobody", "nobody"]
    assert set(history["Value"]) == {"$9.30"}
    assert list(messages["Arrived"]) == ["yes"]
    assert list(channels["Channel"]) == ["log"]


def test_the_quality_page_shows_rates_with_intervals_and_the_flagged_answers(
    collector: Collector, open_page: Open
) -> None:
    """40 decided answers, 10 flagged: 25 %, with Wilson's interval; two had no verdict."""
    page = open_page(collector.url, "views/quality.py", tz=collector.zone)
    assert not page.exception
    shown = figures(page)
    assert shown["Judge-flagged"] == "25.0 %"
    assert shown["Corrected"] == "\N{EN DASH}"
    assert shown["Mean score"] == "0.77"
    assert shown["Judged"] == "41"
    said = texts(page.caption)
    assert "14.2 to 40.2 % (95 %)" in said
    assert "10 flagged, 1 cannot tell, 1 error" in said
    assert "not calibrated: it takes 100 more labels" in said
    versions = page.dataframe[0].value
    assert list(versions["Prompt version"]) == ["v8", "v7"]  # v7 was called later
    assert list(versions["Judge-flagged"]) == ["40.0 %", "10.0 %"]
    worst = page.dataframe[1].value
    assert list(worst["Score"]) == ["0.10"] * 2 + ["0.20"] * 8
    assert worst["Reason"][0] == "reason 19: refunds take <b>14</b> days"
    everything = texts([*page.caption, *page.markdown, *page.header, *page.subheader])
    assert "hallucination" not in everything.lower()


def test_the_health_page_shows_what_came_in_what_has_no_price_and_who_reports(
    collector: Collector, open_page: Open
) -> None:
    """Every span of the story once; the one without a price by its reason; the service with its calls."""
    page = open_page(collector.url, "views/health.py", tz=collector.zone)
    assert not page.exception
    shown = figures(page)
    assert shown["Spans taken in"] == str(len(collector.story))
    assert (shown["Left out"], shown["Turned away"]) == ("0", "0")
    assert shown["Queue"] == "0 %"
    assert shown["Free disk"].endswith("B")
    services = page.dataframe[0].value
    assert list(services["Service"]) == ["(not set)"]
    assert services["Last hour"][0] >= 20
    reasons = page.dataframe[1].value.to_dict("records")
    assert {"What": "Calls without a price", "Reason": "unknown model", "How many": 1} in reasons
    assert "Price book" in texts(page.markdown)


def test_the_health_page_says_who_went_quiet_and_what_to_do(
    tmp_path: Path, open_page: Open
) -> None:
    """Calls of days ago, every ten minutes, and none since."""
    with running(tmp_path / "quiet.duckdb") as collector:
        ago = timedelta(days=3)
        collector.send(tuple(Call(ago + timedelta(minutes=10 * n)) for n in range(20)))
        page = open_page(collector.url, "views/health.py", tz=collector.zone)
    assert "went quiet" in texts(page.warning)
    assert "gemledger doctor" in texts(page.warning)
    assert list(page.dataframe[0].value["State"]) == ["quiet"]
    assert not page.exception


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_the_collector_at_most_six_questions(
    page: str, collector: Collector, open_page: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """However much there is to show, six answers are enough for any page, those of the filter bar among them."""
    other = "views/prices.py" if page == PAGES[-2] else PAGES[-2]
    shown = open_page(collector.url, other, tz="Asia/Tokyo")
    st.cache_data.clear()
    with caplog.at_level("INFO", logger="httpx"):
        shown.switch_page(page).run()
    asked = [record for record in caplog.records if record.name == "httpx"]
    assert len(asked) <= 6
    assert not shown.exception
