"""Every page of the demo, light and dark, on a desktop and on a phone, in a real browser."""

import pytest
from support.walking import Screen

pytestmark = [pytest.mark.slow, pytest.mark.browser]

Screens = tuple[Screen, ...]


def test_no_page_shows_an_exception(screens: Screens) -> None:
    """Nor does the walk miss one: each is seen in two themes and two sizes."""
    pages = {screen.page for screen in screens}
    assert {"Spend", "Alerts", "Quality", "Health"} <= pages
    assert len(screens) == 4 * len(pages)
    assert {screen.name: screen.exceptions for screen in screens if screen.exceptions} == {}


def test_the_browser_complains_of_nothing(screens: Screens) -> None:
    """No error on the console, nothing that could not be loaded."""
    assert {screen.name: screen.complaints for screen in screens if screen.complaints} == {}


def test_no_page_is_wider_than_its_screen(screens: Screens) -> None:
    """A phone scrolls a page down, never to the side; a table scrolls within its frame."""
    wide = {screen.name: screen.pixels_too_wide for screen in screens if screen.pixels_too_wide > 0}
    assert wide == {}


def test_every_table_downloads_as_csv_and_parquet(screens: Screens) -> None:
    """Whatever a page shows as a table can be taken along."""
    assert {screen.name: screen.without_files for screen in screens if screen.without_files} == {}
    assert any(screen.rows for screen in screens)


def test_axe_finds_nothing_serious(screens: Screens) -> None:
    """Contrast, labels, roles, order: no violation that axe calls serious or critical."""
    assert {screen.name: screen.violations for screen in screens if screen.violations} == {}
