"""Whether a context cache is worth what it costs. Pure; docs/caches.md has the formulae and an example by hand.

A call that reads a cache pays the cache rate for its tokens instead of the input rate: that difference is saved. The
cache costs its creation, once, and its storage, by the hour.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from gemledger.pricing import Book
from gemledger.pricing.tariff import SLOT_NS, tariff_of
from gemledger_collector.settle.caches.accrual import Place
from gemledger_collector.settle.caches.life import HOUR, State


class Verdict(StrEnum):
    """What to do about a cache that lives."""

    KEEP = "keep"
    DELETE = "delete"
    EXTEND = "extend"


@dataclass(frozen=True, slots=True)
class CacheRates:
    """Picodollars a token: as fresh input, read from a cache, and stored for an hour. None where nobody knows."""

    input: int | None
    cached: int | None
    storage: int | None

    @property
    def saved_per_token(self) -> int | None:
        """What reading a token from the cache saves; None where that is unknown or nothing."""
        if self.input is None or self.cached is None:
            return None
        return self.input - self.cached if self.input > self.cached else None

    @property
    def reads_per_hour(self) -> Fraction | None:
        """How often an hour a cache has to be read for its storage to pay: its size does not matter."""
        saved = self.saved_per_token
        return None if saved is None or self.storage is None else Fraction(self.storage, saved)


def cache_rates(book: Book, place: Place, at_unix_nano: int) -> CacheRates:
    """The rates of a cache's model at that time, at the standard tier."""
    tariff = tariff_of(
        book,
        place.platform,
        place.model,
        "standard",
        place.region,
        place.server_address,
        at_unix_nano // SLOT_NS,
    )
    side = tariff.side(long_context=place.tokens > tariff.threshold)
    if side is None:
        return CacheRates(None, None, None)
    return CacheRates(
        side.rates.pico_usd("input"),
        side.rates.pico_usd("cache_read"),
        side.fees["token_hour"].pico_usd,
    )


@dataclass(frozen=True, slots=True)
class Use:
    """How a cache is used: times in unix seconds; ``recent_reads`` are those of the last ``window`` seconds."""

    state: State
    created: int
    ends: int
    recent_reads: int
    window: int

    def seconds_watched(self, now: int) -> int:
        """For how long of the window there was a cache to be read."""
        return max(1, min(self.window, now - self.created))

    def reads_per_hour(self, now: int) -> Fraction:
        """How often it is read these hours."""
        return Fraction(self.recent_reads * HOUR, self.seconds_watched(now))

    def is_orphan(self, now: int) -> bool:
        """Whether it lives, and nobody has read it for the whole window."""
        return (
            self.state in (State.LIVE, State.UNCONFIRMED)
            and self.recent_reads == 0
            and now - self.created >= self.window
        )


def break_even_reads(tokens: int, rates: CacheRates, paid_pico_usd: int) -> int | None:
    """How many reads pay for what was paid so far."""
    saved = rates.saved_per_token
    return None if saved is None else -(-paid_pico_usd // (saved * tokens))


def judge(use: Use, rates: CacheRates, now: int) -> tuple[Verdict | None, str]:
    """What to do, and why in words; no verdict on a cache that is over or unheard of."""
    if use.state is State.UNCONFIRMED:
        return None, "nobody has heard of it for so long that it is billed no further: look at it"
    if use.state is not State.LIVE:
        return None, f"it is over: {use.state}"
    if use.is_orphan(now):
        hours = _number(Fraction(use.window, HOUR))
        return Verdict.DELETE, f"nobody has read it for {hours} h, and every hour costs storage"
    needed = rates.reads_per_hour
    if needed is None:
        return Verdict.KEEP, "the book does not know what it costs or saves"
    return _by_pace(use, needed, now)


def _by_pace(use: Use, needed: Fraction, now: int) -> tuple[Verdict, str]:
    """Whether it is read often enough."""
    pace = use.reads_per_hour(now)
    said = f"{_number(pace)} reads an hour, and {_number(needed)} pay for its storage"
    if pace >= needed:
        if use.ends - now < HOUR:
            return Verdict.EXTEND, f"{said}; it ends within the hour"
        return Verdict.KEEP, said
    if now - use.created < use.window:
        return Verdict.KEEP, f"{said}; too early to tell"
    return Verdict.DELETE, said


def _number(value: Fraction) -> str:
    """At most two decimals."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")
