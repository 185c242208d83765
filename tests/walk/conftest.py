"""One demo, one browser and one walk through every page, shared by all tests of this folder."""

from collections.abc import Iterator

import pytest
from support.browser import chromium
from support.past_demo import PastDemo, past_demo
from support.walking import Screen, walk


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PastDemo]:
    """The demo's past, in a collector and a dashboard that are processes of their own."""
    with past_demo(tmp_path_factory.mktemp("walk")) as running:
        yield running


@pytest.fixture(scope="session")
def screens(demo: PastDemo) -> tuple[Screen, ...]:
    """Every page that the navigation names, in light and dark, on a desktop and on a phone.

    The browser is closed before any test runs: while Playwright is there, nobody else can run a loop in this process.
    """
    with chromium() as browser:
        return walk(browser, f"{demo.dashboard_url}/?range=7d&tz=UTC&at={demo.at:%Y-%m-%dT%H:%MZ}")
