"""The link of a trace, opened cold in a real browser: its figures are the API's."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.browser import chromium
from support.collector import RunningCollector, config_for

from . import traces_story as story
from .conftest import Collector
from .test_labels_page import dashboard_of

TRACE, SPAN = story.trace_id(story.AGENT), story.span_id(story.STREAMED)


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of a headless browser; skips, saying so, where there is none. CI always has one."""
    with chromium() as browser:
        opened = browser.new_page(viewport={"width": 1280, "height": 2400})
        opened.set_default_timeout(120_000)
        yield opened


@pytest.mark.browser
def test_a_link_to_a_call_shows_what_the_api_tells(tmp_path: Path, page: Page) -> None:
    """Tiles, waterfall, and after a click what was said, as text."""
    with RunningCollector(config_for(tmp_path / "ledger.duckdb")) as collector:
        story.send(collector, *story.agent())
        trace = collector.get(f"/api/v1/traces/{TRACE}")
        call = collector.get(f"/api/v1/calls/{TRACE}/{SPAN}")["call"]
        with dashboard_of(Collector(collector.url)) as dashboard:
            page.goto(f"{dashboard}/traces?trace={TRACE}&span={SPAN}")
            tiles = page.get_by_test_id("stMetric")
            expect(tiles).to_have_count(9, timeout=120_000)
            pico = int(trace["cost_pico_usd"])
            expect(tiles.nth(0)).to_contain_text(f"${pico / 10**12:.4f}")
            expect(tiles.nth(1)).to_contain_text(str(trace["calls"]))
            expect(tiles.nth(4)).to_contain_text(f"${int(call['cost_pico_usd']) / 10**12:.4f}")
            expect(tiles.nth(5)).to_contain_text(f"{call['input_tokens']:,}")
            expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(1, timeout=60_000)
            expect(page.get_by_text("answer a customer").first).to_be_visible(timeout=60_000)
            page.get_by_role("button", name="Show prompt and answer").click()
            expect(page.get_by_text(story.QUESTION)).to_be_visible(timeout=60_000)
            expect(page.get_by_test_id("stException")).to_have_count(0)
            folder = os.environ.get("GEMLEDGER_SCREENSHOTS")
            if folder:
                page.screenshot(path=Path(folder) / "traces-light.png")
