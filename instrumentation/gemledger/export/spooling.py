"""A span processor that loses nothing: for the provider of ``gemledger.init()``, or for an app's own.

In it at any time: the spans of the last half second in memory, everything older on disk until the collector has
acknowledged it. What a killed process leaves behind, the next one of the same user for the same collector sends.
Collectors are sent everything at least once: a kill between sending and writing down that it was sent repeats a batch,
which gemledger's own collector recognises by the spans' ids.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from gemledger.export.courier import Courier
from gemledger.export.route import MAX_BYTES, Delivery, Route, route
from gemledger.export.spool_directory import default_directory, holds_files

_logger = logging.getLogger("gemledger")

LEAST_BYTES = 2**16
EXIT_SECONDS = 5.0
"""How long a process may be kept from ending by spans that cannot be delivered."""


def spool_processor(
    endpoint: str | None = None,
    *,
    directory: str | os.PathLike[str] | None = None,
    max_bytes: int = MAX_BYTES,
) -> SpanProcessor:
    """For an app's own TracerProvider: export by OTLP over HTTP through a spool on disk, instead of a batch processor.

    ``endpoint`` is a collector's base address (else as OTEL_EXPORTER_OTLP_* say, else http://127.0.0.1:4318).
    ``directory`` holds the spool (else GEMLEDGER_SPOOL_DIR, else the user's state directory); it is read by its owner
    alone and contains what the spans contain, captured prompts and answers included. ``max_bytes`` is the limit of one
    process's file, compressed: beyond, the oldest spans are dropped, counted and said in the log. ValueError below
    64 KiB.
    """
    if max_bytes < LEAST_BYTES:
        raise ValueError(f"max_bytes is {max_bytes}; give at least {LEAST_BYTES}")
    base = default_directory(os.environ) if directory is None else Path(directory)
    return SpoolingSpanProcessor(route(endpoint, os.environ, base, max_bytes))


class SpoolingSpanProcessor(SpanProcessor):
    """Takes ended spans, sampled ones, and sees to it that they arrive. Nothing here raises into the app."""

    def __init__(self, way: Route, before_end: Callable[[], object] | None = None) -> None:
        self._route = way
        self._before_end = before_end
        self._closed = False
        self._ending = threading.Lock()
        self._courier = Courier(way, self.finish)
        if way.directory is not None and holds_files(way.directory):
            self._courier.start()  # a process that is gone may have left something
        _living.add(self)

    @property
    def delivery(self) -> Delivery:
        """What became of this process's spans so far."""
        return self._courier.delivery

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing yet."""

    def on_end(self, span: ReadableSpan) -> None:
        """Queue it: a few microseconds, no lock, no disk, no network."""
        if not self._closed and span.context is not None and span.context.trace_flags.sampled:
            self._courier.offer(span)

    def force_flush(self, timeout_millis: int | None = None) -> bool:
        """Whether everything that has ended so far reached the collector in time; 30 s where no time is given."""
        seconds = 30.0 if timeout_millis is None else timeout_millis / 1_000
        return self._courier.settle(seconds, patient=True)

    def finish(self, timeout_seconds: float = EXIT_SECONDS) -> None:
        """The process is about to end: deliver what can be delivered in the time, and say what could not.

        With everything on disk, one failed try is enough. Spans that end later are still taken.
        """
        if self._before_end is not None and self._ending.acquire(blocking=False):
            try:
                self._before_end()
            finally:
                self._ending.release()  # not acquired by a signal in the midst of it
        self._courier.settle(timeout_seconds, patient=False)
        self._courier.tidy()
        self._say_what_is_left()

    def shutdown(self) -> None:
        """Deliver what can be delivered within five seconds, then take no more spans."""
        if not self._closed:
            self.finish()
            self._closed = True
            self._courier.close()

    def _say_what_is_left(self) -> None:
        delivery = self._courier.delivery
        if delivery.spooled:
            _logger.warning(
                "%d spans wait in %s for the next start: the collector did not take them",
                delivery.spooled,
                self._route.directory,
            )
        if delivery.dropped:
            _logger.warning(
                "%d spans did not reach the collector before the process ended", delivery.dropped
            )

    def _start_afresh(self) -> None:
        """In a forked child: what the parent has not sent yet, the parent sends."""
        parents, self._courier = self._courier, Courier(self._route, self.finish)
        self._ending = threading.Lock()
        with suppress(OSError):
            parents.leave()


_living: "weakref.WeakSet[SpoolingSpanProcessor]" = weakref.WeakSet()


def flush_all(timeout_seconds: float) -> bool:
    """Flush every processor of this process; whether everything that had ended was delivered in time."""
    deadline = time.monotonic() + timeout_seconds
    delivered = True
    for processor in tuple(_living):
        left = max(0.0, deadline - time.monotonic())
        delivered = processor.force_flush(round(left * 1_000)) and delivered
    return delivered


def _start_afresh_in_child() -> None:
    for processor in tuple(_living):
        processor._start_afresh()  # noqa: SLF001 - the same module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh_in_child)
