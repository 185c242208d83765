"""Which call is running, carried on the OpenTelemetry context beside its span."""

from opentelemetry import context as otel
from opentelemetry.trace import INVALID_SPAN, Span, set_span_in_context

_KEY = otel.create_key("gemledger-call")
_SUPPRESSED = "suppress_instrumentation"
_SUPPRESSED_OF_API = getattr(otel, "_SUPPRESS_INSTRUMENTATION_KEY", _SUPPRESSED)
"""The keys of ``opentelemetry.instrumentation.utils.suppress_instrumentation``, whose import costs too much."""

(_SPAN,) = set_span_in_context(INVALID_SPAN, otel.Context())
"""The key that OpenTelemetry's own function uses; that, and then our key, would be four copies of the context."""


def is_suppressed(context: otel.Context) -> bool:
    """Whether somebody asked instrumentations to be quiet in this context."""
    # Most contexts hold nothing at all.
    return bool(context and (context.get(_SUPPRESSED) or context.get(_SUPPRESSED_OF_API)))


def running() -> object:
    """The call whose SDK method is running here; None outside of any, and where all is to be quiet."""
    context = otel.get_current()
    call = context.get(_KEY)
    return None if call is None or is_suppressed(context) else call


def inside(base: otel.Context, span: Span | None, call: object) -> otel.Context:
    """``base`` with the call on top of it, and its span, if that has begun."""
    if span is None:
        return otel.set_value(_KEY, call, base)
    return otel.Context({**base, _SPAN: span, _KEY: call})
