"""Nothing is loaded from or sent to any other host: what a browser asks for, and what the process connects to."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from support.browser import chromium

from gemledger_cli.addresses import free_port
from gemledger_dashboard.frame import process

from .conftest import Collector
from .test_process import wait_until_ready

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WATCHED = """
import json, runpy, sys
told = open(sys.argv.pop(1), "a", buffering=1)
def hook(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        told.write(json.dumps([event, [str(each) for each in given[-2:]]]) + chr(10))
    elif event == "subprocess.Popen":
        told.write(json.dumps([event, [str(given[0])]]) + chr(10))
sys.addaudithook(hook)
runpy.run_module("gemledger_dashboard", run_name="__main__", alter_sys=True)
"""
"""The dashboard's own program, which writes down whom it connects to, what it looks up, what it starts."""


@contextmanager
def watched(url: str, told: Path) -> Iterator[str]:
    """The dashboard with somebody listening at its sockets; its address."""
    port = free_port()
    python, _, _, *rest = process.command(port=port, collector_url=url)
    child = subprocess.Popen(
        [python, "-c", WATCHED, str(told), *rest],
        env={**os.environ, **process.environment(collector_url=url)},
        stdin=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(child, f"{address}/_stcore/health")
        yield address
    finally:
        child.terminate()
        child.wait(20)


def walk(page: Page, url: str) -> int:
    """Open every page there is in the navigation; how many there are."""
    page.goto(url)
    links = page.get_by_test_id("stSidebarNavLink")
    expect(links.first).to_be_visible(timeout=60_000)
    for number in range(links.count()):
        links.nth(number).click()
        expect(page.locator("h1").first).to_be_visible(timeout=60_000)
        page.get_by_test_id("stStatusWidget").wait_for(state="detached", timeout=60_000)
    return links.count()


def test_no_page_asks_any_host_but_the_dashboard_and_it_none_but_the_collector(
    collector: Collector, tmp_path: Path
) -> None:
    """Pages, fonts, icons, sockets; statistics, updates: there is one address for each, and no other."""
    told = tmp_path / "sockets.jsonl"
    asked: set[str] = set()
    with watched(collector.url, told) as url, chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.add(request.url))
        page.on("websocket", lambda socket: asked.add(socket.url))
        assert walk(page, url) >= 7
        page.close()
    own = urlsplit(url).netloc
    foreign = {each for each in asked if urlsplit(each).netloc not in (own, "")}
    assert foreign == set()
    assert any(each.startswith("ws://") for each in asked)
    lines = [json.loads(line) for line in told.read_text().splitlines()]
    connected = {given[-1] for event, given in lines if event == "socket.connect"}
    port = urlsplit(collector.url).port
    assert connected == {f"('127.0.0.1', {port})"}
    assert [line for line in lines if line[0] in ("socket.sendto", "subprocess.Popen")] == []
    looked_up = {given[0] for event, given in lines if event == "socket.getaddrinfo"}
    assert not {
        name for name in looked_up if name.strip("b'").count(".") and "127.0.0.1" not in name
    }
