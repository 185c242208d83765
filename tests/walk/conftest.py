"""One demo, one browser and one walk through every page, shared by all tests of this folder.

All of it has ended before the first test: figures are held against a store that nobody writes to any more.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support.browser import chromium
from support.past_demo import asked, past_demo
from support.walking import Screen, walk


@dataclass(frozen=True)
class Walked:
    """What was seen, the moment the link fixed, and the store it was seen of."""

    screens: tuple[Screen, ...]
    at: datetime
    store: Path

    def sql(self, text: str, *values: object) -> list[dict[str, Any]]:
        """Rows of one SELECT, with a value for each `?`."""
        return asked(self.store, text, *values)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Every page that the navigation names, in light and dark, on a desktop and on a phone."""
    with past_demo(tmp_path_factory.mktemp("walk")) as running, chromium() as browser:
        link = f"{running.dashboard_url}/?range=7d&tz=UTC&at={running.at:%Y-%m-%dT%H:%MZ}"
        seen = walk(browser, link)
    return Walked(seen, running.at, running.store)


@pytest.fixture(scope="session")
def screens(demo: Walked) -> tuple[Screen, ...]:
    """Every page in each theme and size."""
    return demo.screens
