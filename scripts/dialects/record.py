"""Record the spans that other instrumentations of google-genai really send, as fixtures for the collector's tests.

Usage: ``python -m scripts.dialects.record DIALECT …``, in an environment that ``scripts/record_dialects`` builds. Each
instrumentation runs in a process of its own against our simulator, over HTTP, and exports over OTLP/HTTP. The request
it sends is kept, but for what it tells of this machine, and once more as JSON to be read. Each case is in a trace of
its own whose root is ``case NAME``.
"""

import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from google.protobuf.json_format import MessageToJson
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.settings import Settings
from scripts.dialects.cases import ROOT, cases, play
from scripts.dialects.frameworks import PLAYERS
from scripts.dialects.instrumentations import ENABLE

FIXTURES = ROOT / "tests/collector/dialects/fixtures"


class Sink(HTTPServer):
    """An OTLP endpoint that keeps the bodies it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        """Keep the body; say that all is well."""
        self.server.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


def record(dialect: str) -> None:
    """Play every case under one instrumentation and keep the one request it exports."""
    sink = Sink()
    endpoint = f"http://127.0.0.1:{sink.server_port}/v1/traces"
    ENABLE[dialect](OTLPSpanExporter(endpoint, compression=Compression.NoCompression))
    tracer, player = trace.get_tracer("app"), PLAYERS.get(dialect, play)
    with SimulatorProcess(Settings(seed=7)) as simulator:
        for name, case in cases().items():
            with tracer.start_as_current_span(f"case {name}"):
                player(case, simulator.url)
    trace.get_tracer_provider().force_flush()  # type: ignore[attr-defined]  # the SDK's provider
    whole = b"".join(sink.bodies)  # repeated fields: requests end to end are one request
    request = ExportTraceServiceRequest.FromString(whole)
    _forget_this_machine(request)
    FIXTURES.mkdir(exist_ok=True)
    (FIXTURES / f"{dialect}.otlp").write_bytes(request.SerializeToString())
    (FIXTURES / f"{dialect}.json").write_text(f"{MessageToJson(request, indent=1)}\n")


def _forget_this_machine(request: ExportTraceServiceRequest) -> None:
    """Paths of this machine out of stack traces, and what the resource says of it; nothing else is touched."""
    for resource in request.resource_spans:
        kept = [each for each in resource.resource.attributes if each.key in _ABOUT_THE_SENDER]
        del resource.resource.attributes[:]
        resource.resource.attributes.extend(kept)
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            span.status.message = _anywhere(span.status.message)
            for attribute in (each for event in span.events for each in event.attributes):
                if attribute.value.string_value:
                    attribute.value.string_value = _anywhere(attribute.value.string_value)


def _anywhere(text: str) -> str:
    """The text with files named from their package on: where that is installed is this machine's own."""
    return _INSTALLED.sub("", text).replace(f"{ROOT}/", "")


_INSTALLED = re.compile(r"(?:/[\w.+-]+)+/(?:site-packages|python3\.\d+)/")
_ABOUT_THE_SENDER = ("telemetry.sdk.language", "telemetry.sdk.name", "service.name")


def main() -> int:
    """Each dialect in a process of its own."""
    if len(sys.argv) == 3 and sys.argv[1] == "--here":
        record(sys.argv[2])
        return 0
    failed = 0
    for dialect in sys.argv[1:]:
        child = subprocess.run(
            [sys.executable, "-m", "scripts.dialects.record", "--here", dialect], check=False
        )
        print(f"{dialect:16}{'recorded' if child.returncode == 0 else 'FAILED'}")
        failed += child.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
