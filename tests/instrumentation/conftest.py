"""What the instrumentation's tests share: a simulated Gemini, the real SDK, and the spans that come out."""

import gc
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google import genai
from google.genai import types
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Sampler

import gemledger
from gemledger.call import CallRecorder, Endpoint, Request
from gemledger.instrumentor import GeminiInstrumentor
from gemledger.settings import Settings
from gemledger_simulator.process import SimulatorProcess

MODEL = "gemini-2.5-flash"
NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()) * 10**9
"""The day on which these tests take place, far from any change of price."""


def noon_clock() -> Callable[[], int]:
    """A clock that starts at noon and goes as the real one does."""
    started_ns = time.monotonic_ns()
    return lambda: NOON + time.monotonic_ns() - started_ns


class Recorded:
    """The spans of one test, in the order they ended."""

    def __init__(self, sampler: Sampler | None = None) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    @property
    def spans(self) -> list[ReadableSpan]:
        """Everything that ended so far."""
        return list(self.exporter.get_finished_spans())

    @property
    def span(self) -> ReadableSpan:
        """The only span."""
        (span,) = self.spans
        return span

    @property
    def attributes(self) -> dict[str, Any]:
        """Attributes of the only span; what differs from run to run reads the same."""
        return steady(self.span.attributes)


UNSTEADY = (
    "server.port",
    "gen_ai.response.id",
    "gen_ai.response.time_to_first_chunk",
    "gemledger.stream.max_gap_seconds",
    "gemledger.price.book",
)


def steady(attributes: Any) -> dict[str, Any]:
    """Attributes without what differs from run to run: port, response id, waiting times, version of the book."""
    found = dict(attributes or {})
    for name in UNSTEADY:
        if name in found:
            found[name] = type(found[name]).__name__
    return found


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorProcess]:
    """A Gemini that costs nothing, in a process of its own."""
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def client(simulator: SimulatorProcess) -> Iterator[genai.Client]:
    """The real SDK, pointed at the simulator."""
    made = genai.Client(api_key="test-key", http_options=types.HttpOptions(base_url=simulator.url))
    yield made
    made.close()
    gc.collect()


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    """The SDK is instrumented for this test; here are its spans."""
    recorder = Recorded()
    GeminiInstrumentor().instrument(tracer_provider=recorder.provider, clock=noon_clock())
    yield recorder
    gemledger.uninstrument()


@pytest.fixture
def recorded_content() -> Iterator[Recorded]:
    """The same, with prompts and answers captured."""
    recorder = Recorded()
    GeminiInstrumentor().instrument(
        tracer_provider=recorder.provider, capture_content=True, clock=noon_clock()
    )
    yield recorder
    gemledger.uninstrument()


Asking = Callable[..., types.GenerateContentConfig]


@pytest.fixture
def asking() -> Asking:
    """A config that tells the simulator what to answer: exact usage, or a fault."""

    def config(
        *, usage: dict[str, Any] | None = None, fault: str | None = None, **fields: Any
    ) -> types.GenerateContentConfig:
        headers = {}
        if usage is not None:
            headers["x-simulator-usage"] = json.dumps(usage)
        if fault is not None:
            headers["x-simulator-fault"] = fault
        return types.GenerateContentConfig(
            http_options=types.HttpOptions(headers=headers), **fields
        )

    return config


GEMINI = Endpoint(
    "gcp.gemini", "gemini_api", "generativelanguage.googleapis.com", 443, None, None, "0a1b2c3d"
)
VERTEX = Endpoint(
    "gcp.vertex_ai", "vertex_ai", "aiplatform.googleapis.com", 443, "our-project", None
)

Recorder = Callable[..., CallRecorder]


@pytest.fixture
def recorder(recorded: Recorded) -> Recorder:
    """A recorder into this test's spans, with a clock that the test gives."""

    def made(clock: Iterator[int], settings: Settings | None = None) -> CallRecorder:
        tracer = recorded.provider.get_tracer("gemledger")
        return CallRecorder(tracer, settings or Settings(), clock=lambda: next(clock))

    return made


def asked(model: str = MODEL, *, stream: bool = False, config: Any = None, **at: Any) -> Request:
    """A request as the SDK's methods make it."""
    return Request("generate_content", model, "Hello", config, stream, at.get("endpoint", GEMINI))


def answer(**fields: Any) -> types.GenerateContentResponse:
    """A response of the SDK; ``usage`` in its own field names, ``headers`` as they came over HTTP."""
    usage = types.GenerateContentResponseUsageMetadata(**fields.pop("usage"))
    known: dict[str, Any] = {
        "usage_metadata": usage,
        "candidates": [types.Candidate(finish_reason=types.FinishReason.STOP)],
        "response_id": "r1",
        "sdk_http_response": types.HttpResponse(headers=fields.pop("headers", {})),
    }
    return types.GenerateContentResponse(**known | fields)
