"""Which call is running, carried on the OpenTelemetry context beside its span."""

from opentelemetry import context as otel
from opentelemetry.trace import Span, set_span_in_context

_KEY = otel.create_key("gemledger-call")
_SUPPRESSED = (
    "suppress_instrumentation",
    getattr(otel, "_SUPPRESS_INSTRUMENTATION_KEY", "suppress_instrumentation"),
)
"""The keys of ``opentelemetry.instrumentation.utils.suppress_instrumentation``, whose import costs too much."""


def is_suppressed() -> bool:
    """Whether somebody asked instrumentations to be quiet in this context."""
    context = otel.get_current()
    return any(context.get(key) for key in _SUPPRESSED)


def running() -> object:
    """The call whose SDK method is running here; None outside of any, and where all is to be quiet."""
    call = otel.get_value(_KEY)
    return None if call is None or is_suppressed() else call


class Place:
    """Where a call is current: its span and itself on top of whatever context it is resumed in."""

    __slots__ = ("_base", "_inside")

    def __init__(self) -> None:
        self._base: otel.Context | None = None
        self._inside: otel.Context = otel.Context()

    def enter(self, span: Span, call: object) -> object:
        """Make span and call current, until ``leave`` is given what comes back. ``call`` is None if not recorded."""
        base = otel.get_current()
        if self._base is not base:  # a stream resumes in the same context again and again
            inside = set_span_in_context(span, base)
            self._base, self._inside = base, otel.set_value(_KEY, call, inside)
        return otel.attach(self._inside)


leave = otel.detach
