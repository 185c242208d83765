"""Apps that send with a token, by the variables of OpenTelemetry and no setting of ours."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

from support.otlp import call_attributes
from support.processes import CollectorProcess, run_gemledger
from support.tokens import Issued, extensions

SENDER, READER = Issued("sender", ["ingest"]), Issued("reader", ["read"])

OURS = """
import gemledger
provider = gemledger.init()
"""
STOCK = """
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
"""
ONE_CALL = """
import json, sys
from opentelemetry import trace
kind, attributes = trace.SpanKind.CLIENT, json.loads(sys.argv[1])
with provider.get_tracer("gemledger").start_as_current_span("x", kind=kind, attributes=attributes):
    pass
assert provider.force_flush()
"""


def run(setup: str, url: str, secret: str) -> subprocess.CompletedProcess[str]:
    """An app that makes one call and ends."""
    sent = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{secret}",
    }
    return subprocess.run(
        [sys.executable, "-c", setup + ONE_CALL, json.dumps(call_attributes())],
        env=os.environ | sent,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_app_sends_with_its_token_through_our_exporter_and_the_stock_one(
    start_collector: Callable[..., CollectorProcess],
) -> None:
    """And a person asks with theirs; each is refused with the other's."""
    collector = start_collector(f"extensions: {json.dumps(extensions(SENDER, READER))}\n")
    for setup in (OURS, STOCK):
        done = run(setup, collector.url, SENDER.secret)
        assert done.returncode == 0, done.stderr
    asked = ("query", "SELECT count(*) AS calls FROM calls", "--json", "--url", collector.url)
    answer = run_gemledger(*asked, GEMLEDGER_TOKEN=READER.secret)
    assert json.loads(answer.stdout) == [{"calls": 2}], answer.stderr
    for token in (SENDER.secret, ""):
        refused = run_gemledger(*asked, GEMLEDGER_TOKEN=token)
        assert refused.returncode == 1
        assert "token" in refused.stderr
