"""What an app's thread asks of the two threads that write and send, passed on through queues."""

import queue
import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class Waiter:
    """Somebody who waits until what is in the queue now has left; ``patient`` is one who waits through failures."""

    patient: bool
    number: int = 0
    failed_tries: int = 0
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class Stop:
    """Ends a thread, after what came before."""

    done: threading.Event = field(default_factory=threading.Event)


Token = Waiter | Stop | None
"""None: there is something to do."""


def next_token(tokens: "queue.SimpleQueue[Token]", timeout_seconds: float) -> Token:
    """The next token, or None after so long. A SimpleQueue, for a signal may interrupt whoever puts one in."""
    try:
        return tokens.get(timeout=timeout_seconds)
    except queue.Empty:
        return None
