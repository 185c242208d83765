"""What is not recorded is said loudly: a warning in the log, and a metric, for each library and method we cannot patch.

The legacy SDKs ``google.generativeai`` and ``vertexai.generative_models`` are never instrumented: Google has replaced
both by google-genai. An app that imports one hears so, once.
"""

import functools
import logging
import sys
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import wrapt

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Observation

_logger = logging.getLogger("gemledger")

UNRECORDED = "gemledger.unrecorded"
"""An observable counter: libraries and methods of this process that are not recorded, by library and reason."""
LIBRARY, REASON = "gemledger.library", "gemledger.reason"
LEGACY_LIBRARY, MISSING_METHOD = "legacy_library", "missing_method"

LEGACY_MODULES = {
    "google.generativeai": "google-generativeai",
    "vertexai.generative_models": "google-cloud-aiplatform",
}
"""Module → the distribution that brings it."""

_lock = threading.Lock()
_unrecorded: set[tuple[str, str]] = set()
_awake = _hooked = False


def watch() -> None:
    """From now on, say so when the app imports, or has imported, a legacy SDK; each once in a process."""
    global _awake, _hooked  # noqa: PLW0603 - import hooks are the process's, and cannot be taken back
    _awake = True
    if not _hooked:
        _hooked = True
        for name in LEGACY_MODULES:
            wrapt.register_post_import_hook(functools.partial(_imported, name), name)
    for name in LEGACY_MODULES:
        if name in sys.modules:
            _imported(name)


def unwatch() -> None:
    """Be silent about what is imported from now on."""
    global _awake  # noqa: PLW0603 - as in watch
    _awake = False


def report_unpatched(names: Sequence[str]) -> None:
    """Say which methods of this google-genai are not there to be patched; nothing where there are none."""
    if not names:
        return
    _logger.warning(
        "this google-genai has no %s; calls through them are recorded in less detail or not at all: "
        "see `gemledger doctor`",
        ", ".join(names),
    )
    for name in names:
        _count(name, MISSING_METHOD)


def _imported(name: str, _module: object = None) -> None:
    """The app has a legacy SDK in use, or is about to. Runs inside the app's import: raises nothing."""
    try:
        if _awake and _count(name, LEGACY_LIBRARY):
            _logger.warning(
                "%s is imported: gemledger does not record this legacy SDK, and what is spent through it appears "
                "nowhere; move to google-genai (https://ai.google.dev/gemini-api/docs/migrate)",
                name,
            )
    except Exception:
        _logger.debug("could not report %s", name, exc_info=True)


def _count(library: str, reason: str) -> bool:
    """Add one to the metric; False where it has been counted before."""
    with _lock:
        if (library, reason) in _unrecorded:
            return False
        first = not _unrecorded
        _unrecorded.add((library, reason))
    if first:
        _create_metric()
    return True


def _create_metric() -> None:
    """Only now: enabling is cheap where there is nothing to report. Read at each collection, also by a late reader."""
    from opentelemetry.metrics import get_meter  # noqa: PLC0415 - 10 ms that hardly any process needs

    get_meter("gemledger").create_observable_counter(
        UNRECORDED,
        [_observe],
        unit="1",
        description="Libraries and methods whose Gemini calls are not recorded.",
    )


def _observe(_options: "CallbackOptions") -> "Iterable[Observation]":
    """What the metric reads."""
    from opentelemetry.metrics import Observation  # noqa: PLC0415 - loaded by now

    with _lock:
        found = sorted(_unrecorded)
    return [Observation(1, {LIBRARY: library, REASON: reason}) for library, reason in found]
