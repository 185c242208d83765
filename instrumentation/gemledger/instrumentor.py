"""The instrumentor that OpenTelemetry finds: ``opentelemetry-instrument`` by its entry point, others by its class."""

from collections.abc import Collection
from typing import Any

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]  # published without types

from gemledger.patching import PATCHING


class GeminiInstrumentor(BaseInstrumentor):  # type: ignore[misc]  # published without types
    """Instruments google-genai, wherever in the process it is used; a singleton, as every OpenTelemetry instrumentor.

    The same patches as those of ``gemledger.instrument()``: whoever comes second changes nothing.
    """

    def instrumentation_dependencies(self) -> Collection[str]:
        """No upper bound: one is what silenced the official instrumentor. What is missing is said when patching."""
        return ("google-genai >= 1.32",)

    @property
    def is_instrumented_by_opentelemetry(self) -> bool:
        """Whether calls are recorded, whoever asked for it."""
        return PATCHING.enabled

    def instrument(self, **kwargs: Any) -> None:  # noqa: ANN401 - OpenTelemetry's signature
        """Keywords: OpenTelemetry's ``tracer_provider``, and ``capture_content``, ``book``, ``clock``."""
        # The base class's own note may be out of date.
        self._is_instrumented_by_opentelemetry = PATCHING.enabled
        super().instrument(**kwargs)

    def uninstrument(self, **kwargs: Any) -> None:  # noqa: ANN401 - OpenTelemetry's signature
        """Take every patch back."""
        self._is_instrumented_by_opentelemetry = PATCHING.enabled
        super().uninstrument(**kwargs)

    def _instrument(self, **kwargs: Any) -> None:  # noqa: ANN401 - OpenTelemetry's signature
        """Called by ``instrument``."""
        known = ("tracer_provider", "capture_content", "book", "clock")
        PATCHING.enable(**{name: kwargs[name] for name in known if name in kwargs})

    def _uninstrument(self, **kwargs: Any) -> None:  # noqa: ANN401, ARG002 - OpenTelemetry's signature
        """Called by ``uninstrument``."""
        PATCHING.disable()
