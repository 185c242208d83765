"""A real OTLP endpoint in this process that keeps what it gets, and refuses, hangs or leaves out as it is told."""

import gzip
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass
class Manners:
    """How the sink answers: ``refuse`` so many requests first, with ``status`` and ``headers``."""

    refuse: int = 0
    status: int = 503
    headers: dict[str, str] = field(default_factory=lambda: {"retry-after": "0.1"})
    rejected: int = 0
    """Spans it says it left out of each request."""
    hang: threading.Event | None = None
    """It reads requests and does not answer before this is set."""


class Sink(ThreadingHTTPServer):
    """Listens while the block lasts."""

    daemon_threads = True

    def __init__(self, port: int = 0, **manners: Any) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.manners = Manners(**manners)
        self.requests: list[tuple[str, dict[str, str], ExportTraceServiceRequest]] = []
        self.tried_at: list[float] = []
        self.connections: set[socket.socket] = set()
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening, and end the connections that clients keep: a server that is gone answers on none."""
        self.shutdown()
        self.server_close()
        with self.lock:
            for connection in self.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection, as long as the client keeps it."""
        with self.lock:
            self.connections.add(request)
        try:
            super().finish_request(request, client_address)
        finally:
            with self.lock:
                self.connections.discard(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Who was killed does not wait for the answer."""

    @property
    def url(self) -> str:
        """The base address, as OTEL_EXPORTER_OTLP_ENDPOINT wants it."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def spans(self) -> list[Any]:
        """Every span of every request it took."""
        return [span for _, _, request in tuple(self.requests) for span in spans_of(request)]

    @property
    def names(self) -> Counter[str]:
        """How often each span name came."""
        return Counter(span.name for span in self.spans)

    def wait_for(self, count: int, timeout_seconds: float = 20) -> None:
        """Wait until so many spans have come."""
        deadline = time.monotonic() + timeout_seconds
        while len(self.spans) < count:
            assert time.monotonic() < deadline, f"{len(self.spans)} of {count} spans came"
            time.sleep(0.02)


def spans_of(request: ExportTraceServiceRequest) -> list[Any]:
    """Every span of a request."""
    return [
        span
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


class _Handler(BaseHTTPRequestHandler):
    server: Sink
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Be friendly, as a login page is to whoever follows a redirect."""
        self._answer(200, b"<html>", {"content-type": "text/html"})

    def do_POST(self) -> None:
        """Keep the request, or refuse it."""
        body = self.rfile.read(int(self.headers["content-length"]))
        manners = self.server.manners
        with self.server.lock:
            self.server.tried_at.append(time.monotonic())
            refused = manners.refuse > 0
            manners.refuse -= refused
        if manners.hang is not None:
            manners.hang.wait(60)
        if refused:
            self._answer(manners.status, b"no", manners.headers)
            return
        if self.headers["content-encoding"] == "gzip":
            body = gzip.decompress(body)
        request = ExportTraceServiceRequest.FromString(body)
        with self.server.lock:
            self.server.requests.append((self.path, dict(self.headers), request))
        response = ExportTraceServiceResponse()
        if manners.rejected:
            response.partial_success.rejected_spans = manners.rejected
            response.partial_success.error_message = "left out"
        protobuf = {"content-type": "application/x-protobuf"}
        self._answer(200, response.SerializeToString(), protobuf)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""
