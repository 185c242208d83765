"""The two threads between receivers and store outlive whatever goes wrong in them."""

import asyncio
from collections.abc import Iterator

import pytest
from support.otlp import payload_of

from gemledger.pricing import load_book
from gemledger_collector.pipeline import Accepted, Limits, Pipeline
from gemledger_collector.processors.chain import Chain
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.summary import summary
from gemledger_collector.telemetry import Telemetry


class FailingOnce(Telemetry):
    """Counters of which one fails the first time it is used."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._fails = name

    def add(self, name: str, amount: float = 1, *, reason: str | None = None) -> None:
        """Count, or fail."""
        if name == self._fails:
            self._fails = ""
            raise RuntimeError("the counter is broken")
        super().add(name, amount, reason=reason)


@pytest.fixture
def pipeline(store: Store) -> Iterator[Pipeline]:
    """A pipeline that cannot count its first commit."""
    line = Pipeline(store, Chain(load_book()), FailingOnce("commits_total"), Limits())
    line.start()
    yield line
    line.close()


async def test_a_commit_that_cannot_be_counted_is_acknowledged_and_the_next_one_works(
    pipeline: Pipeline, store: Store
) -> None:
    """An error of our own after the commit neither hides the commit nor stops the ones behind it."""
    assert await pipeline.accept(payload_of(1)) == Accepted()
    assert await asyncio.wait_for(pipeline.accept(payload_of(2)), 10) == Accepted()
    with store.reading() as snapshot:
        assert summary(snapshot).calls == 2
