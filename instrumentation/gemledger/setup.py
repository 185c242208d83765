"""For apps without OpenTelemetry of their own: provider, batched OTLP export, flush at exit, count of what was lost."""

import atexit
import logging
import os
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from gemledger import semconv
from gemledger.instrumentor import GeminiInstrumentor

_logger = logging.getLogger("gemledger")

DEFAULT_ENDPOINT = "http://127.0.0.1:4318"
QUEUE_SIZE = 16_384
"""Spans; at ≤ 4 kB each a minute of a busy app waits in ≤ 64 MB while the collector restarts."""
SCHEDULE_DELAY_MILLIS = 1_000
EXPORT_TIMEOUT_SECONDS = 64.0
"""The stock exporter gives a batch up when the next wait (1, 2, 4, 8, 16 s) would pass its timeout: 10 s of it survive
only 7 s of outage, 64 s survive 31. It waits in its own thread; the app never does."""
EXIT_SECONDS = 5.0
"""How long a process may be kept from ending by spans that cannot be delivered."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the spans so far; after a flush, ``dropped`` are those that never reached the collector."""

    ended: int
    delivered: int

    @property
    def dropped(self) -> int:
        """Ended and not delivered: lost, or still waiting if there was no flush."""
        return self.ended - self.delivered


class _CountingExporter(SpanExporter):
    """Passes batches on and counts what the collector acknowledged."""

    def __init__(self, exporter: SpanExporter) -> None:
        self.delivered = 0
        self._exporter = exporter
        self._closed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Called by one thread at a time, under the processor's lock."""
        if self._closed:
            return SpanExportResult.FAILURE
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self.delivered += len(spans)
        return result

    def shutdown(self) -> None:
        """Give up waiting for a collector that does not answer; a second time does nothing."""
        if not self._closed:
            self._closed = True
            self._exporter.shutdown()


class _CountingProcessor(BatchSpanProcessor):
    """A batch processor that knows how many spans it was given."""

    def __init__(self, exporter: SpanExporter, *, environ: Mapping[str, str]) -> None:
        super().__init__(
            exporter,
            max_queue_size=None if "OTEL_BSP_MAX_QUEUE_SIZE" in environ else QUEUE_SIZE,
            schedule_delay_millis=None
            if "OTEL_BSP_SCHEDULE_DELAY" in environ
            else SCHEDULE_DELAY_MILLIS,
        )
        self.ended = 0
        self._lock = threading.Lock()

    def on_end(self, span: ReadableSpan) -> None:
        """Count, then queue; never blocks on the network."""
        if span.context is not None and span.context.trace_flags.sampled:
            with self._lock:
                self.ended += 1
        super().on_end(span)


class _Shipping:
    """The provider of ``init`` and what it takes to flush and close it within a deadline.

    A thread made in advance does the waiting: at interpreter exit new threads are refused.
    """

    def __init__(
        self, resource: Resource, endpoint: str | None, environ: Mapping[str, str]
    ) -> None:
        self._exporter = _CountingExporter(_otlp_exporter(endpoint, environ))
        self._processor = _CountingProcessor(self._exporter, environ=environ)
        self.provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self.provider.add_span_processor(self._processor)
        self._errands: queue.SimpleQueue[tuple[Callable[[], object], threading.Event]] = (
            queue.SimpleQueue()
        )
        self._pid = 0
        self._ensure_thread()

    @property
    def delivery(self) -> Delivery:
        """What became of the spans so far."""
        return Delivery(self._processor.ended, self._exporter.delivered)

    def flush(self, timeout_seconds: float) -> bool:
        """Whether every span ended so far reached the collector within the time."""
        self._within(timeout_seconds, self.provider.force_flush)
        return self.delivery.dropped == 0

    def close(self, timeout_seconds: float) -> None:
        """Deliver what can be delivered within the time, then let go."""
        if not self._within(timeout_seconds, self.provider.shutdown):
            self._exporter.shutdown()
        dropped = self.delivery.dropped
        if dropped:
            _logger.warning(
                "%d spans did not reach the collector before the process ended", dropped
            )

    def _within(self, timeout_seconds: float, errand: Callable[[], object]) -> bool:
        """Have the thread run an errand; whether it was done in time."""
        self._ensure_thread()
        done = threading.Event()
        self._errands.put((errand, done))
        return done.wait(timeout_seconds)

    def _ensure_thread(self) -> None:
        """Start the thread; again after a fork, which does not copy threads."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._errands = queue.SimpleQueue()
            threading.Thread(
                target=self._run, args=(self._errands,), name="gemledger-flush", daemon=True
            ).start()

    @staticmethod
    def _run(errands: Any) -> None:  # noqa: ANN401 - queue.SimpleQueue of errands
        """Errands one after the other, for the life of the process."""
        while True:
            errand, done = errands.get()
            try:
                errand()
            except Exception:
                _logger.warning("could not flush spans", exc_info=True)
            finally:
                done.set()


_shipping: _Shipping | None = None


def init(
    service_name: str | None = None,
    endpoint: str | None = None,
    *,
    capture_content: bool | None = None,
) -> TracerProvider:
    """Instrument an app that has no OpenTelemetry of its own; doing it again gives the same provider.

    ``endpoint`` is a collector's base address (else ``OTEL_EXPORTER_OTLP_ENDPOINT``, else http://127.0.0.1:4318).
    ``capture_content`` puts prompts and answers on spans. The global provider is left alone.
    """
    global _shipping  # noqa: PLW0603 - one per process, as its atexit handler is
    if _shipping is None:
        _shipping = _Shipping(_resource(service_name), endpoint, os.environ)
        atexit.register(_shipping.close, EXIT_SECONDS)
        instrumentor = GeminiInstrumentor()
        if instrumentor.is_instrumented_by_opentelemetry:
            instrumentor.uninstrument()
        instrumentor.instrument(tracer_provider=_shipping.provider, capture_content=capture_content)
    return _shipping.provider


def flush(timeout_seconds: float = 30) -> bool:
    """Send what waits, now. Whether every span so far was delivered in time; True when ``init`` was never called."""
    return _shipping is None or _shipping.flush(timeout_seconds)


def delivery() -> Delivery:
    """Spans ended and delivered since ``init``."""
    return Delivery(0, 0) if _shipping is None else _shipping.delivery


def _resource(service_name: str | None) -> Resource:
    """Who emits: the argument, else what OTEL_* says, else the SDK's default."""
    return Resource.create({semconv.SERVICE_NAME: service_name} if service_name else {})


def _otlp_exporter(endpoint: str | None, environ: Mapping[str, str]) -> OTLPSpanExporter:
    """OTLP over HTTP, compressed, patient; OTEL_EXPORTER_OTLP_* variables win over our defaults."""
    timeouts = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
    return OTLPSpanExporter(
        endpoint=_traces_url(endpoint, environ),
        compression=Compression.Gzip,
        timeout=None if any(name in environ for name in timeouts) else EXPORT_TIMEOUT_SECONDS,
    )


def _traces_url(endpoint: str | None, environ: Mapping[str, str]) -> str | None:
    """Address of the traces endpoint; None leaves a variable for traces alone to the exporter."""
    if endpoint is None:
        if environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
            return None
        endpoint = environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or DEFAULT_ENDPOINT
    return endpoint.rstrip("/") + "/v1/traces"
