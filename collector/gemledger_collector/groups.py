"""Requests that wait for their commit, and the groups in which they are committed."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from gemledger_collector.errors import CollectorError
from gemledger_collector.processors.batches import with_columns
from gemledger_collector.processors.deduplicate import without_doubles

logger = logging.getLogger("gemledger.pipeline")


@dataclass(frozen=True, slots=True)
class Accepted:
    """An acknowledged payload: everything it held is committed, but for what is counted here.

    ``too_old_spans`` start before what the store keeps.
    """

    invalid_spans: int = 0
    too_old_spans: int = 0


class Request:
    """A payload and the future its sender waits for."""

    __slots__ = ("_answer", "_loop", "payload")

    def __init__(self, payload: bytes, loop: asyncio.AbstractEventLoop) -> None:
        self.payload = payload
        self._loop = loop
        self._answer: asyncio.Future[Accepted] = loop.create_future()

    async def answered(self) -> Accepted:
        """The outcome, as soon as it is known."""
        return await self._answer

    def resolve(self, outcome: Accepted | CollectorError) -> None:
        """Answer from another thread; a sender that has gone is no error."""
        try:
            self._loop.call_soon_threadsafe(self._set, outcome)
        except RuntimeError:  # the loop is closed: nobody waits any more
            logger.debug("an answer came after its sender was gone")

    def _set(self, outcome: Accepted | CollectorError) -> None:
        if self._answer.done():
            return
        if isinstance(outcome, CollectorError):
            self._answer.set_exception(outcome)
        else:
            self._answer.set_result(outcome)


@dataclass(frozen=True, slots=True)
class Group:
    """Requests and the batch they became; ``received`` spans were decoded, doubles among them included."""

    requests: Sequence[Request]
    spans: pa.RecordBatch
    received: int
    invalid_spans: Sequence[int]

    @property
    def size(self) -> int:
        """Bytes of payload."""
        return sum(len(request.payload) for request in self.requests)


def merged(groups: Sequence[Group]) -> Group:
    """Several groups as one, each span once."""
    if len(groups) == 1:
        return groups[0]
    spans = pa.concat_batches([group.spans for group in groups])
    spans = with_columns(spans, {"row": pa.array(np.arange(len(spans)))})
    return Group(
        requests=[request for group in groups for request in group.requests],
        spans=without_doubles(spans),
        received=sum(group.received for group in groups),
        invalid_spans=[count for group in groups for count in group.invalid_spans],
    )
