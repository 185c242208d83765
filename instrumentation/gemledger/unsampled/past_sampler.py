"""Spans that no sampler may drop: handed to the processors of a provider directly, as its own tracer would hand them.

Imports the OpenTelemetry SDK; loaded only once something other than the API's own no-op is behind a tracer.
"""

import copy
import logging
from collections.abc import Callable, Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, Tracer
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from gemledger.attributes import Attributes
from gemledger.unsampled.summing import Event

_logger = logging.getLogger("gemledger")


class Outlet:
    """The way past a tracer's sampler, and word from its provider when it flushes or ends.

    ``hand_over`` is called then, before the provider's other processors are. With a tracer that is not the SDK's own
    there is no such way: a warning says so, and spans are subject to that tracer's sampling.
    """

    def __init__(self, tracer: trace.Tracer, hand_over: Callable[[], object]) -> None:
        self._tracer = tracer
        self._first = _BeforeOthers(hand_over)
        self._bypasses = isinstance(tracer, Tracer) and hasattr(tracer, "sampler")
        if not self._bypasses:
            _logger.warning(
                "sampled-out Gemini calls are summed up, but %s cannot be told to let the sums pass its sampler: "
                "with sampling, the bill will be short; use OpenTelemetry's own TracerProvider",
                type(tracer).__qualname__,
            )
        elif not _put_first(tracer, self._first):
            _logger.warning(
                "this OpenTelemetry SDK does not say when it flushes: "
                "call gemledger.flush() before shutting a tracer provider down, or lose up to 15 s of unsampled calls"
            )

    def emit(
        self,
        name: str,
        attributes: Attributes,
        times_ns: tuple[int, int],
        events: Sequence[Event] = (),
        identity: tuple[int, int] | None = None,
    ) -> None:
        """One span of its own trace, from start to end, with the tracer's resource, scope and limits.

        ``identity``, a trace id and a span id, is for what several processes may tell: then they tell the same span.
        A tracer that its provider has disabled emits nothing.
        """
        tracer = self._tracer
        if self._bypasses:
            tracer = copy.copy(tracer)  # the app's own keeps its sampler, and its ids
            tracer.sampler = ALWAYS_ON  # type: ignore[attr-defined]  # checked when made
            if identity is not None:
                tracer.id_generator = _Given(*identity)  # type: ignore[attr-defined]  # as the sampler
        span = tracer.start_span(
            name, context=Context(), attributes=attributes, start_time=times_ns[0]
        )
        for event in events:
            span.add_event(event.name, event.attributes, event.at_ns)
        span.end(max(times_ns))

    def close(self) -> None:
        """The provider need not say any more when it flushes."""
        _take_out(self._tracer, self._first)


class _Given(IdGenerator):
    """Ids that are known before."""

    def __init__(self, trace_id: int, span_id: int) -> None:
        self._trace_id, self._span_id = trace_id, span_id

    def generate_trace_id(self) -> int:
        """The trace id."""
        return self._trace_id

    def generate_span_id(self) -> int:
        """The span id."""
        return self._span_id


class _BeforeOthers(SpanProcessor):
    """Stands before a provider's other processors: what we hand over then is with them when their turn comes."""

    def __init__(self, hand_over: Callable[[], object]) -> None:
        self._hand_over = hand_over

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Other people's spans are not our concern."""

    def on_end(self, span: ReadableSpan) -> None:
        """Nor is this."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's signature
        """The provider flushes."""
        self._hand_over()
        return True

    def shutdown(self) -> None:
        """The provider ends."""
        self._hand_over()


def _put_first(tracer: Any, processor: SpanProcessor) -> bool:  # noqa: ANN401 - private parts of the SDK's Tracer
    """Put a processor before all others; False where this SDK has no such place. Publicly one can only be the last."""
    chain: Any = getattr(tracer, "span_processor", None)
    if not hasattr(chain, "_lock") or not isinstance(
        getattr(chain, "_span_processors", None), tuple
    ):
        return False
    with chain._lock:  # noqa: SLF001 - checked above
        chain._span_processors = (processor, *chain._span_processors)  # noqa: SLF001 - checked above
    return True


def _take_out(tracer: Any, processor: SpanProcessor) -> None:  # noqa: ANN401 - private parts of the SDK's Tracer
    """Undo ``_put_first``; does nothing where it did nothing."""
    chain: Any = getattr(tracer, "span_processor", None)
    if processor in getattr(chain, "_span_processors", ()):
        with chain._lock:  # noqa: SLF001 - as in _put_first
            present = chain._span_processors  # noqa: SLF001 - as in _put_first
            chain._span_processors = tuple(one for one in present if one is not processor)  # noqa: SLF001 - as in _put_first
