"""Room for request bodies: what all of them hold together is bounded, whoever sends them and however slowly."""

from collections.abc import Iterator
from contextlib import contextmanager

from gemledger_collector.errors import Overloaded


class Share:
    """What one request holds, in bytes."""

    __slots__ = ("_room", "size")

    def __init__(self, room: "Room") -> None:
        self._room = room
        self.size = 0

    def grow(self, size: int) -> None:
        """Hold so much more. Raises Overloaded when all requests together would hold too much."""
        self._room.require(size, beside=self.size)
        self._room.held += size
        self.size += size


class Room:
    """At most ``limit`` bytes of bodies at once; one alone may have more. For one event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held = 0

    @contextmanager
    def share(self) -> Iterator[Share]:
        """A request's share, given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.held -= share.size

    def require(self, size: int, *, beside: int) -> None:
        """Raises Overloaded unless so much more fits to what others hold."""
        others = self.held - beside
        if others and self.held + size > self._limit:
            raise Overloaded(f"bodies of {self.held} bytes are being received; send again later")
