"""The clock of settling: a round on every interval."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from gemledger.pricing import Book
from gemledger_collector.errors import Overloaded
from gemledger_collector.settle.caches.storage import StorageSettling
from gemledger_collector.settle_config import SettleConfig
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry

log = logging.getLogger("gemledger.settle")

Clock = Callable[[], int]
"""Unix nanoseconds now."""


async def run(
    store: Store,
    config: SettleConfig,
    book: Book,
    clock: Clock,
    stop: asyncio.Event,
    telemetry: Telemetry,
) -> None:
    """Settle until ``stop`` is set. A round that fails is counted, and the next one does what it would have done."""
    settling = StorageSettling(store, book, config)
    while not stop.is_set():
        await _round(settling, clock, telemetry)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), config.interval.total_seconds())


async def _round(settling: StorageSettling, clock: Clock, telemetry: Telemetry) -> None:
    try:
        done = await asyncio.to_thread(settling.round, clock())
    except Overloaded as error:
        telemetry.add("settle_failures_total")
        log.warning("settling waits: %s", error)
    except Exception:
        telemetry.add("settle_failures_total")
        log.exception("a round of settling failed; the next one tries again")
    else:
        telemetry.add("cache_storage_charges_total", done.charges)
