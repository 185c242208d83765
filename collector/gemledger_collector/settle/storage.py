"""A round of settling: the storage of every cache, billed up to now, corrected where something new was heard.

What was billed is read from the store, what should have been follows from what was heard; the difference is appended.
So a round that is repeated, or done by the next process after a crash, adds nothing. A cache whose end is billed is
not looked at again until something is heard of it.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gemledger.pricing import Book
from gemledger_collector.settle.accrual import Hour, Place, accrue, rates_of
from gemledger_collector.settle.life import Bounds, Event, Heard, Life, life_of, settled_until
from gemledger_collector.settle_config import SettleConfig
from gemledger_collector.storage import caches
from gemledger_collector.storage.caches import FACTS, Charge, Row
from gemledger_collector.storage.store import Snapshot, Store

_NANO = 10**9
_CACHES_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: charges appended, corrections included."""

    charges: int


def bounds_of(config: SettleConfig) -> Bounds:
    """What is believed of a cache, in seconds and tokens."""
    return Bounds(
        catch_up=int(config.catch_up.total_seconds()),
        longest_life=int(config.longest_cache_life.total_seconds()),
        most_tokens=config.most_cache_tokens,
    )


class StorageSettling:
    """Bills the storage of caches. One per store; what it remembers only saves work."""

    def __init__(self, store: Store, book: Book, config: SettleConfig) -> None:
        self._store = store
        self._book = book
        self._bounds = bounds_of(config)
        self._over: dict[str, int] = {}
        """Caches that are billed to their end, by how much was heard of them then."""

    def round(self, now_unix_nano: int) -> Round:
        """Bill what is due. Raises Overloaded where the store cannot be used now."""
        now = now_unix_nano // _NANO
        with self._store.reading() as snapshot:
            heard = caches.heard_counts(snapshot)
        due = [each for each, count in heard.items() if self._over.get(each) != count]
        added = 0
        for start in range(0, len(due), _CACHES_AT_ONCE):
            added += self._settle(due[start : start + _CACHES_AT_ONCE], heard, now)
        return Round(added)

    def _settle(self, ids: Sequence[str], heard: Mapping[str, int], now: int) -> int:
        with self._store.reading() as snapshot:
            known = known_caches(snapshot, ids, now, self._bounds)
        added = [charge for cache in known for charge in self._due(cache, now)]
        if added:
            with self._store.writing() as transaction:
                caches.bill(transaction, added, self._book.version)
        for cache in known:
            if cache.life is None or (cache.life.ends <= now and not cache.is_unconfirmed(now)):
                self._over[cache.id] = heard[cache.id]
        return len(added)

    def _due(self, cache: "KnownCache", now: int) -> list[Charge]:
        """What has to be added so that the charges are what they should be."""
        before = max((charge.until for charge in cache.charges), default=None)
        until, owed = 0, {}
        if cache.life is not None:
            until = settled_until(cache.life, now, before, self._bounds)
            owed = self._owed(cache, cache.life, until)
        billed = {(charge.hour, charge.billed_as): charge for charge in cache.charges}
        return [
            charge
            for key in sorted({*owed, *billed})
            if (charge := _difference(cache.id, key, owed.get(key), billed.get(key), until))
        ]

    def _owed(self, cache: "KnownCache", life: Life, until: int) -> dict[tuple[int, str], Hour]:
        """What the cache's storage costs by hour, and as what it is billed."""
        hours = accrue(life.tokens, life.created, until, rates_of(self._book, cache.place))
        billed_as = _billing(cache)
        return {(begin, billed_as(hour)): hour for begin, hour in hours.items()}


@dataclass(frozen=True, slots=True)
class KnownCache:
    """Everything the store knows of a cache."""

    id: str
    heard: Sequence[Row]
    charges: Sequence[Charge]
    life: Life | None
    bounds: Bounds

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
        region = origin["account_location"] or origin["region"] or "global"
        tokens = 0 if self.life is None else self.life.tokens
        platform, address = origin["platform"] or "", origin["server_address"] or ""
        return Place(platform, self.model, region, address, tokens)

    def is_unconfirmed(self, now: int) -> bool:
        """Whether nobody has heard of it for so long that it is billed no further."""
        return self.life is not None and self.life.last_heard + self.bounds.catch_up < min(
            now, self.life.ends
        )


def known_caches(
    snapshot: Snapshot, ids: Sequence[str], now: int, bounds: Bounds
) -> list[KnownCache]:
    """The caches of these ids, with the life that the store tells of."""
    heard, billed = caches.events(snapshot, ids), caches.charges(snapshot, ids)
    reads = _reads_that_matter(snapshot, heard, now - bounds.catch_up)
    return [
        KnownCache(
            id=each,
            heard=rows,
            charges=billed[each],
            life=life_of(told(rows), reads.get(each), bounds),
            bounds=bounds,
        )
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
        if rows and (rows[-1]["at_unix_nano"] < stale * _NANO or any(_is_gone(row) for row in rows))
    }
    if not doubtful:
        return {}
    since = min(rows[0]["at_unix_nano"] for rows in doubtful.values())
    return caches.last_reads(snapshot, doubtful, since)


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


def _billing(cache: KnownCache) -> Callable[[Hour], str]:
    """How an hour of this cache is billed: the columns that say to whom and how sure, as one text."""
    origin = cache.origin
    common = {name: origin[name] for name in FACTS if origin.get(name) is not None}
    common |= {
        "cache_name": cache.name,
        "request_model": cache.model,
        "response_model": cache.model,
    }
    texts: dict[object, str] = {}

    def billed_as(hour: Hour) -> str:
        rate = hour.rate
        if rate not in texts:
            facts = {
                **common,
                "cost_status": rate.status,
                "cost_reasons": ",".join(rate.reasons) or None,
                "price_row": rate.price_row,
            }
            stated = {name: value for name, value in facts.items() if value}
            texts[rate] = json.dumps(stated, sort_keys=True)
        return texts[rate]

    return billed_as


def _difference(
    cache_id: str, key: tuple[int, str], owed: Hour | None, billed: Charge | None, until: int
) -> Charge | None:
    """The charge that makes what was billed what is owed; None where it is."""
    hour, billed_as = key
    if owed is not None and owed.pico_usd is None:  # no rate: said once
        return Charge(cache_id, hour, billed_as, None, None, until) if billed is None else None
    pico = _less(owed and owed.pico_usd, billed and billed.pico_usd)
    upper = _less(owed and owed.upper_pico_usd, billed and billed.upper_pico_usd)
    if not pico and not upper and (owed is None or billed is not None):
        return None
    doubtful = (owed and owed.upper_pico_usd) or (billed and billed.upper_pico_usd)
    return Charge(cache_id, hour, billed_as, pico, upper if doubtful else None, until)


def _less(owed: int | None, billed: int | None) -> int:
    return (owed or 0) - (billed or 0)
