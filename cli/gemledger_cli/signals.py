"""Ctrl-C, SIGTERM and a closed terminal as a flag, so that a command ends its parts in order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class Stop:
    """Whether somebody asked this program to end."""

    requested: bool = False


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into ``stop.requested``; a second one interrupts at once."""
    stop = Stop()

    def ask(_signal: int, _frame: object) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.requested = True

    before = {number: signal.signal(number, ask) for number in ENDING}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
