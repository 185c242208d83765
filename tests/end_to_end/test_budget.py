"""A broken budget, from the app's calls to the receiver of the webhook."""

import time
from collections.abc import Callable
from pathlib import Path

from support.processes import CollectorProcess, run_gemledger

from gemledger_simulator.webhook import WebhookReceiver

EXTENSIONS = """
extensions:
  api: {{external_url: "https://ledger.example.com"}}
  alerts:
    evaluation_interval: 200ms
    group_wait: 0s
    group_interval: 200ms
    budgets:
      - {{name: growth-monthly, limit_usd: {limit_usd}, period: month, thresholds: [100], filter: {{team: growth}}}}
    channels:
      - {{name: oncall, type: webhook, url: "{url}"}}
"""


def spend(collector: CollectorProcess, folder: Path, rows: int) -> None:
    """Make ``rows`` calls of 0.30 USD each for team growth."""
    trace = folder / "spend.csv"
    trace.write_text("prompt_tokens,output_tokens,team\n" + "1000000,0,growth\n" * rows)
    report = run_gemledger(
        "replay", str(trace), "--format", "csv", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url
    )
    assert report.returncode == 0, report.stderr


def statuses(receiver: WebhookReceiver) -> list[str]:
    """What the receiver was told so far, in order."""
    return [str(body["status"]) for body in receiver.received]


def wait_for(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Return when the condition holds; fail when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def several_evaluations(collector: CollectorProcess) -> None:
    """Wait until the alert loop has looked at least five more times."""

    def evaluations() -> float:
        text = collector.get_text("/metrics")
        line = next(
            row
            for row in text.splitlines()
            if row.startswith("gemledger_collector_alert_evaluations_total")
        )
        return float(line.rsplit(" ", 1)[1])

    enough = evaluations() + 5
    wait_for(lambda: evaluations() >= enough)


def test_a_broken_budget_is_heard_once_and_its_resolution_once(
    start_collector: Callable[..., CollectorProcess], tmp_path: Path
) -> None:
    """One message when the budget breaks, none while it stays broken or after a restart, one when it is mended."""
    with WebhookReceiver() as receiver:
        collector = start_collector(EXTENSIONS.format(limit_usd=1, url=receiver.url))

        spend(collector, tmp_path, rows=3)
        several_evaluations(collector)
        assert statuses(receiver) == []

        spend(collector, tmp_path, rows=1)
        wait_for(lambda: statuses(receiver) == ["firing"])
        collector.stop()
        collector.start()
        spend(collector, tmp_path, rows=1)
        several_evaluations(collector)
        assert statuses(receiver) == ["firing"]

        collector.stop()
        text = collector.config.read_text()
        collector.config.write_text(text.replace("limit_usd: 1,", "limit_usd: 100,"))
        collector.start()
        wait_for(lambda: statuses(receiver) == ["firing", "resolved"])
        several_evaluations(collector)
        assert statuses(receiver) == ["firing", "resolved"]
        assert receiver.received[0]["externalURL"] == "https://ledger.example.com"
        alert = receiver.received[0]["alerts"][0]
        assert alert["labels"]["rule"] == "growth-monthly"
        assert alert["fingerprint"] == receiver.received[1]["alerts"][0]["fingerprint"]
        log = collector.log.read_text()
        assert log.count("alert firing [critical] budget growth-monthly") == 1
        assert log.count("alert resolved [critical] budget growth-monthly") == 1
        assert receiver.url not in log, "a webhook's address may hold a secret"
