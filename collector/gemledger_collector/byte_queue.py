"""A queue between threads, bounded by bytes rather than by items."""

import threading
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class ByteQueue(Generic[Item]):
    """First in, first out. ``size`` is how many bytes wait; at least one item is always let in."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: deque[tuple[Item, int]] = deque()
        self._changed = threading.Condition()
        self.size = 0
        self.closed = False

    def has_room(self, size: int) -> bool:
        """Whether ``size`` more bytes fit. An item larger than the limit fits when nothing else waits."""
        return self.size == 0 or self.size + size <= self._limit

    def offer(self, item: Item, size: int) -> bool:
        """Put the item in, unless the queue is full or closed."""
        with self._changed:
            if self.closed or not self.has_room(size):
                return False
            self._append(item, size)
            return True

    def put(self, item: Item, size: int) -> None:
        """Put the item in as soon as it fits."""
        with self._changed:
            self._changed.wait_for(lambda: self.has_room(size))
            self._append(item, size)

    def take(self, most: int) -> list[Item]:
        """Everything that waits, up to ``most`` bytes; waits for the first. Empty: closed, and nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self.closed)
            taken: list[Item] = []
            left = most
            while self._items and (not taken or self._items[0][1] <= left):
                item, size = self._items.popleft()
                taken.append(item)
                self.size -= size
                left -= size
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Let nothing more be offered; what waits can still be taken."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _append(self, item: Item, size: int) -> None:
        self._items.append((item, size))
        self.size += size
        self._changed.notify_all()
