"""The OpenTelemetry instrumentor: one patch table, applied and undone in one loop."""

import functools
import importlib
import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import wrapt
from opentelemetry import trace
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]  # published without types

from gemledger import legacy, semconv
from gemledger.call import CallRecorder
from gemledger.guard import guarded
from gemledger.opening import Opener
from gemledger.pricing.book import book_from_environ
from gemledger.settings import Settings
from gemledger.surfaces import MODELS, SURFACES, Function, Surface
from gemledger.unsampled import UnsampledSums


@dataclass(frozen=True, slots=True)
class _Patch:
    """A replaced method, and what it takes to put the original back."""

    owner: type
    method: str
    original: Function
    replacement: Function

    def __str__(self) -> str:
        return f"{self.owner.__module__}.{self.owner.__qualname__}.{self.method}"

    def undo(self) -> None:
        """Put the original back, unless somebody has wrapped ours since: theirs stays, ours under it falls silent."""
        if self.owner.__dict__.get(self.method) is self.replacement:
            setattr(self.owner, self.method, self.original)


class GeminiInstrumentor(BaseInstrumentor):  # type: ignore[misc]  # published without types
    """Instruments google-genai, wherever in the process it is used; a singleton, as every OpenTelemetry instrumentor.

    ``instrument(tracer_provider=…)`` does not import google.genai: the methods are patched when the app imports it.
    """

    _patches: tuple[_Patch, ...] = ()
    _missing: tuple[str, ...] = ()
    _opener: Opener | None = None

    @property
    def patched(self) -> tuple[str, ...]:
        """The methods that are recorded now; none before the app has imported google.genai."""
        return tuple(str(patch) for patch in self._patches)

    @property
    def missing(self) -> tuple[str, ...]:
        """The methods that this google-genai does not have."""
        return self._missing

    def instrumentation_dependencies(self) -> Collection[str]:
        """No upper bound: one is what silenced the official instrumentor. What is missing is said when patching."""
        return ("google-genai >= 1.32",)

    def _instrument(self, **kwargs: Any) -> None:  # noqa: ANN401 - OpenTelemetry's signature
        """Called by ``instrument``: keywords are ``tracer_provider``, ``capture_content``, ``book`` and ``clock``."""
        tracer = trace.get_tracer(
            semconv.SCOPE_NAME,
            _version(),
            kwargs.get("tracer_provider"),
            schema_url=semconv.SCHEMA_URL,
        )
        recorder = _recorder(tracer, kwargs)
        opener = self._opener = Opener(recorder)
        wrapt.register_post_import_hook(functools.partial(self._patch, opener), MODELS)
        legacy.watch()

    @guarded
    def _patch(self, opener: Opener, module: ModuleType) -> None:  # noqa: ARG002 - the hook's signature
        """google.genai is there: apply the table, and say loudly what it does not offer."""
        if opener is not self._opener:
            return  # uninstrumented before the app imported google.genai
        patches, missing = [], []
        for surface in SURFACES:
            patch = _apply(surface, opener)
            if patch is None:
                missing.append(str(surface))
            else:
                patches.append(patch)
        self._patches, self._missing = tuple(patches), tuple(missing)
        legacy.report_unpatched(missing)

    def _uninstrument(self, **kwargs: Any) -> None:  # noqa: ANN401, ARG002 - OpenTelemetry's signature
        """Called by ``uninstrument``."""
        opener, self._opener = self._opener, None
        legacy.unwatch()
        for patch in reversed(self._patches):
            patch.undo()
        self._patches, self._missing = (), ()
        if opener is not None:
            opener.close()


def _recorder(tracer: trace.Tracer, kwargs: Mapping[str, Any]) -> CallRecorder:
    """What the keywords of ``instrument`` ask for, and the environment where they do not say."""
    settings = Settings.from_environ(os.environ, capture_content=kwargs.get("capture_content"))
    book = kwargs.get("book") or book_from_environ(os.environ)
    clock = kwargs.get("clock") or time.time_ns
    sums = UnsampledSums(tracer, book.version, clock=clock)
    return CallRecorder(tracer, settings, book=book, clock=clock, unsampled=sums)


def _apply(surface: Surface, opener: Opener) -> _Patch | None:
    """Replace one method, or None where this SDK does not have it."""
    owner = getattr(importlib.import_module(surface.module), surface.owner, None)
    original = getattr(owner, "__dict__", {}).get(surface.method)
    if owner is None or not callable(original):
        return None
    replacement = surface.wrap(original, opener)
    setattr(owner, surface.method, replacement)
    return _Patch(owner, surface.method, original, replacement)


def _version() -> str:
    """The version of gemledger, for the instrumentation scope."""
    import gemledger  # noqa: PLC0415 - its version is looked up only when somebody instruments

    return gemledger.__version__


def instrument(tracer_provider: trace.TracerProvider | None = None) -> None:
    """Record every Gemini call of this process as a span; doing it again changes nothing.

    Without a provider the app's global one is used, also when it is set later.
    """
    instrumentor = GeminiInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument(tracer_provider=tracer_provider)


def uninstrument() -> None:
    """Take every patch back; the SDK's methods are the very same objects as before. Doing it again changes nothing."""
    instrumentor = GeminiInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()
