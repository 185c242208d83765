"""What every channel is, and what comes of an attempt to send."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from gemledger_collector.storage.alert_outbox import NotificationRow

MINUTE_NS = 60 * 10**9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt: ``error`` None means delivered; ``retry`` says whether trying again can help.

    ``progressed``: a part was taken, and the rest can be sent at once.
    """

    error: str | None = None
    retry: bool = False
    retry_after_seconds: int | None = None
    progressed: bool = False


class Pace:
    """How often a channel may be used: at most ``most`` times in any minute. What is too early waits."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._sent_at: deque[int] = deque()

    def free_at(self, now: int) -> int:
        """When the next may be sent, in unix nanoseconds; ``now`` where nothing is in the way."""
        while self._sent_at and self._sent_at[0] <= now - MINUTE_NS:
            self._sent_at.popleft()
        if self._most is None or len(self._sent_at) < self._most:
            return now
        return self._sent_at[0] + MINUTE_NS

    def used(self, now: int) -> None:
        """One more was sent, or tried."""
        if self._most is not None:
            self._sent_at.append(now)


class Channel(Protocol):
    """Where messages are sent. Never raises: what went wrong is in the outcome. Not for two threads at once."""

    name: str
    pace: Pace

    def send(self, row: NotificationRow, now: int) -> Outcome:
        """Try once, within the channel's timeout. ``now`` is in unix nanoseconds."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
