"""A simulated Gemini that writes down what it bills, and the spans gemledger makes of it."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import gemledger
from gemledger_simulator.server import create_app

Tokens = tuple[int, int]
"""Input (prompt and tool use) and output (candidates and thoughts) of one answer."""


class Till:
    """Around the simulator: the usage of each answer it gives, the last one of a stream."""

    def __init__(self, app: ASGIApp) -> None:
        self.billed: list[Tokens] = []
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and note what that was billed as."""
        if scope["type"] == "http" and scope["method"] == "GET":  # what can this model do?
            name = scope["path"].partition("/models/")[2]
            limits = {"inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536}
            await JSONResponse({"name": f"models/{name}", **limits})(scope, receive, send)
            return
        body = bytearray()

        async def overhear(message: Message) -> None:
            body.extend(message.get("body", b""))
            ends = message["type"] == "http.response.body" and not message.get("more_body")
            if ends and "enerateContent" in scope["path"]:  # before the client can know it has all
                usages = re.findall(rb'"usageMetadata":(\{(?:[^{}]|\{[^{}]*\})*\})', bytes(body))
                self.billed.append(_tokens(json.loads(usages[-1])))
            await send(message)

        await self._app(scope, receive, overhear)


def _tokens(usage: dict[str, Any]) -> Tokens:
    """What one usageMetadata comes to."""
    count = usage.get
    return (
        count("promptTokenCount", 0) + count("toolUsePromptTokenCount", 0),
        count("candidatesTokenCount", 0) + count("thoughtsTokenCount", 0),
    )


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """A simulator on loopback that every framework finds by google-genai's own variable."""
    till = Till(create_app())
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(till, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
    monkeypatch.setenv("GOOGLE_API_KEY", "a-key-of-nobody")
    yield till
    server.should_exit = True
    thread.join()
    listener.close()


class Ledger:
    """The spans of a test, read after the calls."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    @property
    def spans(self) -> list[ReadableSpan]:
        """Our spans, in the order they ended; a framework may have some of its own."""
        return [
            span
            for span in self._exporter.get_finished_spans()
            if span.instrumentation_scope is not None
            and span.instrumentation_scope.name == "gemledger"
        ]

    @property
    def tokens(self) -> list[Tokens]:
        """Input and output tokens of each span."""
        return [
            (
                int(_attribute(span, "gen_ai.usage.input_tokens")),
                int(_attribute(span, "gen_ai.usage.output_tokens")),
            )
            for span in self.spans
        ]

    @property
    def statuses(self) -> set[str]:
        """How sure the costs are."""
        return {str(_attribute(span, "gemledger.cost.status")) for span in self.spans}


def _attribute(span: ReadableSpan, name: str) -> Any:
    """An attribute that must be there."""
    assert span.attributes is not None
    return span.attributes[name]


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """Gemledger on, its spans in memory."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    gemledger.instrument(tracer_provider=provider)
    yield Ledger(exporter)
    gemledger.uninstrument()
