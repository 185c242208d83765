"""The dashboard as a child process: quiet, on loopback, and gone when told to."""

import os
import signal
import socket
import subprocess
import time
from contextlib import closing

import httpx
import pytest

from gemledger_dashboard.frame import process


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with closing(socket.socket()) as probe:
        probe.bind((process.HOST, 0))
        free: int = probe.getsockname()[1]
    return free


def test_the_command_line_is_private_and_quiet() -> None:
    """Loopback only, no statistics to anyone, nothing watched, no developer's menu, no browser."""
    line = process.command(port=8502, collector_url="http://127.0.0.1:4000")
    for flag in (
        "--server.address=127.0.0.1",
        "--server.port=8502",
        "--server.headless=true",
        "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
        "--client.toolbarMode=minimal",
    ):
        assert flag in line
    assert line[-2:] == ["--", "http://127.0.0.1:4000"]


def test_the_argument_wins_over_the_environment_and_both_over_the_default() -> None:
    """Where the collector is: said, exported, or where it is by default."""
    environ = {process.COLLECTOR_URL_VARIABLE: "http://127.0.0.1:2"}
    assert process.collector_url(["http://127.0.0.1:1"], environ) == "http://127.0.0.1:1"
    assert process.collector_url([], environ) == "http://127.0.0.1:2"
    assert process.collector_url([], {}) == "http://127.0.0.1:4318"


def test_the_dashboard_starts_answers_and_stops(port: int) -> None:
    """The real child serves its page on loopback, also without a collector, and ends when told."""
    url = f"http://{process.HOST}:{port}"
    child = subprocess.Popen(
        process.command(port=port, collector_url="http://127.0.0.1:9"),
        env={**os.environ, **process.environment(collector_url="http://127.0.0.1:9")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(child, f"{url}/_stcore/health")
        page = httpx.get(url, trust_env=False)
        assert page.status_code == 200
        assert "<title>" in page.text
    finally:
        child.terminate()
        assert child.wait(20) in (0, -signal.SIGTERM)
    with pytest.raises(httpx.TransportError):
        httpx.get(url, trust_env=False)


def wait_until_ready(child: subprocess.Popen[bytes], url: str) -> None:
    """Ask until it answers; fail when the child ends or a minute is over."""
    deadline = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=1, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the dashboard did not start")
