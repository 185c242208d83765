"""Two threads between an app and its collector: one writes ended spans down, one sends what is written.

Sending may take as long as a hanging collector lets it; writing goes on meanwhile, so that a kill costs no more than
the last second. The app's own thread does nothing but append to a queue.
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress

from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import ReadableSpan

from gemledger.export.backlog import Backlog
from gemledger.export.child_end import before_end_of_child
from gemledger.export.dispatch import Dispatch
from gemledger.export.errands import Stop, Token, Waiter, next_token
from gemledger.export.otlp import Post, encoded
from gemledger.export.route import Delivery, Route
from gemledger.export.spool import SpoolFile
from gemledger.export.spool_directory import MOST_ORPHANS, orphans

_logger = logging.getLogger("gemledger")

WRITE_SECONDS = 0.5
"""Longest time an ended span is in memory alone, but for encoding: a kill loses none that ended a second before."""
STOP_SECONDS = 1.0


class Courier:
    """Takes spans from an app and brings them to the collector; the threads start with the first span.

    ``offer`` may run anywhere, in a signal handler or a finalizer that interrupts another ``offer``, too: it takes no
    lock and never blocks.
    """

    def __init__(self, route: Route, at_end: Callable[[], object]) -> None:
        self._route = route
        self._at_end = at_end
        self._queue: deque[ReadableSpan] = deque()
        self._overflow: deque[None] = deque()
        self._taken = self._overflowed = self._unencodable = 0
        self._backlog = Backlog(self._new_file if route.directory else None, route.max_bytes)
        self._dispatch = Dispatch(
            self._backlog,
            Post(route.destination),
            self._orphans,
            most_spans=route.max_batch,
            delay_seconds=route.delay_seconds,
        )
        self._to_write: queue.SimpleQueue[Token] = queue.SimpleQueue()
        self._to_send: queue.SimpleQueue[Token] = queue.SimpleQueue()
        self._awake = self._met = self._running = False
        self._starting = threading.Lock()

    @property
    def delivery(self) -> Delivery:
        """What became of the spans so far; exact once no span is ending."""
        ended = self._taken + self._overflowed + len(self._overflow) + len(self._queue)
        return Delivery(ended, self._dispatch.delivered, self._backlog.spooled)

    @property
    def _lost(self) -> int:
        """Spans that will never arrive; it only grows."""
        return self._overflowed + self._unencodable + self._backlog.lost + self._dispatch.refused

    def offer(self, span: ReadableSpan) -> None:
        """Take an ended span; beyond the limit of the queue the oldest is dropped and counted."""
        waiting = len(self._queue)
        if waiting >= self._route.max_queue:
            with suppress(IndexError):  # the writer took it meanwhile
                self._queue.popleft()
                self._overflow.append(None)
        self._queue.append(span)
        if not self._met:
            self._meet()
        elif waiting >= self._route.max_batch and not self._awake:
            self._awake = True
            self._to_write.put(None)

    def start(self) -> None:
        """Start the threads, once. Where the interpreter is ending none can start: ``settle`` does their work."""
        if not self._starting.acquire(blocking=False):
            return
        self._running = True
        try:
            for name, run in (("write", self._write_on), ("send", self._send_on)):
                threading.Thread(target=run, name=f"gemledger-{name}", daemon=True).start()
        except RuntimeError:
            self._running = False

    def _meet(self) -> None:
        """The first span of this process: by now it is known what kind of child it is, if it is one."""
        self._met = True
        self.start()
        before_end_of_child(self._at_end)

    def settle(self, timeout_seconds: float, *, patient: bool) -> bool:
        """Bring what has ended so far to the collector; whether all of it arrived in time.

        Who is not ``patient`` comes back as soon as a try has failed and everything is safe on disk.
        """
        before = self._lost
        if not self._running:
            if not self._queue:
                return True
            self._settle_here(time.monotonic() + timeout_seconds)
            return not self._backlog.waiting and self._lost == before
        waiter = Waiter(patient)
        self._to_write.put(waiter)
        in_time = waiter.done.wait(timeout_seconds)
        return in_time and self._backlog.reached(waiter.number) and self._lost == before

    def close(self) -> None:
        """Stop the threads and give the file up. What is in it, the next process sends."""
        if self._running:
            self._running = False
            stop = Stop()
            self._to_write.put(stop)
            stop.done.wait(STOP_SECONDS)  # in vain, where a request hangs
        self._backlog.close()

    def tidy(self) -> None:
        """The process is about to end: leave no empty file behind."""
        if not self._backlog.waiting:
            self._backlog.close()

    def leave(self) -> None:
        """After a fork, in the child: files and pending spans are the parent's."""
        self._backlog.leave()
        self._dispatch.leave()

    def _new_file(self) -> SpoolFile:
        assert self._route.directory is not None
        return SpoolFile.create(self._route.directory, self._route.max_bytes)

    def _orphans(self) -> Iterator[SpoolFile]:
        if self._route.directory is None:
            return iter(())
        return orphans(self._route.directory, MOST_ORPHANS * self._route.max_bytes)

    def _write_on(self) -> None:
        """The first thread: write what has ended, every half second or when a batch is full."""
        with suppress_instrumentation():
            while True:
                token = next_token(self._to_write, min(WRITE_SECONDS, self._route.delay_seconds))
                self._awake = False
                try:
                    self._write()
                except Exception:
                    _logger.warning("could not write spans down", exc_info=True)
                if isinstance(token, Waiter):
                    token.number = self._backlog.last_number
                    self._to_send.put(token)
                elif isinstance(token, Stop):
                    self._to_send.put(token)
                    return

    def _write(self) -> None:
        """Encode what is in the queue and hand it to the backlog."""
        dropped = len(self._overflow)
        for _ in range(dropped):
            self._overflow.popleft()
        self._overflowed += dropped
        written = False
        while batch := self._take():
            self._taken += len(batch)
            left = len(batch)
            try:
                for spans, payload in encoded(batch):
                    self._backlog.append(spans, payload)
                    left, written = left - spans, True
            finally:
                self._unencodable += left
        if written:
            self._to_send.put(None)

    def _take(self) -> list[ReadableSpan]:
        """The oldest spans of the queue, one batch of them."""
        batch: list[ReadableSpan] = []
        with suppress(IndexError):
            while len(batch) < self._route.max_batch:
                batch.append(self._queue.popleft())
        return batch

    def _send_on(self) -> None:
        """The second thread: send what is due, and tell those who wait."""
        waiters: list[Waiter] = []
        with suppress_instrumentation():
            while True:
                delay = self._dispatch.delay(time.monotonic(), hurried=bool(waiters))
                token = next_token(self._to_send, delay)
                if isinstance(token, Stop):
                    self._dispatch.close()
                    token.done.set()
                    return
                now = time.monotonic()
                if isinstance(token, Waiter):
                    token.failed_tries = self._dispatch.failed_tries
                    waiters.append(token)
                    self._dispatch.hurry(now)
                try:
                    self._dispatch.step(now, time.time(), hurried=bool(waiters))
                except Exception as error:  # noqa: BLE001 - the thread must outlive whatever it meets
                    self._dispatch.stumble(error, now)
                waiters = [waiter for waiter in waiters if not self._released(waiter)]

    def _released(self, waiter: Waiter) -> bool:
        """Whether there is nothing more to wait for; then the waiter is told."""
        left = self._backlog.reached(waiter.number)
        if not left and not waiter.patient:
            failed = self._dispatch.failed_tries > waiter.failed_tries
            failed = failed or self._dispatch.is_held(time.monotonic())
            left = failed and self._backlog.spooled == self._backlog.waiting
        if left:
            waiter.done.set()
        return left

    def _settle_here(self, deadline: float) -> None:
        """The work of both threads, in the caller's."""
        with suppress_instrumentation():
            self._write()
            while self._backlog.waiting and (now := time.monotonic()) < deadline:
                delay = self._dispatch.delay(now, hurried=True)
                if delay and (self._backlog.spooled or now + delay >= deadline):
                    return
                time.sleep(delay)
                self._dispatch.step(time.monotonic(), time.time(), hurried=True)
