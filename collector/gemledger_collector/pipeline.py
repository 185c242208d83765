"""Between receivers and store: a queue bounded by bytes, and group commit.

Two threads form the line. One decodes what waits, the other commits everything that is decoded and answers every
request in it: while a large group commits the next is made; what is small waits for the commit that runs and for the
senders it answers, so that one commit takes all. The busier the collector, the larger the groups.
A request is acknowledged only after the commit that holds its spans.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gemledger.redaction import Redactor
from gemledger_collector.byte_queue import ByteQueue, GatheringQueue
from gemledger_collector.counting import count
from gemledger_collector.errors import CollectorError, Overloaded, Rejected
from gemledger_collector.groups import Accepted, Group, Request, merged
from gemledger_collector.log_pipeline import LogPipeline
from gemledger_collector.metrics.calls import CallMetrics
from gemledger_collector.processors.chain import Chain, read
from gemledger_collector.storage.spans import SpanWriter, Stored
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.supersede import DEFAULT_MEMORY_BYTES
from gemledger_collector.telemetry import Telemetry

__all__ = ["Accepted", "Limits", "Pipeline", "Sink"]

logger = logging.getLogger("gemledger.pipeline")


class Sink(Protocol):
    """Where receivers put what they got: the bytes of one ExportTraceServiceRequest."""

    async def accept(self, payload: bytes) -> Accepted:
        """Returns once the spans are committed. Raises Rejected (wrong) or Overloaded (later)."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait, and how much goes into one commit, in bytes of payload."""

    queue_bytes: int = 64 * 2**20
    group_bytes: int = 8 * 2**20
    doubles_bytes: int = DEFAULT_MEMORY_BYTES
    """Of the filter that finds calls told by several instrumentations."""
    clock: Callable[[], int] = time.time_ns

    @property
    def gathered_bytes(self) -> int:
        """A thousand spans or so wait for no company: decoding them while others are committed is quicker."""
        return min(2**20, self.group_bytes)


class _OneByOne(Exception):  # noqa: N818 - no error: each sender must learn of its own spans
    """Some spans are refused: commit each request apart, to tell whose they are."""


