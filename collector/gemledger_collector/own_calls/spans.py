"""Spans of the collector's own calls, as encoded OTLP, into the pipeline of this process: no port, everyone's path."""

import logging
import threading
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

import gemledger
from gemledger.semconv import SERVICE_NAME
from gemledger_collector.own_calls.delivery import Deliver

log = logging.getLogger("gemledger.own_calls")


class InProcessExporter(SpanExporter):
    """Hands spans to ``deliver``. Called from the processor's own thread."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self.lost = 0
        """How many spans could not be delivered, so far."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Deliver a batch; a loss is counted and logged, never raised into the processor."""
        try:
            self._deliver(encode_spans(spans).SerializeToString())
        except Exception:
            log.exception("%d spans of the collector's own calls could not be stored", len(spans))
            self.lost += len(spans)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS


class OwnSpans:
    """The tracer provider of the collector's calls."""

    def __init__(self, deliver: Deliver) -> None:
        self._exporter = InProcessExporter(deliver)
        self.provider = TracerProvider(
            sampler=ALWAYS_ON,  # the collector's bill must not depend on OTEL_TRACES_SAMPLER
            resource=Resource.create({SERVICE_NAME: "gemledger-collector"}),
            shutdown_on_exit=False,
        )
        self.provider.add_span_processor(BatchSpanProcessor(self._exporter))

    @property
    def lost(self) -> int:
        """How many spans could not be stored, so far: to be compared with what it was before."""
        return self._exporter.lost

    def flush(self) -> bool:
        """Wait until every span so far is committed or lost; False when that takes too long."""
        return self.provider.force_flush(30_000)

    def close(self) -> None:
        """Deliver what is left and end the processor's thread."""
        self.provider.shutdown()


class _Shared:
    """google-genai is instrumented once in a process, so whoever calls Gemini here shares one provider."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spans: OwnSpans | None = None
        self._users = 0

    def open(self, deliver: Deliver) -> OwnSpans:
        with self._lock:
            if self._spans is None:
                self._spans = OwnSpans(deliver)
                gemledger.instrument(tracer_provider=self._spans.provider)
            self._users += 1
            return self._spans

    def close(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._spans is not None:
                self._spans.close()
                self._spans = None
                gemledger.uninstrument()


_SHARED = _Shared()


def open_own_spans(deliver: Deliver) -> OwnSpans:
    """Instrument this process's google-genai; each call of this must be followed by one of ``close_own_spans``."""
    return _SHARED.open(deliver)


def close_own_spans() -> None:
    """Deliver what is left; the last one to leave undoes the instrumentation."""
    _SHARED.close()
