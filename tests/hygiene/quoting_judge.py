"""A judge model that does what none should: it quotes whatever it is shown, or answers in prose."""

import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

QUOTED = 1_900
"""Characters of an answer that it repeats."""


class QuotingJudge:
    """Answers generateContent in the schema that is asked for; every third time it chats instead."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def asked(self) -> list[str]:
        """All that it was shown."""
        return self._server.asked

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
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.asked: list[str] = []
        self.numbers = itertools.count(1)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """One judgement."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        shown = _texts(body.get("contents", []))
        self.server.asked.append(shown)
        prose = next(self.server.numbers) % 3 == 0
        text = f"Well, they said: {shown[-QUOTED:]}" if prose else json.dumps(_verdict(body, shown))
        usage = {"promptTokenCount": 200, "candidatesTokenCount": 50, "totalTokenCount": 250}
        candidate = {
            "content": {"parts": [{"text": text}], "role": "model"},
            "finishReason": "STOP",
        }
        answer = json.dumps({"candidates": [candidate], "usageMetadata": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _texts(contents: list[dict[str, Any]]) -> str:
    return "\n".join(part.get("text", "") for each in contents for part in each.get("parts", []))


def _verdict(body: dict[str, Any], shown: str) -> dict[str, object]:
    """Every property filled: a choice where there is one, a quotation where there is none."""
    settings = body.get("generationConfig", {})
    schema = settings.get("responseJsonSchema") or settings.get("responseSchema") or {}
    return {name: _filled(kind, shown) for name, kind in schema.get("properties", {}).items()}


def _filled(kind: dict[str, Any], shown: str) -> object:
    choices = kind.get("enum")
    if choices:
        return "bad" if "bad" in choices else choices[0]
    told = str(kind.get("type", "")).lower()
    if told in ("number", "integer"):
        return 0
    if told == "array":
        return [shown[-QUOTED:]]
    return shown[-QUOTED:]
