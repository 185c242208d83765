"""The report's page in a real browser: as wide as a phone, and as a desk."""

from pathlib import Path

import pytest
from support.browser import chromium
from support.judged import every

from .conftest import Shop
from .judged import Past

NARROWEST_EM = 6
CELLS = """[...document.querySelectorAll('td:not(.n)')].map(
    cell => [cell.innerText, cell.clientWidth / parseFloat(getComputedStyle(cell).fontSize)])"""
HIDDEN = "[...document.querySelectorAll('.wide')].filter(each => each.scrollWidth > each.clientWidth).length"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Of a judged day with calibrated rates, money, and a model without a price."""
    past = Past(tmp_path / "judged.duckdb").judged("2026-11-27T09:00", every(5, 300))
    past.judged("2026-11-28T09:00", every(10, 100)).people(120, differ=6)
    with past.collector() as running:
        shop = Shop(running)
        for day in (21, 27, 28):
            shop.calls(f"2026-11-{day}T09:00", 40, attribution_feature="support-chat")
        shop.calls("2026-11-28T12:00", 2, response_model="gemini-9-unheard-of")
        written = tmp_path / "report.html"
        written.write_text(shop.written("html"))
    return written


def test_no_word_is_broken_into_letters_and_no_column_is_hidden_on_a_desk(page: Path) -> None:
    """On a phone wide tables scroll by themselves, and the page does not."""
    with chromium() as browser:
        phone = browser.new_page(viewport={"width": 390, "height": 800})
        phone.goto(page.as_uri())
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
        assert {text for text, width in phone.evaluate(CELLS) if width < NARROWEST_EM} == set()
        desk = browser.new_page(viewport={"width": 1200, "height": 900})
        desk.goto(page.as_uri())
        assert desk.evaluate(HIDDEN) == 0
