"""What the examples promise, run as their users run them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from support.processes import CollectorProcess

from gemledger_simulator.process import SimulatorProcess

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_first_call_is_answered_delivered_and_attributed(
    start_collector: Callable[..., CollectorProcess],
) -> None:
    """One script, one priced call under the team it names."""
    collector = start_collector()
    with SimulatorProcess() as simulator:
        script = subprocess.run(
            [sys.executable, str(EXAMPLES / "first_call.py")],
            env={
                **os.environ,
                "GEMINI_API_KEY": "any",
                "GOOGLE_GEMINI_BASE_URL": simulator.url,
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            },
            capture_output=True,
            text=True,
            check=True,
        )
    assert script.stdout.endswith("delivered\n")
    assert collector.query("SELECT team, feature, service_name, cost_status FROM calls") == [
        {"team": "growth", "feature": "hello", "service_name": "first-call", "cost_status": "exact"}
    ]
