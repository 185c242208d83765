"""Sampling does not shrink the bill: calls without a recorded span are added up here and sent as sums.

Every 15 seconds, at a flush or shutdown of the provider, and before the process ends, one span
``gemledger.unsampled`` per key goes to the provider's processors, past its sampler. A process that is killed loses at
most the sums of its last 15 seconds.
"""

import atexit
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from opentelemetry.trace import NoOpTracer, Tracer

from gemledger import semconv
from gemledger.guard import guarded
from gemledger.unsampled.alike import key_of
from gemledger.unsampled.summing import Sum

if TYPE_CHECKING:
    from gemledger.attributes import Attributes
    from gemledger.settled import SettledCall
    from gemledger.unsampled.past_sampler import Outlet

INTERVAL_SECONDS = 15.0
MAX_KEYS = 1_000
"""Sums held at once; beyond, each new one sends the oldest. A stock batch processor queues 2,048 spans."""
_LOCK_SECONDS = 2.0
"""A signal handler may flush from another thread while the call it interrupted holds the lock: the host goes first."""


class UnsampledSums:
    """Adds up unsampled calls; one per recorder. Thread-safe; a forked child starts with none of its parent's.

    ``tracer`` is the recorder's own: its provider's processors get the sums. Where no OpenTelemetry SDK is behind it,
    calls are left out, as every span is. The thread is a daemon, and started by the first call.
    """

    def __init__(
        self,
        tracer: Tracer,
        book_version: str = "",
        *,
        clock: Callable[[], int] = time.time_ns,
        interval_seconds: float = INTERVAL_SECONDS,
        max_keys: int = MAX_KEYS,
    ) -> None:
        self._tracer = tracer
        self._book_version = book_version
        self._clock = clock
        self._interval_seconds = interval_seconds
        self._max_keys = max_keys
        self._outlet: Outlet | None = None
        self._closed = False
        self._start_empty()
        _living.add(self)

    def _start_empty(self) -> None:
        """As new; also in a forked child, where a lock may be held by a thread that is not there."""
        self._lock = threading.RLock()
        self._emitting = threading.RLock()
        self._sums: dict[Hashable, Sum] = {}
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @guarded
    def add(self, call: "SettledCall") -> None:
        """Take in one call that has ended."""
        outlet = self._outlet or self._open_outlet()
        if outlet is None:
            return
        key = key_of(call)
        alone = None if key is not None else self._book_version
        overdue: Sum | None = None
        with self._lock:
            place = key if key is not None else object()
            held = self._sums.get(place)
            if held is None:
                held = self._sums[place] = Sum(call, alone)
            held.add(call)
            if self._closed or held.is_full:
                overdue = self._sums.pop(place)
            elif len(self._sums) > self._max_keys:
                overdue = self._sums.pop(next(iter(self._sums)))
        if overdue is not None:
            self._emit(outlet, overdue)
        elif self._thread is None:
            self._start_thread()

    def flush(self) -> None:
        """Hand every sum to the provider's processors, now; when it returns, those of other flushes are there, too."""
        outlet = self._outlet
        if outlet is None or not self._emitting.acquire(timeout=_LOCK_SECONDS):
            return
        try:
            for held in self._taken():
                self._emit(outlet, held)
        finally:
            self._emitting.release()

    def _taken(self) -> tuple[Sum, ...]:
        """The sums so far, no longer held."""
        if not self._lock.acquire(timeout=_LOCK_SECONDS):
            return ()
        try:
            due, self._sums = self._sums, {}
        finally:
            self._lock.release()
        return tuple(due.values())

    def close(self) -> None:
        """Flush and let go of the provider; what still comes, from a stream left open, goes out at once."""
        self._closed = True
        self.flush()
        self._ended.set()
        if self._outlet is not None:
            self._outlet.close()

    @guarded
    def _emit(self, outlet: "Outlet", held: Sum) -> None:
        """One sum as a span; it ends now, by the recorder's clock."""
        outlet.emit(
            semconv.UNSAMPLED_SPAN,
            held.attributes(self._book_version),
            (held.start_ns, self._clock()),
            held.events,
        )

    @guarded
    def emit(
        self,
        name: str,
        attributes: "Attributes",
        times_ns: tuple[int, int],
        identity: tuple[int, int],
    ) -> None:
        """One span past the sampler, now, of this trace id and span id; nothing where no SDK is behind the tracer."""
        outlet = self._outlet or self._open_outlet()
        if outlet is not None:
            outlet.emit(name, attributes, times_ns, identity=identity)

    @property
    def has_way_out(self) -> bool:
        """Whether an SDK is behind the tracer, which takes what is emitted."""
        return (self._outlet or self._open_outlet()) is not None

    def _open_outlet(self) -> "Outlet | None":
        """The way to the processors, once there is an SDK behind the tracer; a global provider may be set late."""
        # A proxy shows what is behind it as `_tracer`; there is no public way.
        tracer = getattr(self._tracer, "_tracer", self._tracer)
        if isinstance(tracer, NoOpTracer):
            return None
        from gemledger.unsampled.past_sampler import Outlet  # noqa: PLC0415 - the SDK, which is loaded by now

        with self._lock:
            if self._outlet is None:
                self._outlet = Outlet(tracer, self.flush)
        return self._outlet

    def _start_thread(self) -> None:
        """Start the thread of this process, once, and see to it that the process does not end before a flush."""
        with self._lock:
            if self._thread is not None:
                return
            self._thread = threading.Thread(
                target=_flush_regularly,
                args=(weakref.ref(self), self._ended, self._interval_seconds),
                name="gemledger-unsampled",
                daemon=True,
            )
        _before_exit()
        try:
            self._thread.start()
        except (
            RuntimeError
        ):  # the interpreter is ending: the handlers just registered, or the provider's, come yet
            return


def _flush_regularly(
    reference: "weakref.ref[UnsampledSums]", ended: threading.Event, interval_seconds: float
) -> None:
    """What the thread does, until the sums are closed or gone."""
    while not ended.wait(interval_seconds):
        sums = reference()
        if sums is None:
            return
        sums.flush()
        del sums


_living: "weakref.WeakSet[UnsampledSums]" = weakref.WeakSet()
_exit_of: int | None = None
"""The process whose exit is taken care of."""


def flush_unsampled() -> None:
    """Hand every sum of this process to its provider's processors, now."""
    for sums in tuple(_living):
        sums.flush()


def _before_exit() -> None:
    """Flush before this process ends; registered late, so that it runs before a provider's own handler."""
    global _exit_of  # noqa: PLW0603 - once per process
    if _exit_of == os.getpid():
        return
    _exit_of = os.getpid()
    atexit.unregister(flush_unsampled)
    atexit.register(flush_unsampled)
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing.util import Finalize  # noqa: PLC0415 - a child of it ends without atexit

        Finalize(None, flush_unsampled, exitpriority=100)


def _start_empty_in_child() -> None:
    """After a fork: what the parent has summed, the parent sends."""
    for sums in tuple(_living):
        sums._start_empty()  # noqa: SLF001 - the same module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_empty_in_child)
