"""No line of code at all: ``opentelemetry-instrument python app.py``, as the extra ``auto`` installs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from gemledger_simulator.process import SimulatorProcess

APP = """
from google import genai
client = genai.Client(api_key="a-key-of-nobody")
client.models.generate_content(model="gemini-2.5-flash", contents="Why is the sky blue?")
"""


def test_an_app_that_knows_nothing_of_gemledger_is_billed_exactly(
    simulator: SimulatorProcess,
) -> None:
    """The entry point patches google-genai, and the app's one call leaves as one priced span."""
    ended = subprocess.run(
        [Path(sys.executable).with_name("opentelemetry-instrument"), sys.executable, "-c", APP],
        env={
            **os.environ,
            "GOOGLE_GEMINI_BASE_URL": simulator.url,
            "OTEL_TRACES_EXPORTER": "console",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
            # Whatever else is installed here would speak, too.
            "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "httpx,httpx2,requests,urllib,urllib3",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    span = json.loads(ended.stdout)
    assert span["name"] == "generate_content gemini-2.5-flash"
    assert span["attributes"]["gemledger.cost.status"] == "exact"
    assert span["attributes"]["gemledger.cost.pico_usd"] > 0
