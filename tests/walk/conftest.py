"""One demo, one browser and one walk through every page, shared by all tests of this folder."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from support.browser import chromium
from support.past_demo import PastDemo, past_demo
from support.walking import Screen, walk


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PastDemo]:
    """The demo's past, in a collector and a dashboard that are processes of their own."""
    with past_demo(tmp_path_factory.mktemp("walk")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; skips, saying so, where none is installed. CI always has one."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def screens(demo: PastDemo, browser: Browser) -> tuple[Screen, ...]:
    """Every page that the navigation names, in light and dark, on a desktop and on a phone."""
    return walk(browser, f"{demo.dashboard_url}/?range=7d&tz=UTC&at={demo.at:%Y-%m-%dT%H:%MZ}")
