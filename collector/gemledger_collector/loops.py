"""What runs beside the server: each loop until told to stop, and anew when what it reads has changed."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from gemledger.pricing import Book
from gemledger_collector.config import Config
from gemledger_collector.reload import is_below


@dataclass(frozen=True, slots=True)
class Settings:
    """What every part runs by: the configuration, and the price book it asks for."""

    config: Config
    book: Book


Running = Coroutine[Any, Any, None]
Start = Callable[[Settings, asyncio.Event], Running]
"""Runs by these settings until the event is set."""


@dataclass(slots=True)
class _Loop:
    start: Start
    reads: tuple[str, ...]
    end: asyncio.Event
    changed: asyncio.Event


class Loops:
    """Loops that all end with ``stop``. What one must remember is in the store, so that starting anew loses nothing."""

    def __init__(self, settings: Settings, stop: asyncio.Event) -> None:
        self._settings = settings
        self._stop = stop
        self._loops: list[_Loop] = []

    def add(self, start: Start, *reads: str) -> None:
        """One loop more; it starts anew when a key below one of ``reads`` has changed."""
        self._loops.append(_Loop(start, reads, asyncio.Event(), asyncio.Event()))

    async def run(self) -> None:
        """Run all of them until ``stop`` is set."""
        async with asyncio.TaskGroup() as tasks:
            for loop in self._loops:
                tasks.create_task(self._keep_going(loop))
            await self._stop.wait()
            for loop in self._loops:
                loop.end.set()
                loop.changed.set()

    def renew(self, settings: Settings, changed: list[str]) -> None:
        """Let those that read a changed key end their round and go on by these settings."""
        self._settings = settings
        for loop in self._loops:
            if any(is_below(key, loop.reads) for key in changed):
                loop.changed.set()
                loop.end.set()

    async def _keep_going(self, loop: _Loop) -> None:
        while not self._stop.is_set():
            loop.end.clear()
            loop.changed.clear()
            await loop.start(self._settings, loop.end)
            # One that had nothing to do waits for settings that give it something.
            await loop.changed.wait()
