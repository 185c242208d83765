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


def test_what_is_open_is_listed_with_what_keeps_it_quiet(collector: RunningCollector) -> None:
    """State, value against limit, and after a silence its author and comment."""
    shown = run_gemledger("alerts", "list", "--url", collector.url)
    assert shown.returncode == 0, shown.stderr
    line, why = shown.stdout.splitlines()
    assert line.startswith("firing   hourly team=search: $0.00055 against $0.0001 since 20")
    assert "search" in why
    quiet = {"matchers": ['team="search"'], "duration": "1h", "comment": "a load test"}
    assert collector.http.post("/api/v1/alerts/silences", json=quiet).status_code == 201
    again = run_gemledger("alerts", "list", "--url", collector.url)
    assert "nobody is told: silence " in again.stdout
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


def test_a_backtest_tells_whom_other_rules_would_have_told(
    collector: RunningCollector, tmp_path: Path
) -> None:
    """A file to try, its webhook's address kept at home; 2 with the line where it is not valid."""
    file = tmp_path / "try.yaml"
    file.write_text(
        "extensions:\n"
        "  alerts:\n"
        "    rules: [{name: dearer, above: 0.0002}]\n"
        "    channels: [{name: chat, type: slack, url: 'https://hooks.slack.com/secret'}]\n"
    )
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1800))
    asked = ("alerts", "backtest", "--config", str(file), "--until", until, "--url", collector.url)
    shown = run_gemledger(*asked, COLUMNS="200")
    assert shown.returncode == 0, shown.stderr
    assert "looked at every 15 minutes" in shown.stdout
    assert "dearer" in shown.stdout
    assert "chat" in shown.stdout
    assert "1 would have fired, in 2 messages" in shown.stdout
    only = run_gemledger(*asked, "--rule", "none")
    assert (only.returncode, "nothing is named 'none'" in only.stderr) == (1, True)
    file.write_text("extensions:\n  alerts:\n    rules: [{name: dearer}]\n")
    wrong = run_gemledger(*asked)
    assert wrong.returncode == 2
    assert f"{file}:3: extensions.alerts.rules[0]" in wrong.stderr
