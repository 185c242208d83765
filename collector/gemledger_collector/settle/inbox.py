"""Where a verified event is kept before its sender is answered, and what wakes those who act on it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from gemledger_collector.settle.events import Event
from gemledger_collector.storage import webhooks
from gemledger_collector.storage.store import Store


class Inbox(Protocol):
    """All that a receiver of webhooks sees of the store."""

    async def take(self, webhook_ids: Sequence[str], event: Event | None, now: int) -> None:
        """Keep a delivery for good; ``event`` is None where it changes nothing.

        Raises Repeated when it, or another of one of its ids, was taken before; Overloaded when it cannot be kept.
        """
        ...


class StoreInbox:
    """Events on disk. ``news`` is set whenever there is one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.news = asyncio.Event()

    async def take(self, webhook_ids: Sequence[str], event: Event | None, now: int) -> None:
        """As ``Inbox`` says: one transaction, so that of two at a time one is the repetition."""
        await asyncio.to_thread(self._take, webhook_ids, event, now)
        if event is not None:
            self.news.set()

    def _take(self, webhook_ids: Sequence[str], event: Event | None, now: int) -> None:
        told = None
        if event is not None:
            told = webhooks.Told(event.event_type, event.kind, event.job_name, event.state)
        with self._store.writing() as transaction:
            webhooks.take(transaction, webhook_ids, told, now)
