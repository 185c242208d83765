"""For apps without OpenTelemetry of their own: provider, export through a spool, flush at exit and at SIGTERM.

Every OTEL_* variable of the SDK counts (service name, resource attributes, sampler, limits, OTEL_SDK_DISABLED,
OTEL_TRACES_EXPORTER=none), as do OTEL_EXPORTER_OTLP_* and OTEL_BSP_*, but for the protocol: it is OTLP over HTTP.
"""

import atexit
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from types import FrameType

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from gemledger import semconv
from gemledger.export.otlp import DEFAULT_ENDPOINT
from gemledger.export.route import Delivery, route
from gemledger.export.spool_directory import default_directory
from gemledger.export.spooling import (
    EXIT_SECONDS,
    SpoolingSpanProcessor,
    flush_all,
    spool_processor,
)
from gemledger.patching import PATCHING

__all__ = ["DEFAULT_ENDPOINT", "Delivery", "delivery", "flush", "init", "spool_processor"]

_logger = logging.getLogger("gemledger")

_provider: TracerProvider | None = None
_processor: SpoolingSpanProcessor | None = None


def init(
    service_name: str | None = None,
    endpoint: str | None = None,
    *,
    capture_content: bool | None = None,
    spool: bool = True,
) -> TracerProvider:
    """Instrument an app that has no OpenTelemetry of its own; doing it again gives the same provider.

    ``endpoint`` is a collector's base address (else ``OTEL_EXPORTER_OTLP_ENDPOINT``, else http://127.0.0.1:4318).
    ``capture_content`` puts prompts and answers on spans. ``spool`` keeps spans on disk until the collector has them,
    so that neither its outage nor the death of this process loses any; see ``spool_processor`` for where and how
    much. The global provider is left alone. In the main thread, SIGTERM delivers before it does what it did.
    """
    global _provider  # noqa: PLW0603 - one per process, as its atexit handler is
    if _provider is None:
        resource = Resource.create({semconv.SERVICE_NAME: service_name} if service_name else {})
        _provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        if _exports(os.environ):
            _export(_provider, endpoint, spool=spool)
        PATCHING.disable()
        PATCHING.enable(_provider, capture_content=capture_content)
    return _provider


def flush(timeout_seconds: float = 30) -> bool:
    """Send what waits, now: the spans of ``init`` and of every ``spool_processor``, sums of unsampled calls included.

    Whether every span so far was delivered in time; True where there is neither.
    """
    _hand_over("gemledger.surfaces.batches.reader", "finish_reading")
    _hand_over("gemledger.unsampled", "flush_unsampled")
    return flush_all(timeout_seconds)


def delivery() -> Delivery:
    """Spans of this process that ended, were delivered, and wait on disk, since ``init``."""
    return Delivery(0, 0) if _processor is None else _processor.delivery


def _exports(environ: Mapping[str, str]) -> bool:
    """Whether spans leave at all; a word about what is not followed."""
    protocol = environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environ.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"
    )
    if protocol != "http/protobuf":
        _logger.warning(
            "OTEL_EXPORTER_OTLP_PROTOCOL=%s is not followed: init() sends http/protobuf", protocol
        )
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not disabled and environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() != "none"


def _export(provider: TracerProvider, endpoint: str | None, *, spool: bool) -> None:
    """Let the provider's spans leave, and see to the end of the process."""
    global _processor  # noqa: PLW0603 - one per process
    base = default_directory(os.environ) if spool else None
    _processor = SpoolingSpanProcessor(route(endpoint, os.environ, base), _end_what_is_open)
    provider.add_span_processor(_processor)
    atexit.register(_processor.finish)
    _finish_at_sigterm(_processor)


def _end_what_is_open() -> None:
    """Before the last flush: streams nobody closed become spans, sums of unsampled calls, too."""
    _hand_over("gemledger.call", "end_open_streams")
    _hand_over("gemledger.unsampled", "flush_unsampled")


def _hand_over(module: str, function: str) -> None:
    """Call a function of a part of ours, if the app has come to use that part."""
    try:
        errand: Callable[[], object] | None = getattr(sys.modules.get(module), function, None)
        if errand is not None:
            errand()
    except Exception:
        _logger.warning("%s.%s failed", module, function, exc_info=True)


def _finish_at_sigterm(processor: SpoolingSpanProcessor) -> None:
    """Deliver at SIGTERM, then let happen what would have happened: an earlier handler, or the end of the process.

    Where SIGTERM is ignored, handled outside Python, or this is not the main thread, everything stays as it is.
    """
    earlier = signal.getsignal(signal.SIGTERM)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or earlier in (None, signal.SIG_IGN):
        return

    def finish(number: int, frame: FrameType | None) -> None:
        processor.finish(EXIT_SECONDS)
        if callable(earlier):
            earlier(number, frame)
        else:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, finish)
