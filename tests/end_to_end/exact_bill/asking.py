"""A question to the simulated Gemini by the real SDK, and the bill on its span."""

import contextlib
import itertools
import json
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.gemini import Json, said, usage

from gemledger import semconv
from gemledger.instrumentor import GeminiInstrumentor
from gemledger.pricing import Book

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""When every question is asked that does not say otherwise."""
FLASH, PRO, FLASH_2_5 = "gemini-3.8-flash", "gemini-3.1-pro-preview", "gemini-2.5-flash"


def usd(amount: str) -> int:
    """Dollars as picoUSD, exactly."""
    pico = Decimal(amount) * 10**12
    assert pico == int(pico)
    return int(pico)


class Billed(NamedTuple):
    """What one call's span says of its cost."""

    pico_usd: int | None
    status: str
    reasons: tuple[str, ...]
    upper_pico_usd: int | None
    lines: Mapping[str, int]
    attributes: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, span: ReadableSpan) -> "Billed":
        """The bill on a span. The lines sum to the total, everything is an integer, or this fails."""
        told: dict[str, Any] = dict(span.attributes or {})
        names = {line: semconv.cost_line(line) for line in semconv.COST_LINES}
        lines = {line: told[name] for line, name in names.items() if name in told}
        pico_usd = told.get(semconv.COST_PICO_USD)
        assert all(type(pico) is int for pico in lines.values())
        assert sum(lines.values()) == (pico_usd or 0)
        return cls(
            pico_usd,
            told[semconv.COST_STATUS],
            told.get(semconv.COST_REASONS, ()),
            told.get(semconv.COST_UPPER_PICO_USD),
            lines,
            told,
            tuple(dict(event.attributes or {}) for event in span.events),
        )

    @property
    def verdict(self) -> tuple[int | None, str, tuple[str, ...]]:
        """Amount, status and reasons: what most tests ask for."""
        return self.pico_usd, self.status, self.reasons


def exactly(amount: str) -> tuple[int | None, str, tuple[str, ...]]:
    """The verdict on a call of which everything is known."""
    return usd(amount), "exact", ()


class Till:
    """Where questions are asked and bills come out."""

    def __init__(self, simulator_url: str, *processors: SpanProcessor) -> None:
        self._url = simulator_url
        self._processors = processors

    def ask(
        self,
        model: str,
        *steps: Json,
        config: Mapping[str, Any] | None = None,
        at: datetime = NOON,
        stream: bool = False,
        vertex: str | None = None,
        book: Book | None = None,
    ) -> Billed:
        """Ask one question and give its bill; ``steps`` answer its requests in turn.

        ``vertex`` is the location of a Vertex AI client; without it the Gemini API is asked.
        """

        def act(client: genai.Client) -> None:
            method = (
                client.models.generate_content_stream if stream else client.models.generate_content
            )
            wanted = types.GenerateContentConfig(**config or {})
            answered: Any = method(model=model, contents="How much?", config=wanted)
            deque(answered if stream else (), maxlen=0)

        (bill,) = self.bills_of(act, *steps, at=at, vertex=vertex, book=book)
        return bill

    def bills_of(
        self,
        act: Callable[[genai.Client], None],
        *steps: Json,
        at: datetime = NOON,
        vertex: str | None = None,
        book: Book | None = None,
    ) -> list[Billed]:
        """The bills of every span that ``act`` leaves. Errors of the API are part of the story."""
        exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        for processor in (SimpleSpanProcessor(exporter), *self._processors):
            provider.add_span_processor(processor)
        ticks = itertools.count(int(at.timestamp()) * 10**9, 1_000)
        GeminiInstrumentor().instrument(
            tracer_provider=provider, clock=lambda: next(ticks), book=book
        )
        try:
            with contextlib.suppress(genai.errors.APIError), self._client(steps, vertex) as client:
                act(client)
        finally:
            GeminiInstrumentor().uninstrument()
        return [Billed.of(span) for span in exporter.get_finished_spans()]

    def _client(self, steps: tuple[Json, ...], vertex: str | None) -> genai.Client:
        headers = {
            "x-simulator-script": json.dumps(steps),
            "x-simulator-script-id": uuid4().hex,
        }
        options = types.HttpOptions(
            base_url=self._url,
            headers=headers,
            client_args={"verify": _TLS},
            retry_options=_AT_ONCE if len(steps) > 1 else None,
        )
        if vertex is None:
            return genai.Client(api_key="till", http_options=options)
        return genai.Client(
            vertexai=True,
            project="skerry",
            location=vertex,
            credentials=Credentials(token="made-up"),  # type: ignore[no-untyped-call]  # google-auth has no types here
            http_options=options,
        )


_TLS = ssl.create_default_context()
"""Nothing here is encrypted, but left to itself each client reads the machine's certificates, for 30 ms."""
_AT_ONCE = types.HttpRetryOptions(attempts=3, initial_delay=0.001, max_delay=0.001, jitter=0.0)


def answer(
    prompt: int,
    candidates: int | None,
    *,
    headers: Mapping[str, str | None] | None = None,
    **more: Any,
) -> Json:
    """A step that answers with these tokens.

    ``more``: counts and details as `support.gemini.usage` takes them, ``grounding`` for the candidate, ``model`` for
    the one that served.
    """
    body = said(
        "So much.",
        **({"groundingMetadata": more.pop("grounding")} if "grounding" in more else {}),
    )
    if "model" in more:
        body["modelVersion"] = more.pop("model")
    body["usageMetadata"] = usage(prompt, candidates, **more)
    return {"response": body, "headers": dict(headers or {})}


def searched(*queries: str, pages: int = 1, maps: int = 0) -> Json:
    """GroundingMetadata of a web search; ``maps`` places of Google Maps beside its pages."""
    page = {"web": {"uri": "https://example.com/1", "title": "One"}}
    place = {"maps": {"uri": "https://maps.example.com/1", "title": "Here"}}
    return {"webSearchQueries": list(queries), "groundingChunks": [page] * pages + [place] * maps}
