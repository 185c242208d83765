"""`gemledger demo`, as a stranger runs it: the summary for machines, and the pages in a real browser."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import chromium

from gemledger_cli.children import gemledger

pytestmark = pytest.mark.slow

PAGE_TIMEOUT_MS = 60_000
SUPPORT_CALLS_PER_SECOND = 0.8
"""0.92, and half of that in the quarter of a minute that the incident lasts."""
DAYS = 14
"""Half of what a person gets: the second half of a month proves no more than the first."""


@dataclass
class Demo:
    """A running demo and where its pages are."""

    process: subprocess.Popen[str]
    dashboard: str

    def end(self) -> dict[str, Any]:
        """Press Ctrl-C and return the summary it prints."""
        self.process.send_signal(signal.SIGINT)
        output, errors = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, errors
        summary: dict[str, Any] = json.loads(output)
        return summary


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """The demo on free ports, past its back-fill and its live incident."""
    process = subprocess.Popen(
        gemledger(
            *("demo", "--headless", "--days", str(DAYS)),
            *("--collector-port", "0", "--dashboard-port", "0"),
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield Demo(process, address_after_the_incident(process))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)  # it ends its parts, too
        process.communicate(timeout=60)


def address_after_the_incident(process: subprocess.Popen[str]) -> str:
    """The dashboard's address, once its webhook has heard of the live incident and of the new prompt."""
    assert process.stderr is not None
    said, awaited = "", {"hourly-cost", "support-accuracy"}
    for line in process.stderr:
        said += line
        if "the webhook heard" in line:
            awaited -= {name for name in awaited if name in line}
        if not awaited:
            break
    address = re.search(r"Dashboard\s+(http://\S+)", said)
    assert address, said
    return address.group(1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; skips, saying so, where none is installed. CI always has one."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page that reports every request it makes."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PAGE_TIMEOUT_MS)
    yield page
    context.close()


PAGES = {
    "/": [
        "Spend today",
        "Month to date",
        "Cache-hit share",
        "Unpriced calls",
        "Daily spend by model",
    ],
    "/spend": ["Spend today", "Daily spend by model"],
    "/alerts": ["company-daily", "hourly-cost", "History", "found in late data"],
    "/quality": ["Accuracy", "Tone", "Judge-flagged", "By prompt version"],
}


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_demo_shows_its_figures_and_no_exception(
    demo: Demo, page: Page, path: str
) -> None:
    """Each page, opened by its own link, finds its figures and reaches no other host."""
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{demo.dashboard}{path}?range=30d&tz=Europe/Berlin")
    for text in PAGES[path]:
        expect(page.get_by_text(text).first).to_be_attached(
            timeout=PAGE_TIMEOUT_MS
        )  # tables are canvas
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text("Page not found")).to_have_count(0)
    assert page.get_by_text(re.compile(r"\$\d")).count() > 0 or path == "/quality"
    foreign = [url for url in requested if not url.startswith((demo.dashboard, "data:", "blob:"))]
    assert foreign == []


def test_the_summary_of_the_demo_adds_up(demo: Demo) -> None:
    """All days are there, the past paged nobody, the live incident paged once, each day was judged."""
    summary = demo.end()
    assert summary["spans"]["dropped"] == 0
    assert summary["backfill"]["days"] == DAYS
    assert (
        summary["calls"]
        == summary["backfill"]["calls"] + summary["live"]["calls"] + summary["judge"]["calls"]
    )
    assert summary["unpriced_calls"] == 0
    whole_days = sorted(summary["judged_per_day"].items())[:DAYS]
    assert len(whole_days) == DAYS
    assert min(judged for _, judged in whole_days) >= 20
    past = [alert for alert in summary["alerts"] if alert["reason"] == "found in late data"]
    assert past
    assert all(alert["state"] == "resolved" and not alert["notified"] for alert in past)
    heard = [entry["rule"] for entry in summary["webhook"] if entry["status"] == "firing"]
    assert heard.count("hourly-cost") == 1
    live = next(entry for entry in summary["webhook"] if entry["rule"] == "hourly-cost")
    assert live["cause"].startswith("largest contributor: search / doc-search")
    prompt_change_is_told_within_the_promise(summary)


def prompt_change_is_told_within_the_promise(summary: dict[str, Any]) -> None:
    """The alert names feature and prompt version, and its last answer came within as many as the chart promises."""
    told = [entry for entry in summary["webhook"] if entry["rule"] == "support-accuracy"]
    assert [entry["status"] for entry in told].count("firing") == 1
    assert told[0]["summary"].startswith("support-accuracy: support-chat v9: ")
    assert "with prompt version v9, first called" in told[0]["cause"]
    promised = re.search(r"within (\d+) in nine of ten", told[0]["promise"])
    assert promised, told[0]
    (alert,) = [alert for alert in summary["alerts"] if alert["rule"] == "support-accuracy"]
    changed = datetime.fromisoformat(summary["live"]["prompt_changed_at"])
    seen_after = datetime.fromisoformat(alert["started_at"]) - changed
    assert 0 < seen_after.total_seconds() < int(promised[1]) / SUPPORT_CALLS_PER_SECOND
