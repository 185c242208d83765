"""What wakes those who deliver: whoever put a message into the outbox tells it."""

import asyncio


class News:
    """Listeners of one event loop, told from that loop."""

    def __init__(self) -> None:
        self._listeners: list[asyncio.Event] = []

    def begin(self) -> None:
        """Forget who listened before: the loop starts anew."""
        self._listeners.clear()

    def listen(self) -> asyncio.Event:
        """An event that is set whenever there is something to send, and at the end."""
        self._listeners.append(asyncio.Event())
        return self._listeners[-1]

    def tell(self) -> None:
        """There is something to send."""
        for event in self._listeners:
            event.set()