class Pipeline:
    """The queue, the two threads, and the rule that acknowledged means committed."""

    def __init__(self, store: Store, chain: Chain, telemetry: Telemetry, limits: Limits) -> None:
        self._store = store
        self._chain = chain
        self._writer = SpanWriter(limits.doubles_bytes, limits.clock)
        self._telemetry = telemetry
        self._limits = limits
        self._waiting: GatheringQueue[Request] = GatheringQueue(
            limits.queue_bytes, limits.gathered_bytes
        )
        self._decoded: ByteQueue[Group] = ByteQueue(limits.group_bytes)
        self._threads = [
            threading.Thread(target=self._decode_waiting, name="gemledger-decode"),
            threading.Thread(target=self._commit_decoded, name="gemledger-commit"),
        ]
        self.logs = LogPipeline(
            store, self._writer.pending_contents, lambda: self.redactor, telemetry, limits
        )
        self.last_commit_unix_nano = 0
        self.calls = CallMetrics()
        telemetry.gauge("queue_bytes", lambda: self._waiting.size + self._decoded.size)
        telemetry.gauge("queue_limit_bytes", lambda: limits.queue_bytes)
        telemetry.gauge("last_commit_timestamp_seconds", lambda: self.last_commit_unix_nano / 1e9)

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()
        self.logs.start()

    def close(self) -> None:
        """Refuse what comes, commit and answer what waits, and end the threads. Blocks."""
        self._waiting.close()
        for thread in self._threads:
            thread.join()
        self.logs.close()

    def renew(self, chain: Chain) -> None:
        """From the next group on, these processors."""
        self._chain = chain

    @property
    def redactor(self) -> Redactor | None:
        """What is done to captured content now."""
        return self._chain.redactor

    @property
    def open(self) -> bool:
        """Whether payloads are taken."""
        return not self._waiting.closed

    async def accept(self, payload: bytes) -> Accepted:
        """Queue the payload and wait until it is committed. Raises Rejected or Overloaded."""
        request = Request(payload, asyncio.get_running_loop())
        if not self._waiting.offer(request, len(payload)):
            raise self._refusal()
        return await request.answered()

    def _refusal(self) -> Overloaded:
        reason, message = (
            ("queue_full", f"{self._waiting.size} bytes are waiting to be stored; send again later")
            if self.open
            else ("shutting_down", "the collector is shutting down; send again")
        )
        self._telemetry.add("requests_refused_total", reason=reason)
        return Overloaded(message)

    def _decode_waiting(self) -> None:
        while requests := self._waiting.take(self._limits.group_bytes):
            for group in self._process(requests):
                self._waiting.begun(len(group.requests))
                self._decoded.put(group, group.size)
        self._decoded.close()

    def _process(self, requests: Sequence[Request]) -> list[Group]:
        """The requests as one group; when that fails, each alone, so that one bad payload fails alone."""
        started = time.perf_counter()
        try:
            return [self._group(requests)]
        except Exception as error:  # noqa: BLE001 - whatever a payload may hold, the collector goes on
            if len(requests) == 1:
                self._fail(requests[0], error)
                return []
            return [group for request in requests for group in self._process([request])]
        finally:
            self._telemetry.observe("decode_seconds", time.perf_counter() - started)

    def _group(self, requests: Sequence[Request]) -> Group:
        readable = read([request.payload for request in requests])
        batch = readable.decoded.batch
        spans = self._chain.run(batch).spans
        for index, explanation in readable.bad.items():
            self._answer(requests[index], Rejected(explanation))
        return Group(
            requests=[requests[index] for index in readable.good],
            spans=spans,
            received=len(batch.spans),
            invalid_spans=readable.decoded.invalid_spans.tolist(),
        )

    def _commit_decoded(self) -> None:
        while groups := self._decoded.take(self._limits.group_bytes):
            try:
                self._commit(merged(groups))
            except Exception:  # this thread must live: without it every sender would wait for ever
                logger.exception("a group of requests met an error of the collector's own")
                self._answer_unanswered(groups)
            finally:
                self._waiting.done(sum(len(group.requests) for group in groups))

    def _commit(self, group: Group) -> None:
        started = time.perf_counter()
        try:
            stored = self._write(group)
        except CollectorError as error:
            for request in group.requests:
                self._answer(request, error)
        except Exception as error:  # noqa: BLE001 - a value the database cannot hold: find whose it is
            self._commit_apart(group, error)
        else:
            self._telemetry.observe("commit_seconds", time.perf_counter() - started)
            try:
                self._count(group, stored)
            finally:  # committed is acknowledged, whether it could be counted or not
                for request, invalid in zip(group.requests, group.invalid_spans, strict=True):
                    request.resolve(Accepted(invalid, stored.too_old))

    def _write(self, group: Group) -> Stored:
        with self._store.writing() as transaction:
            stored = self._writer.write(transaction, group.spans)
            if stored.too_old and len(group.requests) > 1:
                raise _OneByOne
        return stored

    def _answer_unanswered(self, groups: Sequence[Group]) -> None:
        """Have senders try again; those that were answered already take no notice."""
        for group in groups:
            for request in group.requests:
                request.resolve(Overloaded("the collector met an error of its own; send again"))

    def _commit_apart(self, group: Group, error: Exception) -> None:
        if len(group.requests) == 1:
            self._fail(group.requests[0], error)
            return
        # Decoded anew, because a span that is in two requests was kept in the first only.
        for request in group.requests:
            for alone in self._process([request]):
                self._commit(alone)

    def _count(self, group: Group, stored: Stored) -> None:
        self.last_commit_unix_nano = self._limits.clock()
        self.calls.observe(stored.fresh, self.last_commit_unix_nano)
        count(group, stored, self._telemetry)

    def _fail(self, request: Request, error: Exception) -> None:
        logger.error("a request could not be stored", exc_info=error)
        problem = str(error).partition("\n")[0]
        self._answer(request, Rejected(f"the spans could not be stored: {problem}"))

    def _answer(self, request: Request, error: CollectorError) -> None:
        refused = isinstance(error, Overloaded)
        metric = "requests_refused_total" if refused else "requests_rejected_total"
        self._telemetry.add(metric, reason=error.kind)
        request.resolve(error)
