"""Jobs that webhooks told of, fetched one after the other: again when that fails, given up after a while.

What waits is in the store, so a restart goes on where the last run ended. The clock is the caller's.
"""

import asyncio
import contextlib
import functools
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from gemledger_collector.own_calls.delivery import Sink, delivery_to
from gemledger_collector.settle.fetch import Fetcher, FetchError, open_fetcher
from gemledger_collector.settle.inbox import StoreInbox
from gemledger_collector.storage import webhooks
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.webhooks import Attempt, Waiting
from gemledger_collector.telemetry import Telemetry
from gemledger_collector.webhooks_config import Fetch

log = logging.getLogger("gemledger.settle")

Clock = Callable[[], int]
"""Unix nanoseconds now."""

PAUSE_SECONDS = 5.0
"""After the store could not be asked."""
LONGEST_PAUSE_SECONDS = 3600.0


async def run(
    inbox: StoreInbox,
    fetching: "Fetching",
    config: Fetch,
    sink: Sink,
    stop: asyncio.Event,
) -> None:
    """Fetch until ``stop`` is set; without a key there is nothing to do: what is ready waits for the app."""
    if config.api_key is None:
        return
    deliver = delivery_to(sink, asyncio.get_running_loop())
    try:
        fetcher = await asyncio.to_thread(open_fetcher, config, deliver)
    except (FetchError, ImportError) as error:
        log.error("no job is fetched: %s", error)  # noqa: TRY400 - one clear line, no traceback
        return
    try:
        while not stop.is_set():
            inbox.news.clear()
            pause = await _unless(stop, fetching.round(fetcher))
            await _either(inbox.news, stop, pause)
    finally:
        await asyncio.to_thread(fetcher.close)


class Fetching:
    """Rounds over what is due."""

    def __init__(self, store: Store, config: Fetch, clock: Clock, telemetry: Telemetry) -> None:
        self._store = store
        self._config = config
        self._clock = clock
        self._telemetry = telemetry

    async def round(self, fetcher: Fetcher) -> float | None:
        """Fetch what is due; how many seconds until more is, or None when nothing waits."""
        try:
            while due := await asyncio.to_thread(self._due):
                await self._fetch_all(due, fetcher)
            return await asyncio.to_thread(self._pause)
        except Exception:
            log.exception("a round of fetching failed; the next one tries again")
            return PAUSE_SECONDS

    async def _fetch_all(self, due: Sequence[Waiting], fetcher: Fetcher) -> None:
        fetches = [_in_thread(functools.partial(self._attempt, each, fetcher)) for each in due]
        for attempt in await asyncio.gather(*fetches):
            await asyncio.to_thread(self._keep, attempt)

    def _due(self) -> list[Waiting]:
        with self._store.reading() as snapshot:
            return webhooks.due(snapshot, self._clock(), self._config.concurrency)

    def _pause(self) -> float | None:
        with self._store.reading() as snapshot:
            following = webhooks.next_due(snapshot)
        return None if following is None else max(0.05, (following - self._clock()) / 1e9)

    def _attempt(self, waiting: Waiting, fetcher: Fetcher) -> Attempt:
        """Try once. Never raises: what went wrong is in the attempt."""
        attempts = waiting.attempts + 1
        try:
            if self._is_settled(waiting):
                return Attempt(waiting.webhook_id, "settled", waiting.attempts, self._clock())
            fetcher.fetch(waiting.kind, waiting.job_name)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next attempt may do better
            retry = error.retry if isinstance(error, FetchError) else True
            again = retry and attempts < self._config.max_attempts
            due = self._clock() + int(self._wait_seconds(attempts) * 1e9)
            return Attempt(
                waiting.webhook_id, "pending" if again else "given_up", attempts, due, str(error)
            )
        return Attempt(waiting.webhook_id, "fetched", attempts, self._clock())

    def _is_settled(self, waiting: Waiting) -> bool:
        with self._store.reading() as snapshot:
            return webhooks.settled(snapshot, waiting.job_name)

    def _wait_seconds(self, attempts: int) -> float:
        doubled: float = self._config.retry_after.total_seconds() * 2 ** (attempts - 1)
        return min(LONGEST_PAUSE_SECONDS, doubled)

    def _keep(self, attempt: Attempt) -> None:
        with self._store.writing() as transaction:
            webhooks.attempted(transaction, attempt)
        came = "retried" if attempt.state == "pending" else attempt.state
        self._telemetry.add("settle_fetches_total", reason=came)
        if attempt.state == "given_up":
            log.warning("a job that a webhook told of is not fetched: %s", attempt.error)


def _in_thread(work: Callable[[], Attempt]) -> "asyncio.Future[Attempt]":
    """Work in a thread that no end of the process waits for: Google may take its time, and what waits is on disk."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Attempt] = loop.create_future()

    def finish(attempt: Attempt) -> None:
        if not done.done():
            done.set_result(attempt)

    def run_and_tell() -> None:
        attempt = work()
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(finish, attempt)

    threading.Thread(target=run_and_tell, name="fetch", daemon=True).start()
    return done


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, float | None]) -> float | None:
    """What the work gives; None, and an end of it, when ``stop`` is set before."""
    working, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stopped.cancel()


async def _either(news: asyncio.Event, stop: asyncio.Event, seconds: float | None) -> None:
    """Wait for one of them, or so long."""
    waits = [asyncio.ensure_future(event.wait()) for event in (news, stop)]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
