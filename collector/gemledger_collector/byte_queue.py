"""Queues between threads, bounded by bytes rather than by items."""

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
            return self._taken(most)

    def close(self) -> None:
        """Let nothing more be offered; what waits can still be taken."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _taken(self, most: int) -> list[Item]:
        taken: list[Item] = []
        left = most
        while self._items and (not taken or self._items[0][1] <= left):
            item, size = self._items.popleft()
            taken.append(item)
            self.size -= size
            left -= size
        self._changed.notify_all()
        return taken

    def _append(self, item: Item, size: int) -> None:
        self._items.append((item, size))
        self.size += size
        self._changed.notify_all()


QUIET_SECONDS = 0.005
"""Nobody came for so long: whoever was expected is not coming now."""


class GatheringQueue(ByteQueue[Item]):
    """A queue whose taker is told how its work goes, and takes what arrives meanwhile at once, up to ``enough`` bytes.

    Senders wait for their answers. Taken as they come they fall into two halves, of which each waits while the other
    is worked on: twice the work where a group costs as much as a large one. So the taker waits until what it took is
    done, and then for those who were answered, until as many are here as there were, or nobody comes any more.
    """

    def __init__(self, limit: int, enough: int) -> None:
        super().__init__(limit)
        self._enough = enough
        self._under_way = 0
        self._expected = 0

    def begun(self, items: int) -> None:
        """So many items are worked on from now on."""
        with self._changed:
            self._under_way += items

    def done(self, items: int) -> None:
        """So many of them are finished, well or not."""
        with self._changed:
            self._under_way -= items
            self._expected = len(self._items) + items
            self._changed.notify_all()

    def take(self, most: int) -> list[Item]:
        """As ``ByteQueue.take``; less than ``enough`` bytes wait for company."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self.closed)
            while self._some_are_missing():
                came = self._changed.wait(None if self._under_way else QUIET_SECONDS)
                if not came:
                    break
            return self._taken(most)

    def _some_are_missing(self) -> bool:
        if self.closed or self.size >= self._enough:
            return False
        return self._under_way > 0 or len(self._items) < self._expected
