"""What OTLP carries: one ``Signal`` for traces, metrics and logs, the same whichever protocol it comes by."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from gemledger_collector.pipeline import Sink

_INVALID = (
    "left out: spans whose trace id has not 16 bytes, whose span id has not 8, "
    "or that start after 2262"
)
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
