"""The configuration is read again while the collector runs: what is safe takes effect at once, or nothing does."""

import logging
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.collector import RunningCollector, config_for
from support.otlp import payload_of
from support.processes import CollectorProcess
from support.tokens import Issued, extensions
from support.waiting import eventually

from gemledger_cli.main import main
from gemledger_collector.config import Config
from gemledger_collector.errors import ConfigError
from gemledger_collector.reload import difference, effective

ADMIN = Issued("admin", ["admin"])
OLD, NEW = Issued("old", ["read", "ingest"]), Issued("new", ["read", "ingest"])


def config(**sections: Any) -> Config:
    """A configuration with these sections."""
    return Config.model_validate(sections)


def test_what_differs_is_told_by_key() -> None:
    """Lists as a whole, sections key by key."""
    new = config(
        exporters={"duckdb": {"path": "other.duckdb", "retention": {"spans": "30d"}}},
        extensions={"api": {"external_url": "https://ledger.example.com"}, "judge": {"model": "m"}},
        receivers={"otlp": {"queue_bytes": "128MiB"}},
    )
    told = difference(Config(), new)
    assert told.at_once == [
        "exporters.duckdb.retention.spans",
        "extensions.api.external_url",
        "extensions.judge.model",
    ]
    assert told.after_restart == ["receivers.otlp.queue_bytes", "exporters.duckdb.path"]


def test_what_needs_a_restart_keeps_its_old_value() -> None:
    """The rest is the new one's."""
    new = config(
        exporters={"duckdb": {"path": "other.duckdb", "retention": {"spans": "30d"}}},
        extensions={"settle": {"interval": "1s"}, "judge": {"model": "m"}},
    )
    now = effective(Config(), new)
    assert now.exporters.duckdb.path == Config().exporters.duckdb.path
    assert now.settle == Config().settle
    assert now.exporters.duckdb.retention == new.exporters.duckdb.retention
    assert now.judge == new.judge
    assert difference(now, new).at_once == []


def test_check_config_says_beforehand_what_sighup_would_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By key, and whether it takes a restart."""
    running, new = tmp_path / "running.yaml", tmp_path / "new.yaml"
    running.write_text("")
    new.write_text("exporters: {duckdb: {path: x.duckdb, retention: {spans: 30d}}}\n")
    assert main(["check-config", str(new), "--against", str(running)]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "at once: exporters.duckdb.retention.spans",
        "needs a restart: exporters.duckdb.path",
    ]
    assert main(["check-config", str(new), "--against", str(new)]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["nothing differs"]


def test_tokens_rotate_without_a_restart(tmp_path: Path) -> None:
    """Both are let in while both stand there; then the old one is out."""

    def having(*tokens: Issued) -> Config:
        return config_for(tmp_path / "x.duckdb", extensions=extensions(ADMIN, *tokens))

    def statuses(running: RunningCollector) -> list[int]:
        return [
            running.http.get("/api/v1/status", headers=token.header).status_code
            for token in (OLD, NEW)
        ]

    with RunningCollector(having(OLD)) as running:
        assert statuses(running) == [200, 401]
        running.read_again(having(OLD, NEW))
        assert statuses(running) == [200, 200]
        running.read_again(having(NEW))
        assert statuses(running) == [401, 200]


def test_a_bad_file_changes_nothing_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not half of it: the good token of a file with one mistake is not let in."""
    running = RunningCollector(config_for(tmp_path / "x.duckdb"))

    def fail() -> Config:
        raise ConfigError("x.yaml: extensions.apy: unknown key; did you mean 'api'?")

    with running, caplog.at_level(logging.INFO, "gemledger.service"):
        running.load = fail
        running.read_again(running.config)
        assert running.get("/api/v1/status")
        assert running.metric('gemledger_collector_config_reloads_total{outcome="refused"}') == 1
    assert "the configuration stays as it was: x.yaml: extensions.apy" in caplog.text


def test_tokens_are_not_taken_away_from_an_address_that_others_reach(tmp_path: Path) -> None:
    """What would not start is not reloaded, either."""
    outside = {"endpoint": "0.0.0.0:0"}
    guarded = config_for(tmp_path / "x.duckdb", http=outside, extensions=extensions(ADMIN))
    with RunningCollector(guarded) as running:
        running.url = running.url.replace("0.0.0.0", "127.0.0.1")
        running.read_again(config_for(tmp_path / "x.duckdb", http=outside))
        answer = httpx.get(f"{running.url}/api/v1/status", trust_env=False)
        assert answer.status_code == 401


def test_prices_and_budgets_of_the_new_file_hold_for_what_comes_next(tmp_path: Path) -> None:
    """Stored charges keep their price; the version of the book tells which is in use."""
    overlay = tmp_path / "prices.toml"
    overlay.write_text("[[discount]]\npercent = 10\nfrom = 2020-01-01\n")
    plain = config_for(tmp_path / "x.duckdb")
    budget = {"name": "month", "limit_usd": 0.0000001}
    changed = config_for(
        tmp_path / "x.duckdb",
        processors={"price": {"overlay": str(overlay)}},
        extensions={"alerts": {"budgets": [budget]}},
    )
    now = time.time_ns()
    with RunningCollector(plain) as running:
        assert running.send(payload_of(1, start=now)).status_code == 200
        before = running.get("/api/v1/status")["price_book"]
        running.read_again(changed)
        assert running.send(payload_of(2, start=now)).status_code == 200
        assert running.get("/api/v1/status")["price_book"].startswith(f"{before}+overlay.")
        (first,), (second,) = running.select(
            "select cost_pico_usd from calls order by cost_pico_usd desc"
        )
        assert second * 10 == first * 9
        assert [row["name"] for row in running.get("/api/v1/budgets")["budgets"]] == ["month"]
        alerts = eventually(lambda: running.get("/api/v1/alerts")["alerts"], bool)
        assert {alert["rule"] for alert in alerts} == {"month"}


def test_sighup_reads_the_file_again(
    start_collector: Callable[..., CollectorProcess], tmp_path: Path
) -> None:
    """As `systemctl reload` does it: what needs a restart is told in the log, by its key."""
    collector = start_collector()
    assert collector.process is not None

    def hang_up(extensions_yaml: str) -> None:
        config_text = collector.config.read_text().partition("extensions:")[0]
        collector.config.write_text(f"{config_text}extensions:\n  {extensions_yaml}\n")
        collector.process.send_signal(signal.SIGHUP)  # type: ignore[union-attr]

    hang_up("{settle: {interval: 7s}, alerts: {evaluation_interval: 7s}}")
    log = eventually(collector.log.read_text, lambda text: "was read again" in text)
    assert "in effect: extensions.alerts.evaluation_interval" in log
    eventually(collector.log.read_text, lambda text: "settle.interval needs a restart" in text)
    hang_up("{alerts: {evaluation_interval: never}}")
    log = eventually(collector.log.read_text, lambda text: "stays as it was" in text)
    assert "extensions.alerts.evaluation_interval: 'never' is not a duration" in log
    metrics = collector.get_text("/metrics")
    assert 'config_reloads_total{outcome="done"} 1' in metrics
    assert 'config_reloads_total{outcome="refused"} 1' in metrics
