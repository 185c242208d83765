"""The clock of the alerts: evaluate on an interval, deliver what lies in the outbox; one task each."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from gemledger_collector.alerts.channels import open_channels
from gemledger_collector.alerts.courier import Courier
from gemledger_collector.alerts.evaluate import Evaluator
from gemledger_collector.alerts.news import News
from gemledger_collector.alerts.sources import Sources
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.errors import Overloaded
from gemledger_collector.storage import alert_outbox
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry

log = logging.getLogger("gemledger.alerts")

Clock = Callable[[], int]
"""Unix nanoseconds now."""

PAUSE_SECONDS = 2.0
"""After the store could not be asked."""


async def run(  # noqa: PLR0913 - what the loop is made of
    store: Store,
    config: AlertsConfig,
    clock: Clock,
    stop: asyncio.Event,
    telemetry: Telemetry | None = None,
    *,
    external_url: str = "",
    sources: Sources | None = None,
    news: News | None = None,
) -> None:
    """Watch until ``stop`` is set. The event loop never waits for the store or for a receiver.

    ``external_url`` is where people reach the collector: messages link to it. Others that put messages into the outbox
    tell ``news``.
    """
    channels = open_channels(config)
    telemetry = telemetry or Telemetry()
    loop = AlertLoop(store, clock, stop, telemetry, news or News())
    await asyncio.to_thread(_abandon, store, [channel.name for channel in channels])
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(loop.evaluate(Evaluator(store, config, external_url, sources)))
        for channel in channels:
            courier = Courier(store, channel, telemetry, external_url)
            tasks.create_task(loop.deliver(courier, loop.news.listen()))


class AlertLoop:
    """One task evaluates; one for each channel delivers, so that a slow receiver holds up nobody else."""

    def __init__(
        self, store: Store, clock: Clock, stop: asyncio.Event, telemetry: Telemetry, news: News
    ) -> None:
        self._store = store
        self._clock = clock
        self._stop = stop
        self._telemetry = telemetry
        self.news = news
        news.begin()

    async def evaluate(self, evaluator: Evaluator) -> None:
        """Look on every interval; a look that fails is counted, and the next one sees what it would have seen."""
        interval = evaluator.config.evaluation_interval.total_seconds()
        while not self._stop.is_set():
            try:
                found = await asyncio.to_thread(evaluator.evaluate, self._clock())
            except Exception as error:
                self._telemetry.add("alert_evaluation_failures_total")
                log.warning("alerts could not be evaluated: %s", error, exc_info=unexpected(error))
            else:
                self._telemetry.add("alert_evaluations_total")
                for failure in found.failures:
                    self._telemetry.add("alert_evaluation_failures_total")
                    log.warning("some alerts could not be evaluated: %s", failure, exc_info=failure)
                if found.notifications:
                    self.news.tell()
            await _wait(self._stop, interval)
        self.news.tell()

    async def deliver(self, courier: Courier, news: asyncio.Event) -> None:
        """Send what the courier's channel is owed, when it is due."""
        try:
            while not self._stop.is_set():
                news.clear()
                await _wait(news, await self._serve(courier))
        finally:
            await asyncio.to_thread(courier.close)

    async def _serve(self, courier: Courier) -> float | None:
        """How many seconds to wait for the next message that is known; None when there is none."""
        now = self._clock()
        try:
            due = await asyncio.to_thread(courier.serve, now)
        except Exception as error:
            name = courier.channel.name
            log.warning("alerts for %s wait: %s", name, error, exc_info=unexpected(error))
            return PAUSE_SECONDS
        return None if due is None else max(0.0, (due - now) / 1e9)


def unexpected(error: Exception) -> bool:
    """Whether an error deserves a traceback: a store that is busy or full says all there is to say."""
    return not isinstance(error, Overloaded)


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def _abandon(store: Store, channels: list[str]) -> None:
    try:
        with store.writing() as transaction:
            alert_outbox.abandon_other_channels(transaction, channels)
    except Overloaded as error:  # nothing is lost by it: the next start tries again
        log.warning("messages for former channels stay in the outbox for now: %s", error)
