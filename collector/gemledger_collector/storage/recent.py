"""The last hour in a few figures, and how much room the store has: for gauges and for the page of health."""

import shutil
from dataclasses import dataclass

from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.retention import used_bytes
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Snapshot

HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Recent:
    """Calls that began in the running quarter of an hour and the three before it: between 45 and 60 minutes of them.

    ``cost_pico_usd_per_hour`` is what a whole hour of it comes to.
    """

    calls: int
    errors: int
    cost_pico_usd_per_hour: int
    input_tokens: int
    cache_read_tokens: int

    @property
    def cache_hit_ratio(self) -> float | None:
        """Share of the input tokens that came out of a cache; None without input."""
        return self.cache_read_tokens / self.input_tokens if self.input_tokens else None


def recent(snapshot: Snapshot, now_unix_nano: int) -> Recent:
    """What the ledger has of the last hour."""
    now = now_unix_nano // 10**9
    since = (now // SLOT_SECONDS - 3) * SLOT_SECONDS
    row = snapshot.query("recent_calls", {"since": since, "until": now}).to_pylist()[0]
    cost = int(row["cost_pico_usd"]) * HOUR_SECONDS // max(now - since, 1)
    return Recent(
        calls=int(row["calls"]),
        errors=int(row["errors"]),
        cost_pico_usd_per_hour=cost,
        input_tokens=int(row["input_tokens"]),
        cache_read_tokens=int(row["cache_read_tokens"]),
    )


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes: what of the file holds something, and what is free on its disk."""

    used_bytes: int
    free_disk_bytes: int


def room(store: Store) -> Room:
    """How much room there is."""
    with store.reading() as snapshot:
        used = used_bytes(snapshot)
    return Room(used, shutil.disk_usage(store.path.parent).free)
