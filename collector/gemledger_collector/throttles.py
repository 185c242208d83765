"""How often is too often: a bucket for one token, and failures for each address. Time is an argument."""

import threading
from collections import OrderedDict
from typing import Final

_MINUTE_NANO: Final = 60 * 10**9
FAILURES_PER_MINUTE: Final = 20
"""Wrong tokens from one address that are answered with 401; beyond it 429."""
_MOST_PEERS: Final = 1024


class Bucket:
    """Room for ``per_minute`` requests at once, filled again evenly over a minute; safe between threads."""

    def __init__(self, per_minute: int, now_unix_nano: int) -> None:
        self._cost = _MINUTE_NANO // per_minute
        self._full = self._cost * per_minute
        self._left = self._full
        self._then = now_unix_nano
        self._lock = threading.Lock()

    def wait_seconds(self, now_unix_nano: int) -> int:
        """0 takes one request; else nothing is taken, and there is room for one after so many whole seconds."""
        with self._lock:
            # A clock that steps back fills nothing.
            passed = max(0, now_unix_nano - self._then)
            self._then = now_unix_nano
            self._left = min(self._full, self._left + passed)
            if self._left >= self._cost:
                self._left -= self._cost
                return 0
            return -((self._left - self._cost) // 10**9)


class Failures:
    """Failed attempts by address. Only the addresses seen last are remembered; safe between threads."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def wait_seconds(self, peer: str, now_unix_nano: int) -> int:
        """Note a failure: 0 while they are few, else the seconds until the next is answered in full."""
        with self._lock:
            bucket = self._buckets.get(peer)
            if bucket is None:
                bucket = self._buckets[peer] = Bucket(FAILURES_PER_MINUTE, now_unix_nano)
            self._buckets.move_to_end(peer)
            if len(self._buckets) > _MOST_PEERS:
                self._buckets.popitem(last=False)
        return bucket.wait_seconds(now_unix_nano)
