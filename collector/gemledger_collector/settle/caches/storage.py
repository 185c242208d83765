"""A round of settling: the storage of every cache, billed up to now, corrected where something new was heard.

What was billed is read from the store, what should have been follows from what was heard; the difference is appended.
So a round that is repeated, or done by the next process after a crash, adds nothing. What is remembered between rounds
only saves work: a cache is looked at when something was heard of it, when its next hour is full, and when it ends.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gemledger.pricing import Book
from gemledger_collector.settle.caches.accrual import Hour, accrue, rates_of
from gemledger_collector.settle.caches.known import KnownCache, bounds_of, known_caches
from gemledger_collector.settle.caches.life import HOUR, State, settled_until, state_of
from gemledger_collector.settle_config import SettleConfig
from gemledger_collector.storage import cache_charges, cache_events
from gemledger_collector.storage.cache_charges import FACTS, Charge
from gemledger_collector.storage.store import Store

_NANO = 10**9
_CACHES_AT_ONCE = 200
_CHARGES_AT_ONCE = 10_000
"""In one transaction: spans wait for it. A crash between two of them loses nothing: the next round finds the rest."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: charges appended, corrections included."""

    charges: int


class _Looked(NamedTuple):
    """How much had been heard of a cache when it was settled, and when it has to be looked at again."""

    heard: int
    due_at: float


class StorageSettling:
    """Bills the storage of caches. One per store."""

    def __init__(self, store: Store, book: Book, config: SettleConfig) -> None:
        self._store = store
        self._book = book
        self._bounds = bounds_of(config)
        self._looked: dict[str, _Looked] = {}
        self._last_round = 0

    def round(self, now_unix_nano: int) -> Round:
        """Bill what is due. Raises Overloaded where the store cannot be used now."""
        now = now_unix_nano // _NANO
        if (
            now < self._last_round
        ):  # the clock went back: what it was when caches were looked at is no guide
            self._looked.clear()
        self._last_round = now
        with self._store.reading() as snapshot:
            heard = cache_events.heard_counts(snapshot)
        due = [each for each, count in heard.items() if self._is_due(each, count, now)]
        added = 0
        for start in range(0, len(due), _CACHES_AT_ONCE):
            added += self._settle(due[start : start + _CACHES_AT_ONCE], heard, now)
        return Round(added)

    def _is_due(self, cache_id: str, heard: int, now: int) -> bool:
        looked = self._looked.get(cache_id)
        return looked is None or looked.heard != heard or now >= looked.due_at

    def _settle(self, ids: Sequence[str], heard: Mapping[str, int], now: int) -> int:
        with self._store.reading() as snapshot:
            known = known_caches(snapshot, ids, now, self._bounds)
            billed = cache_charges.charges(snapshot, ids)
        added = [charge for cache in known for charge in self._due(cache, billed[cache.id], now)]
        for start in range(0, len(added), _CHARGES_AT_ONCE):
            with self._store.writing() as transaction:
                due = added[start : start + _CHARGES_AT_ONCE]
                cache_charges.bill(transaction, due, self._book.version)
        for cache in known:
            self._looked[cache.id] = _Looked(heard[cache.id], self._due_at(cache, now))
        return len(added)

    def _due_at(self, cache: KnownCache, now: int) -> float:
        """When there is more to bill, if nothing is heard until then."""
        if cache.life is None:
            return math.inf
        next_hour = now - now % HOUR + HOUR
        if state_of(cache.life, now, self._bounds) is State.UNCONFIRMED:
            return next_hour
        return math.inf if cache.life.ends <= now else min(cache.life.ends, next_hour)

    def _due(self, cache: KnownCache, charges: Sequence[Charge], now: int) -> list[Charge]:
        """What has to be added so that the charges are what they should be."""
        before = max((charge.until for charge in charges), default=None)
        until, owed = 0, {}
        if cache.life is not None:
            until = settled_until(cache.life, now, before, self._bounds)
            rate_at, billed_as = rates_of(self._book, cache.place), _billing(cache)
            hours = accrue(cache.life.tokens, cache.life.created, until, rate_at)
            owed = {(begin, billed_as(hour)): hour for begin, hour in hours.items()}
        billed = {(charge.hour, charge.billed_as): charge for charge in charges}
        return [
            charge
            for key in sorted({*owed, *billed})
            if (charge := _difference(cache.id, key, owed.get(key), billed.get(key), until))
        ]


def _billing(cache: KnownCache) -> Callable[[Hour], str]:
    """How an hour of this cache is billed: the columns that say to whom and how sure, as one text."""
    origin = cache.origin
    common = {name: origin[name] for name in FACTS if origin.get(name) is not None} | {
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
                "cost_reasons": ",".join(rate.reasons),
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
    (pico, most), (pico_before, most_before) = _amounts(owed), _amounts(billed)
    pico_due, most_due = pico - pico_before, most - most_before
    if not pico_due and not most_due and (owed is None or billed is not None):
        return None
    upper = most_due if most or most_before else None
    return Charge(cache_id, hour, billed_as, pico_due, upper, until)


def _amounts(found: Hour | Charge | None) -> tuple[int, int]:
    """The amount and its upper bound, 0 where there is none."""
    return (0, 0) if found is None else (found.pico_usd or 0, found.upper_pico_usd or 0)
