"""Automatic continuation: one call, several requests, each with its own bill.

The simulator has no such model yet, so a small HTTP server reads out a script to the real SDK.
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google import genai
from google.genai import types

TOKEN = base64.b64encode(b"go on").decode()


def hop(number: int, prompt_tokens: int, *, last: bool) -> dict[str, Any]:
    """One response of a long answer; all but the last ask to be continued."""
    candidate: dict[str, Any] = {
        "content": {"role": "model", "parts": [{"text": f"part {number} "}]}
    }
    candidate["finishReason"] = "STOP" if last else "CONTINUATION"
    if not last:
        candidate["continuationToken"] = TOKEN
    usage = {
        "promptTokenCount": prompt_tokens,
        "candidatesTokenCount": 10,
        "totalTokenCount": prompt_tokens + 10,
    }
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": "gemini-3.1-pro-preview",
        "responseId": f"hop-{number}",
    }


class _Script(BaseHTTPRequestHandler):
    """Answers each request with the next line."""

    lines: Iterator[dict[str, Any]]

    def do_POST(self) -> None:
        """Read out one line; an SSE event for a stream."""
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps(next(self.lines)).encode()
        if "stream" in self.path:
            body = b"data: " + body + b"\r\n\r\n"
        self.send_response(200)
        self.send_header(
            "content-type", "text/event-stream" if "stream" in self.path else "application/json"
        )
        self.send_header("content-length", str(len(body)))
        self.send_header("x-gemini-service-tier", "standard")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def reading_out(*lines: dict[str, Any]) -> Iterator[genai.Client]:
    """A client of a server that answers with these lines, one a request."""
    handler = type("Handler", (_Script,), {"lines": iter(lines)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    options = types.HttpOptions(base_url=f"http://127.0.0.1:{server.server_port}")
    with genai.Client(api_key="k", http_options=options) as client:
        yield client
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("stream", [False, True])
def test_each_request_of_a_continued_answer_is_priced_on_its_own(
    recorded: Any, stream: bool
) -> None:
    """The SDK reports 300,000 prompt tokens in sum; two prompts of 150,000 do not reach the context step."""
    with reading_out(hop(1, 150_000, last=False), hop(2, 150_000, last=True)) as client:
        if stream:
            chunks = list(
                client.models.generate_content_stream(model="gemini-3.1-pro-preview", contents="Go")
            )
            seen_by_app = chunks[-1].usage_metadata
        else:
            answer = client.models.generate_content(model="gemini-3.1-pro-preview", contents="Go")
            seen_by_app = answer.usage_metadata

    assert seen_by_app is not None
    assert seen_by_app.prompt_token_count == 300_000
    attributes, events = recorded.attributes, recorded.span.events
    assert attributes["gen_ai.usage.input_tokens"] == 300_000
    assert attributes["gemledger.cost.status"] == "exact"
    assert attributes["gemledger.cost.pico_usd"] == 300_000 * 2_000_000 + 20 * 12_000_000
    assert [event.attributes["gen_ai.response.id"] for event in events] == ["hop-1", "hop-2"]
    assert [event.attributes["gen_ai.usage.input_tokens"] for event in events] == [150_000, 150_000]
