"""The patch table applied and undone in one loop, once per process.

Apart from ``instrumentor``, which the entry point of OpenTelemetry needs and whose base class takes a quarter of the
50 ms that enabling may cost.
"""

import functools
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import wrapt
from opentelemetry import trace

from gemledger import legacy, semconv
from gemledger.call import CallRecorder
from gemledger.guard import guarded
from gemledger.opening import Opener
from gemledger.pricing.book import book_from_environ
from gemledger.settings import Settings
from gemledger.surfaces import SURFACES, Function, Surface
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


class Patching:
    """What is patched in this process. ``enable`` does not import google.genai: it waits until the app has."""

    def __init__(self) -> None:
        self.patched: tuple[str, ...] = ()
        """The methods that are recorded now; none before the app has imported google.genai."""
        self.missing: tuple[str, ...] = ()
        """The methods that this google-genai does not have."""
        self._patches: list[_Patch] = []
        self._opener: Opener | None = None

    @property
    def enabled(self) -> bool:
        """Whether calls are recorded, or will be as soon as google.genai is there."""
        return self._opener is not None

    @property
    def recorder(self) -> CallRecorder | None:
        """What calls are recorded by; None where they are not."""
        return None if self._opener is None else self._opener.recorder

    def enable(
        self,
        tracer_provider: trace.TracerProvider | None = None,
        **options: Any,  # noqa: ANN401 - see _recorder
    ) -> None:
        """Record calls; nothing changes where they are recorded already. Options: see ``_recorder``."""
        if self.enabled:
            return
        opener = self._opener = Opener(_recorder(own_tracer(tracer_provider), options))
        for module in dict.fromkeys(surface.module for surface in SURFACES):
            wrapt.register_post_import_hook(functools.partial(self._patch, opener), module)
        legacy.watch()

    @guarded
    def _patch(self, opener: Opener, module: ModuleType) -> None:
        """A module of google.genai is there: apply its part of the table, and say loudly what it does not offer."""
        if opener is not self._opener:
            return  # disabled before the app imported google.genai
        missing: list[str] = []
        for surface in SURFACES:
            if surface.module != module.__name__:
                continue
            patch = _apply(surface, opener, module)
            if patch is not None:
                self._patches.append(patch)
                self.patched = (*self.patched, str(patch))
            elif surface.since is None:
                missing.append(str(surface))
        self.missing = (*self.missing, *missing)
        legacy.report_unpatched(missing)

    def disable(self) -> None:
        """Take every patch back; nothing changes where there is none."""
        opener, self._opener = self._opener, None
        legacy.unwatch()
        for patch in reversed(self._patches):
            patch.undo()
        self._patches, self.patched, self.missing = [], (), ()
        if opener is not None:
            opener.close()


def own_tracer(tracer_provider: trace.TracerProvider | None = None) -> trace.Tracer:
    """The tracer of our scope; of the global provider, also of one that is set later, where none is given."""
    return trace.get_tracer(
        semconv.SCOPE_NAME, _version(), tracer_provider, schema_url=semconv.SCHEMA_URL
    )


def _recorder(tracer: trace.Tracer, options: Mapping[str, Any]) -> CallRecorder:
    """What options (``capture_content``, ``book``, ``clock``) ask for, and the environment where they are silent."""
    settings = Settings.from_environ(os.environ, capture_content=options.get("capture_content"))
    book = options.get("book") or book_from_environ(os.environ)
    clock = options.get("clock") or time.time_ns
    sums = UnsampledSums(tracer, book.version, clock=clock)
    return CallRecorder(tracer, settings, book=book, clock=clock, unsampled=sums)


def _apply(surface: Surface, opener: Opener, module: ModuleType) -> _Patch | None:
    """Replace one method, or None where this SDK does not have it."""
    owner = getattr(module, surface.owner, None)
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


PATCHING = Patching()
"""One per process, as the SDK's classes are."""


def instrument(tracer_provider: trace.TracerProvider | None = None) -> None:
    """Record every Gemini call of this process as a span; doing it again changes nothing.

    Without a provider the app's global one is used, also when it is set later.
    """
    PATCHING.enable(tracer_provider)


def uninstrument() -> None:
    """Take every patch back; the SDK's methods are the very same objects as before. Doing it again changes nothing."""
    PATCHING.disable()
