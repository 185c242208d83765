"""From the first committed spans of a spike to the webhook: a real collector with its default interval and watermark.

python benchmarks/alerts.py page
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from alert_bars import Bar
from child import Collector
from otlp_load import Load, bodies

from gemledger_simulator.webhook import WebhookReceiver

BAR_SECONDS = 90
OFFSETS_SECONDS = (0.0, 7.0)
"""After the start: the spike begins at different places between two evaluations."""


def on_pages() -> Sequence[Bar]:
    """A rule without a hold, a spike, and the wait until somebody hears."""
    waits = [seconds_to_page(offset) for offset in OFFSETS_SECONDS]
    print("  " + ", ".join(f"{wait:.1f} s" for wait in waits) + " from the commit to the webhook\n")
    return [
        Bar("seconds from the first committed spans to the webhook, worst", max(waits), BAR_SECONDS)
    ]


def seconds_to_page(offset_seconds: float) -> float:
    """Start a collector, wait, send 1,000 calls, and wait for the webhook."""
    with tempfile.TemporaryDirectory() as folder, WebhookReceiver() as receiver:
        alerts = {
            "rules": [{"name": "spike", "metric": "cost", "window": "5m", "above": 0.5}],
            "channels": [{"name": "oncall", "type": "webhook", "url": receiver.url}],
        }
        collector = Collector(Path(folder), {"alerts": alerts})
        try:
            time.sleep(offset_seconds)
            (body,) = bodies(Load(spans=1000, batch=1000, connections=1), time.time_ns() - 10**9)
            url = f"http://127.0.0.1:{collector.port}/v1/traces"
            httpx.post(
                url, content=body, headers={"Content-Type": "application/x-protobuf"}
            ).raise_for_status()
            committed = time.monotonic()
            receiver.wait_for(1, 300)
            return time.monotonic() - committed
        finally:
            collector.stop()
