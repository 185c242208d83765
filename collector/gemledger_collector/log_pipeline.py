"""Log records between receiver and store: a queue bounded by bytes, and one thread that commits all that waits.

Acknowledged means committed here, too. Most log records are only counted: they cost no transaction.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from google.protobuf.message import DecodeError

from gemledger.redaction import Redactor
from gemledger_collector.byte_queue import ByteQueue
from gemledger_collector.errors import CollectorError, Overloaded, Rejected
from gemledger_collector.groups import Accepted, Request
from gemledger_collector.processors.log_events import LogBatch, read_logs
from gemledger_collector.storage import log_records
from gemledger_collector.storage.log_contents import PendingContents
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry

logger = logging.getLogger("gemledger.pipeline")


class Bounds(Protocol):
    """How much may wait, how much is committed together, in bytes, and the time."""

    @property
    def queue_bytes(self) -> int: ...  # noqa: D102

    @property
    def group_bytes(self) -> int: ...  # noqa: D102

    @property
    def clock(self) -> Callable[[], int]: ...  # noqa: D102


Read = tuple[Request, LogBatch]


class LogPipeline:
    """The queue, its thread, and the rule that acknowledged means committed."""

    def __init__(
        self,
        store: Store,
        pending: PendingContents,
        redactor: Callable[[], Redactor | None],
        telemetry: Telemetry,
        bounds: Bounds,
    ) -> None:
        self._store = store
        self._pending = pending
        self._redactor = redactor
        self._telemetry = telemetry
        self._bounds = bounds
        self._waiting: ByteQueue[Request] = ByteQueue(bounds.queue_bytes)
        self._thread = threading.Thread(target=self._work, name="gemledger-logs")

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def close(self) -> None:
        """Refuse what comes, commit and answer what waits. Blocks."""
        self._waiting.close()
        self._thread.join()

    async def accept(self, payload: bytes) -> Accepted:
        """Queue the payload and wait until it is committed. Raises Rejected or Overloaded."""
        request = Request(payload, asyncio.get_running_loop())
        if not self._waiting.offer(request, len(payload)):
            reason = "shutting_down" if self._waiting.closed else "queue_full"
            self._telemetry.add("requests_refused_total", reason=reason)
            raise Overloaded("too many log records are waiting to be stored; send again later")
        return await request.answered()

    def _work(self) -> None:
        while requests := self._waiting.take(self._bounds.group_bytes):
            try:
                self._commit([each for request in requests for each in self._read(request)])
            except Exception:  # this thread must live: without it every sender would wait for ever
                logger.exception("log records met an error of the collector's own")
                for request in requests:
                    request.resolve(Overloaded("the collector met an error of its own; send again"))

    def _read(self, request: Request) -> Sequence[Read]:
        try:
            return [(request, read_logs(request.payload, self._redactor()))]
        except DecodeError:
            problem = Rejected("the body is no ExportLogsServiceRequest in protobuf")
            self._refuse([request], problem)
        except Exception as error:  # noqa: BLE001 - whatever it holds, the collector goes on
            kind = type(error).__name__  # its text may hold somebody's prompt
            logger.error("log records could not be read: %s", kind)  # noqa: TRY400
            self._refuse([request], Rejected(f"the log records cannot be read: {kind}"))
        return []

    def _commit(self, group: Sequence[Read]) -> None:
        records = [record for _, batch in group for record in batch.kept]
        stored = log_records.StoredRecords()
        try:
            if records:
                with self._store.writing() as transaction:
                    now = self._bounds.clock()
                    stored = log_records.write(transaction, self._pending, records, now)
        except CollectorError as error:
            self._refuse([request for request, _ in group], error)
        except Exception as error:  # noqa: BLE001 - whatever it holds, the collector goes on
            if len(group) > 1:  # a value the database cannot hold: find whose it is
                for alone in group:
                    self._commit([alone])
                return
            kind = type(error).__name__  # its text may hold somebody's prompt
            logger.error("log records could not be stored: %s", kind)  # noqa: TRY400
            problem = str(error).partition("\n")[0]
            self._refuse([group[0][0]], Rejected(f"the records could not be stored: {problem}"))
        else:
            self._count(group, stored)
            for request, batch in group:
                request.resolve(Accepted(invalid_spans=batch.invalid))

    def _count(self, group: Sequence[Read], stored: log_records.StoredRecords) -> None:
        telemetry = self._telemetry
        telemetry.add("requests_accepted_total", len(group))
        telemetry.add("log_records_stored_total", stored.fresh)
        telemetry.add("log_contents_dropped_total", stored.given_up)
        for _, batch in group:
            for kind, count in batch.kinds.items():
                telemetry.add("log_records_total", count, reason=kind)

    def _refuse(self, requests: Sequence[Request], error: CollectorError) -> None:
        refused = isinstance(error, Overloaded)
        metric = "requests_refused_total" if refused else "requests_rejected_total"
        for request in requests:
            self._telemetry.add(metric, reason=error.kind)
            request.resolve(error)
