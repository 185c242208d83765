"""The judge's own spans, as encoded OTLP, into the pipeline of this process: no port, the same path as everyone's."""

import logging
import threading
from collections.abc import Callable, Sequence

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from gemledger.semconv import SERVICE_NAME

log = logging.getLogger("gemledger.judge")

Deliver = Callable[[bytes], None]
"""Takes one ExportTraceServiceRequest; returns once it is committed, raises when it cannot be."""


class InProcessExporter(SpanExporter):
    """Hands spans to ``deliver``. Called from the processor's own thread."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._lost = 0
        self._lock = threading.Lock()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Deliver a batch; a loss is counted and logged, never raised into the processor."""
        try:
            self._deliver(encode_spans(spans).SerializeToString())
        except Exception:
            log.exception("%d spans of the judge's own calls could not be stored", len(spans))
            with self._lock:
                self._lost += len(spans)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def take_lost(self) -> int:
        """How many spans were lost since the last question."""
        with self._lock:
            lost, self._lost = self._lost, 0
            return lost


class OwnSpans:
    """The tracer provider of the judge's calls."""

    def __init__(self, deliver: Deliver) -> None:
        self._exporter = InProcessExporter(deliver)
        self.provider = TracerProvider(
            sampler=ALWAYS_ON,  # the judge's bill must not depend on OTEL_TRACES_SAMPLER
            resource=Resource.create({SERVICE_NAME: "gemledger-judge"}),
            shutdown_on_exit=False,
        )
        self.provider.add_span_processor(BatchSpanProcessor(self._exporter))

    def flush(self) -> bool:
        """Wait until every span so far is committed; False when one was lost."""
        flushed = self.provider.force_flush(30_000)
        return self._exporter.take_lost() == 0 and flushed

    def close(self) -> None:
        """Deliver what is left and end the processor's thread."""
        self.provider.shutdown()
