"""The clock of revisions: rules that changed are followed, and whatever is asked for is done piece by piece."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from gemledger.pricing import Book
from gemledger_collector.attribution_config import AttributeProcessor
from gemledger_collector.errors import Overloaded
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry
from gemledger_collector.upkeep.revise.asked import follow_rules
from gemledger_collector.upkeep.revise.running import Reviser

log = logging.getLogger("gemledger.revise")

Clock = Callable[[], int]
"""Unix nanoseconds now."""

_PAUSE_SECONDS = 2.0
"""After the store could not be used."""
_LOOK_SECONDS = 60.0
"""How often to look for what nobody rang for."""


class Bell:
    """Rung from any thread when something was asked for."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def ring(self) -> None:
        """Something is to be done."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the next start does it
                self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, seconds: float) -> None:
        """Until it rings, or for so long."""
        self._loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)
        self._event.clear()


async def run(  # noqa: PLR0913, PLR0917  what every loop of the service gets
    store: Store,
    book: Book,
    rules: AttributeProcessor,
    clock: Clock,
    stop: asyncio.Event,
    telemetry: Telemetry,
    bell: Bell,
) -> None:
    """Follow ``rules``, then do what is asked for, until ``stop`` is set."""
    reviser = Reviser(store, book)
    followed = False
    ending = asyncio.create_task(_ring_at_the_end(stop, bell))
    while not stop.is_set():
        pause = _LOOK_SECONDS
        try:
            if not followed:
                await asyncio.to_thread(follow_rules, store, rules, clock())
                followed = True
            if await _step(reviser, clock):
                continue
        except Overloaded as error:
            pause = _PAUSE_SECONDS
            telemetry.add("upkeep_failures_total", reason="revise")
            log.warning("a revision waits: %s", error)
        except Exception:
            telemetry.add("upkeep_failures_total", reason="revise")
            log.exception("a revision failed")
            followed = True
        if not stop.is_set():  # a bell that nobody waited for yet rings unheard
            await bell.wait(pause)
    await ending


async def _step(reviser: Reviser, clock: Clock) -> bool:
    """One piece, then as long a rest: spans that arrive come first."""
    started = time.perf_counter()
    more = await asyncio.to_thread(reviser.step, clock())
    if more:
        await asyncio.sleep(min(time.perf_counter() - started, 1.0) / 2)
    return more


async def _ring_at_the_end(stop: asyncio.Event, bell: Bell) -> None:
    await stop.wait()
    bell.ring()
