"""Attempts at what only ``admin`` may, by callers who may not: in the audit, and never a flood of them."""

import asyncio
import logging
from collections.abc import Callable

from gemledger_collector.access import entry_of
from gemledger_collector.errors import Overloaded
from gemledger_collector.storage.audit import note
from gemledger_collector.storage.store import Store
from gemledger_collector.throttles import Bucket

log = logging.getLogger("gemledger.api")


class Refusals:
    """Notes at most one attempt a minute of each caller, and how many there were since. ``clock``: unix nanoseconds."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}  # one for each token: callers are known here
        self._unsaid: dict[str, int] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def tell(self, caller: str, method: str, path: str) -> None:
        """Note it where it was for ``admin``. The answer does not wait for the note."""
        entry, needed = entry_of(method, path)
        if needed != "admin" or not entry:  # nothing is at a path without an entry
            return
        now = self._clock()
        if self._buckets.setdefault(caller, Bucket(1, now)).wait_seconds(now):
            self._unsaid[caller] = self._unsaid.get(caller, 0) + 1
            return
        detail: dict[str, str | int] = {
            "route": f"{method} {entry.rpartition(' ')[2]}",
            "more": self._unsaid.pop(caller, 0),
        }
        task = asyncio.create_task(asyncio.to_thread(self._write, now, caller, detail))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    def _write(self, now: int, caller: str, detail: dict[str, str | int]) -> None:
        try:
            with self._store.writing() as transaction:
                note(transaction, now, caller, "refused", detail)
        except Overloaded as error:
            log.warning("a refusal of %s could not be noted in the audit: %s", caller, error)
