"""A month of the past: planned calls, answered by the simulator's engine, written by the real instrumentation.

The same ``CallRecorder`` that the patched SDK methods use writes these spans, with a clock of the past, and the real
OTLP exporter sends them. Only the HTTP between SDK and simulator is left out: 30 days fit into seconds.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from google.genai import errors, types
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult

import gemledger
from gemledger.call import Call, CallRecorder, Endpoint, Request
from gemledger.pricing import load_book
from gemledger.semconv import PROVIDER_GEMINI
from gemledger.settings import Settings
from gemledger_cli.addresses import LOOPBACK
from gemledger_simulator.engine import Circumstances, Engine, SimulatedResponse
from gemledger_simulator.planned import PlannedCall

BATCH_SPANS = 512
NANOSECONDS_PER_MS = 1_000_000


class BackfillError(Exception):
    """The collector did not take the spans; the text is one line for the person at the terminal."""


@dataclass(slots=True)
class GivenClock:
    """The instant the recorder takes for now, in unix nanoseconds."""

    now_unix_nano: int = 0

    def __call__(self) -> int:
        """Return it."""
        return self.now_unix_nano


@dataclass(slots=True)
class Held(SpanProcessor):
    """Finished spans, held until they are sent as one batch."""

    spans: list[ReadableSpan] = field(default_factory=list)

    def on_end(self, span: ReadableSpan) -> None:
        """Keep the span."""
        self.spans.append(span)

    def take(self) -> Sequence[ReadableSpan]:
        """Give up what is held."""
        taken, self.spans = self.spans, []
        return taken


class Backfill:
    """Writes planned calls of the past to a collector."""

    def __init__(
        self, engine: Engine, endpoint: str, simulator_url: str, service_name: str
    ) -> None:
        self._engine = engine
        self._clock = GivenClock()
        self._held = Held()
        provider = TracerProvider(resource=Resource.create({"service.name": service_name}))
        provider.add_span_processor(self._held)
        self._recorder = CallRecorder(
            provider.get_tracer("gemledger"),
            Settings(capture_content=True),
            book=load_book(),
            clock=self._clock,
        )
        self._exporter = OTLPSpanExporter(
            endpoint=f"{endpoint}/v1/traces", compression=Compression.Gzip, timeout=60
        )
        simulator = urlsplit(simulator_url)
        self._endpoint = Endpoint(
            provider=PROVIDER_GEMINI,
            platform="gemini_api",
            server_address=simulator.hostname or LOOPBACK,
            server_port=simulator.port or 80,
        )

    def write(self, calls: Iterable[PlannedCall], progress: Callable[[int], None]) -> int:
        """Send every call as a span and return how many; raise BackfillError when a batch is not accepted."""
        written = 0
        for batch in _batches(calls):
            for call in batch:
                self._record(call)
            if self._exporter.export(self._held.take()) is not SpanExportResult.SUCCESS:
                raise BackfillError(
                    "the collector did not accept a batch of the past; see its messages above"
                )
            written += len(batch)
            progress(len(batch))
        self._exporter.shutdown()  # type: ignore[no-untyped-call]  # the exporter leaves it bare
        return written

    def _record(self, planned: PlannedCall) -> None:
        answer = self._engine.respond(
            planned.model,
            planned.request_body(),
            planned.at_unix_nano,
            Circumstances(usage=planned.usage_override),
        )
        request = Request(
            operation="generate_content",
            model=planned.model,
            contents=planned.contents,
            config=planned.config(),
            stream=planned.stream,
            endpoint=self._endpoint,
        )
        self._clock.now_unix_nano = planned.at_unix_nano
        with gemledger.attribution(**attribution(planned)):
            call = self._recorder.start(request)
            self._live_through(call, planned, answer)
            call.end()

    def _live_through(self, call: Call, planned: PlannedCall, answer: SimulatedResponse) -> None:
        """What the SDK would have gone through: one try, then its answer or its error."""
        arrived_unix_nano = planned.at_unix_nano + answer.latency_ms * NANOSECONDS_PER_MS
        try:
            with call.open_exchange() as exchange:
                call.attempt()
                if planned.stream and answer.status == httpx.codes.OK:
                    waited_ms = answer.time_to_first_chunk_ms
                    self._clock.now_unix_nano += waited_ms * NANOSECONDS_PER_MS
                    call.first_chunk()
                self._clock.now_unix_nano = arrived_unix_nano
                exchange.observe(_response(answer))
        except errors.APIError as error:
            call.fail(error)


def _response(answer: SimulatedResponse) -> types.GenerateContentResponse:
    """What the SDK makes of an answer: a response, or an exception."""
    if answer.status != httpx.codes.OK:
        raise errors.APIError(answer.status, answer.body)
    response = types.GenerateContentResponse.model_validate(answer.body)
    response.sdk_http_response = types.HttpResponse(headers=answer.headers)
    return response


def attribution(planned: PlannedCall) -> dict[str, Any]:
    """Who pays for a planned call, as ``gemledger.attribution`` takes it."""
    return {
        "team": planned.team,
        "feature": planned.feature,
        "user_id": planned.user_id,
        "environment": planned.environment,
        "prompt_version": planned.prompt_version,
        "conversation_id": planned.conversation_id,
    }


def _batches(calls: Iterable[PlannedCall]) -> Iterator[list[PlannedCall]]:
    iterator = iter(calls)
    while batch := list(itertools.islice(iterator, BATCH_SPANS)):
        yield batch
