"""Context caches as the store knows them: everything heard of each, and the life that it tells of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gemledger_collector.settle.caches.accrual import Place
from gemledger_collector.settle.caches.life import Bounds, Event, Heard, Life, life_of
from gemledger_collector.settle_config import SettleConfig
from gemledger_collector.storage import cache_events
from gemledger_collector.storage.cache_events import Row
from gemledger_collector.storage.transaction import Snapshot

_NANO = 10**9


def bounds_of(config: SettleConfig) -> Bounds:
    """What is believed of a cache, in seconds and tokens."""
    return Bounds(
        catch_up=int(config.catch_up.total_seconds()),
        longest_life=int(config.longest_cache_life.total_seconds()),
        most_tokens=config.most_cache_tokens,
    )


@dataclass(frozen=True, slots=True)
class KnownCache:
    """Everything that was heard of a cache, in order of time; there is something."""

    id: str
    heard: Sequence[Row]
    life: Life | None

    @property
    def origin(self) -> Row:
        """Who made it, as far as that was heard: the creation, else the first that was heard."""
        return next((row for row in self.heard if row["event"] == Heard.CREATED), self.heard[0])

    @property
    def name(self) -> str:
        """Its name, the longest that was heard."""
        name: str = max((row["cache_name"] for row in self.heard), key=len)
        return name

    @property
    def model(self) -> str:
        """The model it is for."""
        return next((row["model"] for row in (self.origin, *self.heard) if row["model"]), "")

    @property
    def place(self) -> Place:
        """What its storage rate depends on."""
        origin = self.origin
        return Place(
            platform=origin["platform"] or "",
            model=self.model,
            region=origin["account_location"] or origin["region"] or "global",
            server_address=origin["server_address"] or "",
            tokens=0 if self.life is None else self.life.tokens,
        )


def known_caches(
    snapshot: Snapshot, ids: Sequence[str], now: int, bounds: Bounds
) -> list[KnownCache]:
    """The caches of these ids, with the life that the store tells of by ``now``."""
    heard = cache_events.events(snapshot, ids)
    reads = _reads_that_matter(snapshot, heard, now - bounds.catch_up)
    return [
        KnownCache(each, rows, life_of(told(rows), reads.get(each), bounds))
        for each, rows in heard.items()
        if rows
    ]


def _reads_that_matter(
    snapshot: Snapshot, heard: Mapping[str, Sequence[Row]], stale: int
) -> dict[str, int]:
    """When calls last read the caches that were not found by a look, or not heard of since ``stale``.

    Of the others nothing depends on it, and it is a look through the spans.
    """
    doubtful = {
        each: rows
        for each, rows in heard.items()
        if rows and (rows[-1]["at_unix_nano"] < stale * _NANO or any(map(_is_gone, rows)))
    }
    if not doubtful:
        return {}
    since = min(rows[0]["at_unix_nano"] for rows in doubtful.values())
    return cache_events.last_reads(snapshot, doubtful, since)


def _is_gone(row: Row) -> bool:
    return bool(row["event"] == Heard.GONE)


def told(rows: Iterable[Row]) -> list[Event]:
    """Rows of the store as what was heard."""
    return [
        Event(
            Heard(row["event"]),
            row["at_unix_nano"] // _NANO,
            row["tokens"],
            row["create_unix_seconds"],
            row["expire_unix_seconds"],
            row["at_unix_nano"] % _NANO,
        )
        for row in rows
    ]
