"""`gemledger alerts list` and `explain`: what fires, who is kept quiet, and why it fired."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.collector import RunningCollector, config_for
from support.otlp import call, payload
from support.processes import run_gemledger
from support.waiting import eventually

ALERTS = {
    "evaluation_interval": "200ms",
    "group_wait": "0s",
    "rules": [{"name": "hourly", "above": 0.0001, "group_by": ["team"]}],
}


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    """A collector with an alert about what team search spends."""
    config = config_for(tmp_path / "ledger.duckdb", extensions={"alerts": ALERTS})
    with RunningCollector(config) as running:
        assert running.send(payload([call(1, start=time.time_ns())])).status_code == 200
        eventually(lambda: running.get("/api/v1/alerts")["alerts"], bool)
        yield running


def test_what_is_open_is_a_table_with_what_keeps_it_quiet(collector: RunningCollector) -> None:
    """State, value against limit, and after a silence its author and comment."""
    shown = run_gemledger("alerts", "list", "--url", collector.url, COLUMNS="250")
    assert shown.returncode == 0, shown.stderr
    (line,) = (line for line in shown.stdout.splitlines() if "hourly" in line)
    assert "firing" in line
    assert "hourly team=search" in line
    assert "$0.00055" in line
    assert "$0.0001" in line
    quiet = {"matchers": ['team="search"'], "duration": "1h", "comment": "a load test"}
    assert collector.http.post("/api/v1/alerts/silences", json=quiet).status_code == 201
    again = run_gemledger("alerts", "list", "--url", collector.url, COLUMNS="250")
    assert "(loopback: a load test)" in again.stdout
    as_json = run_gemledger("alerts", "list", "--json", "--url", collector.url)
    (alert,) = json.loads(as_json.stdout)["alerts"]
    assert [mute["by"] for mute in alert["muted_by"]] == ["silence"]


def test_an_alert_is_explained_by_parts_and_contributors(collector: RunningCollector) -> None:
    """The id of the list leads to what changed; an id that nobody has is an error with where to look."""
    listed = run_gemledger("alerts", "list", "--json", "--url", collector.url)
    (alert,) = json.loads(listed.stdout)["alerts"]
    shown = run_gemledger("alerts", "explain", alert["fingerprint"], "--url", collector.url)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("hourly is firing: $0.00055 against $0.0001\n")
    assert "volume" in shown.stdout
    assert "search" in shown.stdout
    unknown = run_gemledger("alerts", "explain", "none", "--url", collector.url)
    assert unknown.returncode == 1
    assert "no alert is named 'none'" in unknown.stderr
