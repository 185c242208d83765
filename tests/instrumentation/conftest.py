"""What the instrumentation's tests share: a simulated Gemini, the real SDK, and the spans that come out."""

import gc
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google import genai
from google.genai import types
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import gemledger
from gemledger.instrumentor import GeminiInstrumentor
from gemledger_simulator.process import SimulatorProcess

MODEL = "gemini-2.5-flash"


class Recorded:
    """The spans of one test, in the order they ended."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
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


def steady(attributes: Any) -> dict[str, Any]:
    """Attributes without what differs from run to run: port, response id, waiting time."""
    found = dict(attributes or {})
    for name in ("server.port", "gen_ai.response.id", "gen_ai.response.time_to_first_chunk"):
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
    gemledger.instrument(tracer_provider=recorder.provider)
    yield recorder
    gemledger.uninstrument()


@pytest.fixture
def recorded_content() -> Iterator[Recorded]:
    """The same, with prompts and answers captured."""
    recorder = Recorded()
    GeminiInstrumentor().instrument(tracer_provider=recorder.provider, capture_content=True)
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
