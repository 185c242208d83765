"""init(): spans leave in batches over OTLP; a collector that is down costs the app nothing."""

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

APP = """
import json, os, time
import gemledger
provider = gemledger.init("shop", capture_content={content})
assert gemledger.init() is provider
from google import genai
client = genai.Client(api_key="k", http_options=genai.types.HttpOptions(base_url=os.environ["SIMULATOR"]))
texts, began = [], time.perf_counter()
for number in range({calls}):
    with gemledger.attribution(team="growth"):
        texts.append(client.models.generate_content(model="gemini-2.5-flash", contents=f"Hello {{number}}").text)
spent = time.perf_counter() - began
client.close()
{then}
from gemledger.setup import delivery
sent = delivery()
print(json.dumps({{"texts": texts, "seconds": spent, "ended": sent.ended, "dropped": sent.dropped}}), flush=True)
"""


class Collector(ThreadingHTTPServer):
    """A real OTLP endpoint that keeps what it gets; ``refuse`` answers 503 so many times first."""

    daemon_threads = True

    def __init__(self, port: int = 0, refuse: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.refuse = refuse
        self.requests: list[tuple[str, dict[str, str], ExportTraceServiceRequest]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """The base address, as OTEL_EXPORTER_OTLP_ENDPOINT wants it."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def spans(self) -> list[Any]:
        """Every span of every request."""
        return [
            span
            for _, _, request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        """Keep the request, or refuse it."""
        body = self.rfile.read(int(self.headers["content-length"]))
        refused = self.server.refuse > 0
        self.server.refuse -= refused
        if not refused:
            request = ExportTraceServiceRequest.FromString(gzip.decompress(body))
            self.server.requests.append((self.path, dict(self.headers), request))
        self.send_response(503 if refused else 200)
        self.send_header("content-length", "0")
        if refused:
            self.send_header("retry-after", "0.1")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """An OTLP endpoint on a free port."""
    made = Collector()
    yield made
    made.close()


def start_app(
    simulator: Any, endpoint: str, then: str = "", *, calls: int = 3, **environ: str
) -> subprocess.Popen[str]:
    """An application with nothing but gemledger, in a process of its own."""
    code = APP.format(calls=calls, then=then, content=environ.pop("content", None))
    settings = {"SIMULATOR": simulator.url, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **settings, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(app: subprocess.Popen[str], timeout_seconds: float = 60) -> Any:
    """What the app printed at its end."""
    output, errors = app.communicate(timeout=timeout_seconds)
    assert app.returncode == 0, errors
    return json.loads(output)


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_spans_arrive_with_service_name_in_compressed_batches(
    simulator: Any, collector: Collector
) -> None:
    """One line in an app, and the collector has its calls; a flush says that all are delivered."""
    result = finished(start_app(simulator, collector.url, "assert gemledger.flush()"))

    assert (result["ended"], result["dropped"]) == (3, 0)
    assert len(collector.spans) == 3
    path, headers, request = collector.requests[0]
    assert (path, headers["Content-Encoding"]) == ("/v1/traces", "gzip")
    resource = {a.key: a.value.string_value for a in request.resource_spans[0].resource.attributes}
    assert resource["service.name"] == "shop"
    scope = request.resource_spans[0].scope_spans[0]
    assert (scope.scope.name, bool(scope.scope.version), bool(scope.schema_url)) == (
        "gemledger",
        True,
        True,
    )


def test_what_waits_is_delivered_when_the_process_ends(
    simulator: Any, collector: Collector
) -> None:
    """Nobody has to remember to flush."""
    finished(start_app(simulator, collector.url, OTEL_BSP_SCHEDULE_DELAY="60000"))

    assert len(collector.spans) == 3


def test_a_collector_that_refuses_for_a_while_gets_every_span_once(
    simulator: Any, collector: Collector
) -> None:
    """503 with Retry-After is what a full queue answers."""
    collector.refuse = 3
    result = finished(start_app(simulator, collector.url, "assert gemledger.flush()"))

    assert result["dropped"] == 0
    assert len({span.span_id for span in collector.spans}) == len(collector.spans) == 3


@pytest.mark.slow
def test_a_collector_that_is_away_for_ten_seconds_gets_every_span(simulator: Any) -> None:
    """A restart: connection refused meanwhile. The stock exporter gives up after seven seconds."""
    port = unused_port()
    app = start_app(
        simulator,
        f"http://127.0.0.1:{port}",
        "assert gemledger.flush(40)",
        OTEL_BSP_SCHEDULE_DELAY="100",
    )
    time.sleep(10)
    collector = Collector(port)
    result = finished(app)
    collector.close()

    assert result["dropped"] == 0
    assert len(collector.spans) == 3


def test_with_the_collector_down_an_app_answers_the_same_and_ends_in_time(
    simulator: Any, collector: Collector
) -> None:
    """Same texts, not slower, and the loss is counted and said; the process ends within its deadline."""
    up = finished(start_app(simulator, collector.url, calls=20))
    began = time.monotonic()
    app = start_app(simulator, f"http://127.0.0.1:{unused_port()}", calls=20)
    down = json.loads(app.communicate(timeout=60)[0])
    lasted = time.monotonic() - began

    assert app.returncode == 0
    assert down["texts"] == up["texts"]
    assert down["seconds"] < up["seconds"] + 1
    assert (down["ended"], down["dropped"]) == (20, 20)
    assert lasted < 15


def test_content_is_captured_when_init_is_told_to(simulator: Any, collector: Collector) -> None:
    """The argument wins over the environment."""
    finished(start_app(simulator, collector.url, content="True"))

    names = {attribute.key for attribute in collector.spans[0].attributes}
    assert {"gen_ai.input.messages", "gen_ai.output.messages"} <= names
