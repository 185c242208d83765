"""What the storage of a cache costs, hour by hour of UTC. Pure.

Storage accrues as floor(tokens x seconds x picoUSD per token-hour / 3600) since the rate in force began to hold; an
hour's charge is the difference of the accruals at its two ends. So the hours of a life sum to what it cost as a whole,
whatever the order in which they were found out, and a change of price in mid-life is exact, too: rates change at
midnight UTC, which is the beginning of an hour.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gemledger.pricing import Book, storage_pico_usd
from gemledger.pricing.reasons import UNPRICED, status_of
from gemledger.pricing.tariff import SLOT_NS, Side, tariff_of
from gemledger_collector.settle.caches.life import HOUR

_NANO = 10**9
_UNIT = "token_hour"


@dataclass(frozen=True, slots=True)
class StorageRate:
    """What a token costs by the hour in picoUSD, None where the book does not say; ``upper`` where it may be more."""

    pico_usd_per_token_hour: int | None
    reasons: tuple[str, ...] = ()
    price_row: str | None = None
    upper: int | None = None

    @property
    def status(self) -> str:
        """How sure the rate is."""
        return UNPRICED if self.pico_usd_per_token_hour is None else status_of(self.reasons)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cache is stored, as far as its price depends on it."""

    platform: str
    model: str
    region: str
    server_address: str
    tokens: int


RateAt = Callable[[int], StorageRate]
"""The rate of an hour that begins at these unix seconds."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour's storage: None where there is no rate for it, which is not free."""

    pico_usd: int | None
    upper_pico_usd: int | None
    rate: StorageRate


def accrue(tokens: int, created: int, until: int, rate_at: RateAt) -> Mapping[int, Hour]:
    """What each hour of [created, until) costs, by the unix seconds at which the hour of UTC begins."""
    found: dict[int, Hour] = {}
    since, held = created, None
    for begin, end in _hours(created, until):
        rate = rate_at(begin - begin % HOUR)
        if rate.pico_usd_per_token_hour != held:
            since, held = begin, rate.pico_usd_per_token_hour
        span = (begin - since, end - since)
        pico, upper = _between(tokens, held, span), _between(tokens, rate.upper, span)
        found[begin - begin % HOUR] = Hour(pico, upper, rate)
    return found


def _hours(created: int, until: int) -> Iterator[tuple[int, int]]:
    begin = created
    while begin < until:
        end = min(begin - begin % HOUR + HOUR, until)
        yield begin, end
        begin = end


def _between(tokens: int, pico: int | None, span: tuple[int, int]) -> int | None:
    if pico is None:
        return None
    begin, end = (storage_pico_usd(pico, tokens, seconds) for seconds in span)
    return end - begin


def rates_of(book: Book, place: Place) -> RateAt:
    """The storage rates of a cache by the hour, each looked up once in eight."""
    known: dict[int, StorageRate] = {}

    def rate_at(hour: int) -> StorageRate:
        slot = hour * _NANO // SLOT_NS
        if slot not in known:
            known[slot] = _rate(book, place, slot)
        return known[slot]

    return rate_at


def _rate(book: Book, place: Place, slot: int) -> StorageRate:
    tariff = tariff_of(
        book,
        place.platform,
        place.model,
        "standard",
        place.region,
        place.server_address,
        slot,
    )
    if tariff.free is not None:
        return StorageRate(0, (tariff.free,))
    long_context = place.tokens > tariff.threshold
    side = tariff.side(long_context=long_context)
    if side is None:
        return StorageRate(None, (tariff.why[long_context],))
    pico = side.fees[_UNIT].pico_usd
    if pico is None:
        return StorageRate(None, (f"no_rate:{_UNIT}",), side.rows[0])
    upper = _other(side, pico)
    doubts = (*side.doubts, *_doubts(side, upper))
    return StorageRate(pico, doubts, side.rows[0], None if upper is None else max(pico, upper))


def _other(side: Side, pico: int) -> int | None:
    """What storage costs on the other side of a change of price that is near."""
    other = None if side.other is None else side.other.unit_pico_usd(_UNIT)
    return None if other == pico else other


def _doubts(side: Side, other: int | None) -> Iterator[str]:
    if _UNIT in side.rates.inferred_cells and "inferred_rate" not in side.doubts:
        yield "inferred_rate"
    if other is not None:
        yield "price_change_near"
