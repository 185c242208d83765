"""From a thread that made spans of our own into the pipeline of this process."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from gemledger_collector.errors import Overloaded

DELIVERY_SECONDS = 60

Deliver = Callable[[bytes], None]
"""Takes one ExportTraceServiceRequest; returns once it is committed, raises when it cannot be."""


class Sink(Protocol):
    """Where the collector's own spans go: the pipeline, as for any sender."""

    async def accept(self, payload: bytes) -> object:
        """Take one ExportTraceServiceRequest and return once it is committed. Raises Overloaded."""
        ...


def delivery_to(sink: Sink, loop: asyncio.AbstractEventLoop) -> Deliver:
    """A way to ``sink`` for other threads than the loop's."""

    def deliver(payload: bytes) -> None:
        asyncio.run_coroutine_threadsafe(_accept(sink, payload), loop).result(DELIVERY_SECONDS)

    return deliver


async def _accept(sink: Sink, payload: bytes) -> None:
    for _ in range(DELIVERY_SECONDS // 2):
        try:
            await sink.accept(payload)
        except Overloaded as error:
            await asyncio.sleep(min(error.retry_after_seconds, 2))
        else:
            return
    raise Overloaded("the pipeline had no room for the collector's own spans")
