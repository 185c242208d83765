"""What the simulator would bill, in Google's own terms: an invoice to check a ledger against.

Every billed answer leaves one entry: ``kind`` (``generate_content``, ``batch``, ``cache_storage`` …), ``model``,
``tier``, ``at_unix_nano``, and whatever it is billed by (``usageMetadata`` as on the wire, seconds, images). No prices:
whoever reads it multiplies with rates of their own. ``GET /simulator/record`` answers ``{"entries": […]}``.
"""

from collections import deque
from threading import Lock
from typing import Any

from .fields import Json

_REMEMBERED = 100_000


class Record:
    """Entries in the order in which they were billed; the oldest are forgotten. Thread-safe."""

    def __init__(self) -> None:
        self._entries: deque[Json] = deque(maxlen=_REMEMBERED)
        self._lock = Lock()

    def note(self, kind: str, **facts: Any) -> None:  # noqa: ANN401 - whatever a kind is billed by
        """One more billed answer."""
        with self._lock:
            self._entries.append({"kind": kind, **facts})

    def entries(self) -> list[Json]:
        """Everything so far."""
        with self._lock:
            return list(self._entries)
