"""A webhook receiver on this machine: what an alert reaches in the demo and in tests."""

import json
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Json = dict[str, Any]
_MOST_BYTES = 10_000_000


class WebhookReceiver:
    """Receives JSON by POST on a loopback port, in a thread of its own; a context manager.

    ``on_arrival`` is called, in a thread, with each body once it is in ``received``. ``statuses`` are the answers
    to the first requests, one each; 200 afterwards. A body answered with an error is in ``refused`` instead.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        on_arrival: Callable[[Json], None] | None = None,
        statuses: Sequence[int] = (),
    ) -> None:
        self.received: list[Json] = []
        self.refused: list[Json] = []
        self._on_arrival = on_arrival
        self._statuses = list(statuses)
        self._arrived = threading.Condition()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.receiver = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def wait_for(self, count: int, timeout_seconds: float = 30) -> list[Json]:
        """What has been received once there are ``count`` bodies. Raises TimeoutError."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.received) >= count, timeout_seconds):
                raise TimeoutError(
                    f"{len(self.received)} of {count} webhooks after {timeout_seconds} s"
                )
            return list(self.received)

    def accept(self, body: Json) -> int:
        """Takes one body in, and gives the HTTP status to answer."""
        with self._arrived:
            status = self._statuses.pop(0) if self._statuses else 200
            (self.received if status < 300 else self.refused).append(body)
            self._arrived.notify_all()
        if status < 300 and self._on_arrival:
            self._on_arrival(body)
        return status

    def stop(self) -> None:
        """Stops listening. Calling it again does nothing."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: WebhookReceiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        """Hands the body to the receiver; 400 for one that is not a JSON object."""
        length = int(self.headers.get("content-length") or 0)
        try:
            body = json.loads(self.rfile.read(min(length, _MOST_BYTES)))
            status = self.server.receiver.accept(body) if isinstance(body, dict) else 400
        except ValueError:
            status = 400
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing: a demo's terminal belongs to the demo."""
