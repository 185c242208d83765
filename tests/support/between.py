"""Something between the dashboard and a real collector: answers are passed on late, changed, or not at all."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Change = Callable[[str, Any], Any]
"""Makes another JSON of a path's; None where the collector is not to know the path."""


@dataclass
class Between:
    """Where it listens; what it does can be changed while it runs."""

    upstream: str
    url: str = ""
    change: Change | None = None
    wait_seconds: float = 0.0

    def answer(self, method: str, path: str, sent: bytes) -> tuple[int, bytes]:
        """The collector's answer as it is passed on."""
        time.sleep(self.wait_seconds)
        url, kind = f"{self.upstream}{path}", {"content-type": "application/json"}
        answer = httpx.request(method, url, content=sent, headers=kind, trust_env=False, timeout=30)
        if not answer.headers["content-type"].startswith("application/json"):
            return answer.status_code, answer.content
        route = path.partition("?")[0]
        changed = answer.json() if self.change is None else self.change(route, answer.json())
        if changed is None:
            words = f"nothing is at {route}; the routes are listed at /docs"
            return 404, json.dumps({"error": {"type": "not_found", "message": words}}).encode()
        return answer.status_code, json.dumps(changed).encode()


@contextmanager
def between(upstream: str) -> Iterator[Between]:
    """Listen on a free port until the block ends."""
    self = Between(upstream)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self_) -> None:  # noqa: N805 - the outer self is what answers
            sent = self_.rfile.read(int(self_.headers.get("content-length") or 0))
            status, body = self.answer(self_.command, self_.path, sent)
            self_.send_response(status)
            self_.send_header("content-type", "application/json")
            self_.send_header("content-length", str(len(body)))
            self_.end_headers()
            self_.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - a name of http.server's

        def log_message(self_, *_: Any) -> None:  # noqa: N805
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    self.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield self
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def older(path: str, body: Any) -> Any:
    """What a collector of some weeks ago says: it knows four questions, and no company's display."""
    if path not in {"/api/v1/status", "/api/v1/spend", "/api/v1/budgets", "/api/v1/alerts"}:
        return None
    if path == "/api/v1/status":
        return {key: value for key, value in body.items() if key not in {"display", "models"}}
    return body


def newer(_path: str, body: Any) -> Any:
    """What a collector of years from now says: more of everything."""
    if isinstance(body, list):
        return [newer(_path, each) for each in body]
    if isinstance(body, dict) and any(isinstance(each, (dict, list)) for each in body.values()):
        told = {key: newer(_path, each) for key, each in body.items()}
        return {**told, "from_the_future": {"warp": [1, None]}}
    return body
