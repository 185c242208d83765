"""`gemledger demo`, as a stranger runs it: the summary for machines, and the pages in a real browser."""

import html
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import chromium

from gemledger_cli.children import gemledger
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.reports.figures import rate as shown_rate
from gemledger_collector.reports.figures import usd

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
    folder: Path
    said: str

    @property
    def dashboard(self) -> str:
        """The address that it told."""
        address = re.search(r"Dashboard\s+(http://\S+)", self.said)
        assert address, self.said
        return address.group(1)

    def end(self) -> dict[str, Any]:
        """Press Ctrl-C and return the summary it prints."""
        self.process.send_signal(signal.SIGINT)
        output, errors = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, errors
        self.said += errors
        summary: dict[str, Any] = json.loads(output)
        return summary


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo on free ports, past its back-fill, its live incident and its new prompt."""
    folder = tmp_path_factory.mktemp("demo")
    process = subprocess.Popen(
        gemledger(
            *("demo", "--headless", "--days", str(DAYS)),
            *("--collector-port", "0", "--dashboard-port", "0", "--keep", str(folder)),
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield Demo(process, folder, said_until_both_alerts(process))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)  # it ends its parts, too
        process.communicate(timeout=60)


def said_until_both_alerts(process: subprocess.Popen[str]) -> str:
    """What the demo says until its webhook has heard of the live incident and of the new prompt."""
    assert process.stderr is not None
    said, awaited = "", {"hourly-cost", "support-accuracy"}
    for line in process.stderr:
        said += line
        if "the webhook heard" in line:
            awaited -= {name for name in awaited if name in line}
        if not awaited:
            break
    return said


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
        "Against what budget",
        "Is anything wrong",
        "What changed",
    ],
    "/spend": ["Cost per call", "Without an owner", "unpriced", "Daily spend by model"],
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
    the_terminal_tells_the_same(demo.said, summary)
    the_report_of_the_day_has_it_all(demo.folder, summary)


def prompt_change_is_told_within_the_promise(summary: dict[str, Any]) -> None:
    """The alert names feature and prompt version, and came within as many judged answers as its chart promises."""
    told = [entry for entry in summary["webhook"] if entry["rule"] == "support-accuracy"]
    assert [entry["status"] for entry in told].count("firing") == 1
    assert told[0]["summary"].startswith("support-accuracy: support-chat v9: ")
    assert "with prompt version v9, first called" in told[0]["cause"]
    change = summary["prompt_change"]
    assert change["promise"] == told[0]["promise"]
    promised = re.search(r"within (\d+) in nine of ten", change["promise"])
    assert promised, change
    assert 0 < change["flagged"] <= change["judged"] <= int(promised[1])
    changed, asked, fired = (
        datetime.fromisoformat(change[name]) for name in ("changed_at", "asked_at", "fired_at")
    )
    assert changed < asked < fired
    assert (fired - changed).total_seconds() < int(promised[1]) / SUPPORT_CALLS_PER_SECOND


def the_terminal_tells_the_same(said: str, summary: dict[str, Any]) -> None:
    """When the prompt changed, when the alert fired, after how many answers, and where the report is."""
    change = summary["prompt_change"]
    for name, what in (
        ("changed_at", "changed to prompt v9"),
        ("fired_at", "support-accuracy fired"),
    ):
        assert re.search(f"{change[name][11:19]}\\.\\d  .*{what}", said)
    assert f"by then {change['judged']} of its answers were judged" in said
    assert f"promised    {change['promise']}" in said
    for file in summary["report"]["files"].values():
        assert file in said


def the_report_of_the_day_has_it_all(folder: Path, summary: dict[str, Any]) -> None:
    """Each form names the new prompt, its alert, the spend and the judged rate; the spend is the closed ledger's."""
    day, files = summary["report"]["day"], summary["report"]["files"]
    assert set(files) == {"html", "markdown", "json"}
    exact = json.loads(Path(files["json"]).read_text(encoding="utf-8"))
    with duckdb.connect(str(folder / "gemledger.duckdb"), read_only=True) as store:
        spent = store.execute(
            "select sum(cost_pico_usd) from charges where start_time::date = ?::date", [day]
        ).fetchall()[0][0]
    assert exact["spend"]["day"]["cost_pico_usd"] == str(spent)
    (new,) = exact["changes"]["newcomers"]
    assert (new["kind"], new["name"], new["feature"]) == ("prompt version", "v9", "support-chat")
    (accuracy,) = [each for each in exact["quality"] if each["dimension"] == "accuracy"]
    rate = accuracy["rate"]
    assert 0 < rate["low"] < rate["value"] < rate["high"] < 1
    cause = next(each["cause"] for each in summary["webhook"] if each["rule"] == "support-accuracy")
    first_called = re.search(r"first called (\S+Z)", cause)
    assert first_called
    for form in ("html", "markdown"):
        text = html.unescape(Path(files[form]).read_text(encoding="utf-8")).replace("\\", "")
        assert usd(spent) in text
        assert shown_rate(Estimate(rate["value"], rate["low"], rate["high"])) in text
        assert "support-accuracy: support-chat v9: " in text
        assert f"with prompt version v9, first called {first_called[1]}" in text
