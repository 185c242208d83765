"""A provider with a sampler, and a recorder whose calls it leaves out: for tests of the sums of unsampled calls."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from google.genai import types
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Sampler

from gemledger import semconv
from gemledger.attributes import Endpoint, Request
from gemledger.call import CallRecorder
from gemledger.pricing import load_book
from gemledger.settings import Settings
from gemledger.unsampled import UnsampledSums

MODEL = "gemini-2.5-flash"
PICO = 550_000_000
"""What ``answer()`` costs: 1,000 tokens in, 100 out."""
NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()) * 10**9
MINUTE = 60 * 10**9
GEMINI = Endpoint(
    "gcp.gemini", "gemini_api", "generativelanguage.googleapis.com", 443, None, None, "0a1b2c3d"
)
VERTEX = Endpoint(
    "gcp.vertex_ai",
    "vertex_ai",
    "europe-west4-aiplatform.googleapis.com",
    443,
    "shop",
    "europe-west4",
)


class Sampled:
    """A provider with a sampler, what its processors saw, and a recorder whose clock the test sets."""

    def __init__(self, sampler: Sampler = ALWAYS_OFF, **settings: Any) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(
            sampler=sampler,
            resource=Resource({"service.name": "shop"}),
            shutdown_on_exit=False,
        )
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.now = NOON
        tracer = self.provider.get_tracer("gemledger", "1", semconv.SCHEMA_URL)
        book = load_book()
        self.sums = UnsampledSums(
            tracer, book.version, clock=lambda: self.now, **({"interval_seconds": 3600} | settings)
        )
        self.recorder = CallRecorder(
            tracer, Settings(), book=book, clock=lambda: self.now, unsampled=self.sums
        )

    def call(
        self,
        *responses: types.GenerateContentResponse,
        request: Request | None = None,
        error: Exception | None = None,
    ) -> None:
        """One call with these answers, begun now."""
        call = self.recorder.start(request or asked())
        for response in responses:
            call.exchange(response)
        if error is not None:
            call.fail(error)
        call.end()

    @property
    def spans(self) -> list[ReadableSpan]:
        """Everything that arrived at the processors."""
        return list(self.exporter.get_finished_spans())

    @property
    def summed(self) -> list[Mapping[str, Any]]:
        """The attributes of the sums, after a flush."""
        self.sums.flush()
        return [
            dict(span.attributes or {}) for span in self.spans if span.name == "gemledger.unsampled"
        ]


def asked(model: str = MODEL, *, endpoint: Endpoint = GEMINI, **config: Any) -> Request:
    """A request as the SDK's methods make it."""
    given_config = types.GenerateContentConfig(**config) if config else None
    return Request("generate_content", model, "Hello", given_config, False, endpoint)


def answer(
    prompt: int = 1000,
    output: int = 100,
    *,
    model: str = MODEL,
    tier: str = "standard",
    **usage: Any,
) -> types.GenerateContentResponse:
    """A response of the SDK."""
    counts: dict[str, Any] = {
        "prompt_token_count": prompt,
        "candidates_token_count": output,
        "total_token_count": prompt
        + output
        + usage.get("thoughts_token_count", 0)
        + usage.get("tool_use_prompt_token_count", 0),
    }
    return types.GenerateContentResponse(
        model_version=model,
        response_id="r1",
        candidates=[types.Candidate(finish_reason=types.FinishReason.STOP)],
        usage_metadata=types.GenerateContentResponseUsageMetadata(**counts | usage),
        sdk_http_response=types.HttpResponse(headers={"x-gemini-service-tier": tier}),
    )


def bill(sampled: Sampled) -> tuple[int, int]:
    """Calls and picoUSD in what arrived."""
    attributes: list[dict[str, Any]] = [dict(span.attributes or {}) for span in sampled.spans]
    calls = sum(one.get("gemledger.unsampled.calls", 1) for one in attributes)
    return calls, sum(one["gemledger.cost.pico_usd"] for one in attributes)
