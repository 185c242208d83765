"""Runs of ``gemledger doctor``, and web servers for it to meet."""

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OK, WARNING, FAILED = "ok", "warning", "FAILED"
PROTOBUF = {"Content-Type": "application/x-protobuf"}


class Found:
    """What a run of the doctor found."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        assert "Traceback" not in done.stderr, done.stderr
        self.exit_code = done.returncode
        self.findings: list[dict[str, str]] = json.loads(done.stdout)

    def of(self, check: str) -> list[dict[str, str]]:
        """The findings of one check."""
        return [finding for finding in self.findings if finding["check"] == check]

    def the(self, check: str) -> tuple[str, str, str]:
        """The one finding of a check: state, what it says, remedy."""
        (finding,) = self.of(check)
        return finding["state"], finding["says"], finding["remedy"]


Answer = tuple[int, dict[str, str], bytes]


@contextlib.contextmanager
def answering(
    status: int,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    *,
    clock_offset_seconds: float = 0,
) -> Iterator[str]:
    """A web server that answers everything alike, by a clock that may be off; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response_only(status)
            date = formatdate(time.time() + clock_offset_seconds, usegmt=True)
            own = {"Date": date, "Content-Length": str(len(body))}
            for name, value in {**own, **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
