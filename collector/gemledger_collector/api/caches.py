"""``GET /api/v1/caches``: what each context cache has cost, saved, and is worth."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Annotated, Any

from fastapi import APIRouter, Query

from gemledger_collector.api.context import Ask, Instant, iso, unix_nano
from gemledger_collector.settle.caches.known import KnownCache, bounds_of, known_caches, told
from gemledger_collector.settle.caches.life import HOUR, Heard, State, flags_of, state_of
from gemledger_collector.settle.caches.savings import Tokens
from gemledger_collector.settle.caches.worth import Use, break_even_reads, cache_rates, judge
from gemledger_collector.storage import cache_events
from gemledger_collector.storage.cache_charges import Billed, billed
from gemledger_collector.storage.cache_reads import Reads, reads_of
from gemledger_collector.storage.transaction import Snapshot

Json = dict[str, Any]
router = APIRouter(tags=["caches"])

MOST_CACHES = 1_000
"""The newest so many are read; ``truncated`` says that there are more."""
_NANO = 10**9
_DEFAULT_DAYS = 31
_PAYERS = ("team", "feature", "environment", "user_id", "prompt_version", "service_name")
_WORTH = ("reads_per_hour", "break_even_reads_per_hour", "break_even_reads", "verdict")
_NO_LIFE = "its tokens or its times are not known, or cannot be"
_MONEY = ("creation", "storage", "paid", "saved", "net")


@router.get("/api/v1/caches")
def get_caches(
    ask: Ask,
    since: Instant | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Json:
    """Caches that lived at ``since`` (default: 31 days ago) or later, the newest first; totals are of all of them.

    Money is picoUSD in decimal strings. paid = creation + storage, as billed so far; saved = what its cached tokens
    would have cost as input, less what was paid for them; net = saved - paid; null where the book lacks a rate.
    """
    now_nano = ask.clock()
    start = now_nano - _DEFAULT_DAYS * 24 * HOUR * _NANO if since is None else unix_nano(since)
    with ask.store.reading() as snapshot:
        found = _Reader(ask, now_nano).read(snapshot, start // _NANO)
    page = found[offset : offset + limit]
    more = offset + limit < len(found)
    return {
        "as_of": iso(now_nano),
        "since": iso(start),
        "caches": [{name: _sent(name, value) for name, value in each.items()} for each in page],
        "totals": _totals(found),
        "next_offset": offset + limit if more else None,
        "truncated": len(found) == MOST_CACHES,
    }


class _Reader:
    """Reads the ledger of caches as of one moment."""

    def __init__(self, ask: Ask, now_nano: int) -> None:
        self._book = ask.book
        self._bounds = bounds_of(ask.config.settle)
        self._window = int(ask.config.settle.orphan_after.total_seconds())
        self._now = now_nano // _NANO
        self._now_nano = now_nano

    def read(self, snapshot: Snapshot, since: int) -> list[Json]:
        """Every cache, the newest first."""
        ids = cache_events.newest(snapshot, since, MOST_CACHES)
        known = known_caches(snapshot, ids, self._now, self._bounds)
        if not known:
            return []
        earliest = min(cache.heard[0]["at_unix_nano"] for cache in known)
        recent = self._now_nano - self._window * _NANO
        reads = reads_of(snapshot, ids, earliest - 60 * _NANO, recent)
        storage = billed(snapshot, ids)
        nothing = Billed()
        return [
            self._cache(cache, reads[cache.id], storage.get(cache.id, nothing)) for cache in known
        ]

    def _cache(self, cache: KnownCache, reads: Sequence[Reads], storage: Billed) -> Json:
        origin, life = cache.origin, cache.life
        state = State.UNCONFIRMED if life is None else state_of(life, self._now, self._bounds)
        flags = list(flags_of(told(cache.heard), self._bounds))
        money = self._money(cache, reads, storage)
        return {
            "name": cache.name,
            "model": cache.model,
            "platform": origin["platform"],
            "tokens": None if life is None else life.tokens,
            "created": None if life is None else iso(life.created * _NANO),
            "ends": None if life is None else iso(life.ends * _NANO),
            "state": state.value if life is not None else "refused" if flags else "unknown",
            "flags": flags,
            **{name: origin[name] for name in _PAYERS},
            **money,
            **self._reading(reads),
            **self._worth(cache, state, reads, money["paid_pico_usd"]),
        }

    def _money(self, cache: KnownCache, reads: Sequence[Reads], storage: Billed) -> Json:
        creations = [row["cost_pico_usd"] for row in cache.heard if row["event"] == Heard.CREATED]
        creation, saved = _sum(creations), self._saved(reads)
        paid = creation + storage.pico_usd
        return {
            "creation_pico_usd": creation,
            "creation_known": bool(creations) and None not in creations,
            "storage_pico_usd": storage.pico_usd,
            "storage_until": _until(cache, storage),
            "unpriced_hours": storage.unpriced_hours,
            "paid_pico_usd": paid,
            "saved_pico_usd": saved,
            "net_pico_usd": None if saved is None else saved - paid,
        }

    def _saved(self, reads: Sequence[Reads]) -> int | None:
        """What reading saved, by what those calls really paid; None where a rate is missing."""
        total = 0
        for each in reads:
            tokens = Tokens(
                (each.platform, each.model, each.region),
                each.tier,
                long_context=each.long_context,
                at_unix_nano=each.first,
                tokens=each.tokens,
                by_modality=each.by_modality,
            )
            as_input = tokens.as_input(self._book)
            if as_input is None:
                return None
            total += as_input - each.paid_pico_usd
        return total

    def _reading(self, reads: Sequence[Reads]) -> Json:
        """How it is read."""
        return {
            "reads": sum(each.calls for each in reads),
            "read_tokens": sum(each.tokens for each in reads),
            "last_read": iso(max((each.last for each in reads), default=None)),
        }

    def _worth(self, cache: KnownCache, state: State, reads: Sequence[Reads], paid: int) -> Json:
        """How often it would have to be read, and what to do."""
        if cache.life is None:
            return dict.fromkeys(_WORTH) | {"reason": _NO_LIFE, "orphan": False}
        use = Use(
            state=state,
            created=cache.life.created,
            ends=cache.life.ends,
            recent_reads=sum(each.recent_calls for each in reads),
            window=self._window,
        )
        rates = cache_rates(self._book, cache.place, self._now_nano)
        verdict, reason = judge(use, rates, self._now)
        return {
            "reads_per_hour": _decimal(use.reads_per_hour(self._now)),
            "break_even_reads_per_hour": _decimal(rates.reads_per_hour),
            "break_even_reads": break_even_reads(cache.life.tokens, rates, paid),
            "verdict": verdict,
            "reason": reason,
            "orphan": use.is_orphan(self._now),
        }


def _until(cache: KnownCache, storage: Billed) -> str | None:
    """Up to when storage is billed."""
    if storage.until is None or cache.life is None:
        return None
    return iso(min(storage.until, cache.life.ends) * _NANO)


def _sum(amounts: Iterable[int | None]) -> int:
    return sum(amount for amount in amounts if amount is not None)


def _decimal(value: Fraction | None) -> str | None:
    """Three decimals."""
    return None if value is None else f"{float(value):.3f}"


def _totals(found: Sequence[Json]) -> Json:
    return {
        "caches": len(found),
        "live": sum(each["state"] == State.LIVE for each in found),
        "orphans": sum(each["orphan"] for each in found),
        "reads": sum(each["reads"] for each in found),
        "read_tokens": sum(each["read_tokens"] for each in found),
        "unpriced_hours": sum(each["unpriced_hours"] for each in found),
        **{
            f"{name}_pico_usd": str(_sum(each[f"{name}_pico_usd"] for each in found))
            for name in _MONEY
        },
    }


def _sent(name: str, value: object) -> object:
    """Money as strings: a browser's numbers end at 2**53."""
    return str(value) if name.endswith("_pico_usd") and value is not None else value
