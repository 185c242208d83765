"""Who is told what each commit added to the ledger."""

import logging
from collections.abc import Callable, Sequence

from gemledger_collector.storage.transaction import Change

logger = logging.getLogger("gemledger.store")

Listener = Callable[[Sequence[Change]], None]
"""Is told what a commit added to the ledger; quick, for whoever commits waits for it."""


class Listeners:
    """Any number; most of the time none or one."""

    def __init__(self) -> None:
        self._all: tuple[Listener, ...] = ()

    def __bool__(self) -> bool:
        """Whether anybody listens."""
        return bool(self._all)

    def add(self, listener: Listener) -> None:
        """From the next transaction on, tell this one, too. Call it inside ``writing``, so that none is under way."""
        self._all = (*self._all, listener)

    def remove(self, listener: Listener) -> None:
        """Tell this one no more."""
        self._all = tuple(each for each in self._all if each != listener)

    def tell(self, changes: Sequence[Change] | None) -> None:
        """Hand over what was committed: it stands, whatever a listener makes of it."""
        for listener in self._all if changes else ():
            try:
                listener(changes or ())
            except Exception:
                logger.exception("what was committed could not be told to all who listen")
