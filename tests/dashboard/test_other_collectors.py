"""A collector that is older, newer, slow or odd: each page says what is so, keeps its place, shows no traceback."""

import math
import re
from collections.abc import Iterator

import pytest
import streamlit as st
from support.between import Between, between, newer, older

from gemledger_dashboard.frame import client

from .conftest import Collector, Open
from .test_pages import PAGES, TITLES, figures, texts

MISLEADING = re.compile(r"\bNaN\b|\bnan\b|\bNaT\b|\binf\b")


@pytest.fixture
def middle(collector: Collector) -> Iterator[Between]:
    """Something between the pages and the collector with the story."""
    with between(collector.url) as running:
        yield running


@pytest.mark.parametrize("page", PAGES)
def test_an_older_collector_is_told_from_one_that_is_away(
    middle: Between, open_page: Open, page: str
) -> None:
    """What it does not know is named once with what to do; nobody is told that nothing answers."""
    middle.change = older
    shown = open_page(middle.url, page)
    assert not shown.exception
    assert shown.title[0].value == TITLES[page]
    assert "does not answer" not in texts(shown.caption) + texts(shown.warning)
    if shown.error:
        assert "does not know /api/v1/" in texts(shown.error)
        assert "This collector is older than the dashboard" in texts(shown.markdown)
        assert len(shown.error) == 1
    else:
        assert shown.metric or shown.info or shown.success


@pytest.mark.parametrize("page", PAGES)
def test_a_newer_collector_is_understood(
    middle: Between, collector: Collector, open_page: Open, page: str
) -> None:
    """What it says besides changes no figure."""
    now = figures(open_page(collector.url, page, range="90d", tz="UTC"))
    st.cache_data.clear()
    middle.change = newer
    shown = open_page(middle.url, page, range="90d", tz="UTC")
    assert not shown.exception
    assert not shown.error
    assert figures(shown).keys() == now.keys()
    if page != "views/health.py":  # which shows what the collector does this second
        assert figures(shown) == now


def test_a_collector_that_takes_too_long_is_unreachable_and_what_was_known_stays(
    middle: Between, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page waits no longer than it promises, then shows what it knew with the time that is from."""
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.5)
    shown = open_page(middle.url, range="90d")
    known = figures(shown)
    middle.wait_seconds = 2.0
    st.cache_data.clear()
    shown.run()
    assert not shown.exception
    assert "These figures are from" in texts(shown.warning)
    assert figures(shown) == known


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_number_that_is_none(
    collector: Collector, empty_collector: Collector, open_page: Open, page: str
) -> None:
    """Where there is nothing to divide by is a dash, or no tile: with calls, without, and where a filter fits none."""
    cases: list[tuple[str, dict[str, str | list[str]]]] = [
        (collector.url, {}),
        (collector.url, {"team": "nobody"}),
        (empty_collector.url, {}),
    ]
    for url, only in cases:
        shown = open_page(url, page, range="90d", **only)
        assert not shown.exception
        said = texts(shown.metric) + texts(shown.caption) + texts(shown.markdown)
        assert not MISLEADING.search(said), said
        for frame in shown.dataframe:
            for column in frame.value.select_dtypes("float"):
                assert not any(math.isinf(value) for value in frame.value[column])
