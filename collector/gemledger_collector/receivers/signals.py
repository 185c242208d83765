"""What OTLP carries: one ``Signal`` for traces, metrics and logs, the same whichever protocol it comes by."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from gemledger_collector.errors import Rejected
from gemledger_collector.pipeline import Pipeline, Sink
from gemledger_collector.telemetry import Telemetry

_INVALID = (
    "left out: spans whose trace id has not 16 bytes, whose span id has not 8, "
    "or that start after 2262"
)
_TOO_LATE = "left out: log records of a time beyond 2262"
_INLINE_BYTES = 64 * 2**10
"""A request up to this size is counted at once; a larger one in a thread."""
_TOO_OLD = (
    "older_than_retention: spans that start before what the collector keeps, for it could not tell "
    "whether it had them (exporters.duckdb.retention)"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that is acknowledged: how many of its items were left out, and why."""

    rejected: int = 0
    explanation: str = ""


Take = Callable[[bytes], Awaitable[Taken]]


@dataclass(frozen=True, slots=True)
class Signal:
    """One kind of telemetry: its name in paths and services, its messages, and who takes it."""

    name: str
    items: str
    request: type[Message]
    response: type[Message]
    take: Take
    """Takes one encoded ``request``; returns once it is committed. Raises Rejected or Overloaded."""

    @property
    def service(self) -> str:
        """Its gRPC service."""
        kind = {"traces": "trace"}.get(self.name, self.name)
        return f"opentelemetry.proto.collector.{kind}.v1.{kind.title()}Service"

    @property
    def path(self) -> str:
        """Where it is posted over HTTP."""
        return f"/v1/{self.name}"

    def answer(self, taken: Taken) -> Message | None:
        """The response, or None where it is an empty one: everything was taken."""
        if not taken.rejected and not taken.explanation:
            return None
        response = self.response()
        partial = response.partial_success  # type: ignore[attr-defined]  # the three have it
        setattr(partial, f"rejected_{self.items}", taken.rejected)
        partial.error_message = taken.explanation
        return response


def signals_of(pipeline: Pipeline, telemetry: Telemetry) -> Sequence[Signal]:
    """All three."""
    return traces(pipeline), metrics(telemetry), logs(pipeline.logs)


def traces(sink: Sink) -> Signal:
    """Spans, into the pipeline as they came."""

    async def take(payload: bytes) -> Taken:
        accepted = await sink.accept(payload)
        reasons = ((accepted.invalid_spans, _INVALID), (accepted.too_old_spans, _TOO_OLD))
        return Taken(
            accepted.invalid_spans + accepted.too_old_spans,
            "; ".join(text for count, text in reasons if count),
        )

    return Signal(
        "traces",
        "spans",
        trace_service_pb2.ExportTraceServiceRequest,
        trace_service_pb2.ExportTraceServiceResponse,
        take,
    )


def logs(sink: Sink) -> Signal:
    """Log records: evaluations and content are stored, the rest is counted."""

    async def take(payload: bytes) -> Taken:
        accepted = await sink.accept(payload)
        return Taken(accepted.invalid_spans, _TOO_LATE if accepted.invalid_spans else "")

    return Signal(
        "logs",
        "log_records",
        logs_service_pb2.ExportLogsServiceRequest,
        logs_service_pb2.ExportLogsServiceResponse,
        take,
    )


def metrics(telemetry: Telemetry) -> Signal:
    """Metrics, so that an app that exports all three signals meets no error: counted, not stored."""

    async def take(payload: bytes) -> Taken:
        if len(payload) <= _INLINE_BYTES:
            points = _points(payload)
        else:
            points = await asyncio.to_thread(_points, payload)
        telemetry.add("metric_points_total", points)
        telemetry.add("requests_accepted_total")
        return Taken()

    return Signal(
        "metrics",
        "data_points",
        metrics_service_pb2.ExportMetricsServiceRequest,
        metrics_service_pb2.ExportMetricsServiceResponse,
        take,
    )


def _points(payload: bytes) -> int:
    """How many data points a request holds. Raises Rejected."""
    try:
        request = metrics_service_pb2.ExportMetricsServiceRequest.FromString(payload)
    except DecodeError:
        raise Rejected("the body is no ExportMetricsServiceRequest in protobuf") from None
    return sum(
        len(getattr(metric, kind).data_points)
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if (kind := metric.WhichOneof("data")) is not None
    )
