"""An HTTP server on this machine that keeps what it is sent, and answers as it is told."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is said to one request."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class HttpSink:
    """Takes every POST while the block runs; ``answers`` are given first, one each, and 200 afterwards."""

    def __init__(self, *answers: Answer) -> None:
        self.received: list[Received] = []
        self.answers = list(answers)
        self.instead: Callable[[BaseHTTPRequestHandler], None] | None = None
        """What speaks instead of an answer, for a server that is not well."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.sink = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    sink: HttpSink


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        """Keep it and answer."""
        sink = self.server.sink
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        sink.received.append(Received(self.path, dict(self.headers.items()), body))
        if sink.instead is not None:
            sink.instead(self)
            return
        answer = sink.answers.pop(0) if sink.answers else Answer()
        self.send_response(answer.status)
        for name, value in (*answer.headers, ("content-length", str(len(answer.body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
