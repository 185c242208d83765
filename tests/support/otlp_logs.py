"""Log and metric requests as senders make them, built with the reference implementation."""

from collections.abc import Iterable, Mapping

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.otlp import NOON, Value, fill


def event(
    name: str,
    span: Span | None,
    body: Value = None,
    *,
    attributes: Mapping[str, Value] | None = None,
    time: int = NOON,
) -> LogRecord:
    """A log record with a name, said in a span."""
    record = LogRecord(event_name=name, time_unix_nano=time, observed_time_unix_nano=time + 5)
    if span is not None:
        record.trace_id, record.span_id = span.trace_id, span.span_id
    if body is not None:
        fill(record.body, body)
    for key, value in (attributes or {}).items():
        fill(record.attributes.add(key=key).value, value)
    return record


def logs(records: Iterable[LogRecord]) -> ExportLogsServiceRequest:
    """One export request."""
    request = ExportLogsServiceRequest()
    emitter = request.resource_logs.add()
    fill(emitter.resource.attributes.add(key="service.name").value, "shop")
    scoped = emitter.scope_logs.add()
    scoped.scope.name = "evaluator"
    scoped.log_records.extend(records)
    return request


def metrics(points: int) -> ExportMetricsServiceRequest:
    """One export request with a sum and a histogram of so many points each."""
    request = ExportMetricsServiceRequest()
    scoped = request.resource_metrics.add().scope_metrics.add()
    tokens = scoped.metrics.add(name="gen_ai.client.token.usage")
    seconds = scoped.metrics.add(name="gen_ai.client.operation.duration")
    for number in range(points):
        tokens.sum.data_points.add(time_unix_nano=NOON, as_int=number)
        seconds.histogram.data_points.add(time_unix_nano=NOON, bucket_counts=[1, 2], count=3)
    return request
