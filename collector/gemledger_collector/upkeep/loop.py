"""The clock of upkeep: its steps, one after the other, on every interval."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping

from gemledger_collector.errors import Overloaded
from gemledger_collector.exporters_config import DuckdbExporter
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry
from gemledger_collector.upkeep.compaction import Compacting
from gemledger_collector.upkeep.retention import Upkeep
from gemledger_collector.upkeep.rollups import compact_rollups

log = logging.getLogger("gemledger.upkeep")

Clock = Callable[[], int]
"""Unix nanoseconds now."""
Step = Callable[[int], object]
"""One thing to do, as of a time in unix nanoseconds."""


def steps_of(store: Store, config: DuckdbExporter, telemetry: Telemetry) -> Mapping[str, Step]:
    """What is done in each round, in order, by name."""
    return {
        "rollups": lambda now: compact_rollups(store, now, telemetry),
        "retention": Upkeep(store, config.retention, telemetry).round,
        "compaction": Compacting(store, config.compact).round,
    }


async def run(
    steps: Mapping[str, Step],
    config: DuckdbExporter,
    clock: Clock,
    stop: asyncio.Event,
    telemetry: Telemetry,
) -> None:
    """Do the steps until ``stop`` is set. One that fails is counted, and the others are done all the same."""
    while not stop.is_set():
        for name, step in steps.items():
            if not stop.is_set():
                await _do(name, step, clock, telemetry)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), config.upkeep_interval.total_seconds())


async def _do(name: str, step: Step, clock: Clock, telemetry: Telemetry) -> None:
    try:
        await asyncio.to_thread(step, clock())
    except Overloaded as error:
        telemetry.add("upkeep_failures_total", reason=name)
        log.warning("%s waits: %s", name, error)
    except Exception:
        telemetry.add("upkeep_failures_total", reason=name)
        log.exception("%s failed; the next round tries again", name)
