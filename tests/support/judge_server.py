"""A model that answers generateContent as a test wants it: what, how late, and how many at once."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

VERDICT = '{"evidence": "x", "reason": "y", "label": "good", "score": 1}'
PROMPT_TOKENS, ANSWER_TOKENS = 900, 60
RPC = "type.googleapis.com/google.rpc"
Reply = tuple[int, dict[str, Any]]


def said(text: str, *, finish: str = "STOP", usage: bool = True) -> Reply:
    """An answer of this text."""
    candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": finish}
    body: dict[str, Any] = {"candidates": [candidate], "modelVersion": "gemini-2.5-flash-lite"}
    if usage:
        body["usageMetadata"] = {
            "promptTokenCount": PROMPT_TOKENS,
            "candidatesTokenCount": ANSWER_TOKENS,
            "totalTokenCount": PROMPT_TOKENS + ANSWER_TOKENS,
        }
    return 200, body


def blocked(reason: str) -> Reply:
    """No answer: the prompt was blocked."""
    return 200, {
        "promptFeedback": {"blockReason": reason},
        "usageMetadata": {"promptTokenCount": PROMPT_TOKENS, "totalTokenCount": PROMPT_TOKENS},
    }


def failed(status: int, *, retry: str | None = None, quota: str | None = None) -> Reply:
    """An error in Google's words."""
    details: list[dict[str, Any]] = []
    if quota:
        details.append({"@type": f"{RPC}.QuotaFailure", "violations": [{"quotaId": quota}]})
    if retry:
        details.append({"@type": f"{RPC}.RetryInfo", "retryDelay": retry})
    error = {"code": status, "message": "no", "status": "FAILED", "details": details}
    return status, {"error": error}


@dataclass
class JudgeServer:
    """Answers with ``reply(number)``, the number of the request from 0, after ``seconds``."""

    reply: Callable[[int], Reply] = lambda _: said(VERDICT)
    seconds: float = 0.0
    url: str = ""
    answered: int = 0
    most_at_once: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    _requests: int = 0
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, body: bytes) -> int:
        """One request more; its number."""
        with self._lock:
            self.bodies.append(json.loads(body))
            self._requests += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            return self._requests - 1

    def end(self) -> None:
        """It is answered, or its caller is gone: Google bills either way."""
        with self._lock:
            self._at_once -= 1
            self.answered += 1


@contextmanager
def judge_server(**settings: Any) -> Iterator[JudgeServer]:
    """Such a model on a port of this machine."""
    state = JudgeServer(**settings)

    class Handler(http.server.BaseHTTPRequestHandler):
        """Answers, and says nothing else."""

        def do_POST(self) -> None:
            """One answer."""
            number = state.begin(self.rfile.read(int(self.headers["content-length"])))
            try:
                time.sleep(state.seconds)
                status, body = state.reply(number)
            finally:
                state.end()
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    class Server(http.server.ThreadingHTTPServer):
        """Does not mind callers that are gone, nor many that come at once."""

        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """A killed caller is no fault of ours."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
