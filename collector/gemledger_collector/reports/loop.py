"""The clock of the reports: one look when something is due, and one now and then, since clocks are set."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from gemledger_collector.alerts.news import News
from gemledger_collector.errors import Overloaded
from gemledger_collector.reports.sending import Sender
from gemledger_collector.telemetry import Telemetry

log = logging.getLogger("gemledger.reports")

Clock = Callable[[], int]
"""Unix nanoseconds now."""

LONGEST_SECONDS = 30.0
"""Between two looks: a clock that is set forward is noticed."""


async def run(
    sender: Sender, clock: Clock, stop: asyncio.Event, telemetry: Telemetry, news: News
) -> None:
    """Send reports until ``stop`` is set; without any configured there is nothing to do.

    ``news`` wakes those who deliver: reports leave by the channels of alerts.
    """
    if not sender.config.extensions.reports:
        return
    telemetry.add("report_failures_total", 0)  # a counter that is missing cannot rise
    while not stop.is_set():
        now = clock()
        if await _look(sender, now, telemetry):
            news.tell()
        pause = min(LONGEST_SECONDS, max(1.0, (sender.next_due(now) - now) / 1e9))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def _look(sender: Sender, now: int, telemetry: Telemetry) -> bool:
    try:
        sent = await asyncio.to_thread(sender.send, now)
    except Exception as error:
        telemetry.add("report_failures_total")
        busy = isinstance(error, Overloaded)
        log.warning("a report waits: %s", error, exc_info=not busy)
        return False
    for name in sent:
        telemetry.add("reports_sent_total")
        log.info("report %s is on its way", name)
    return bool(sent)
