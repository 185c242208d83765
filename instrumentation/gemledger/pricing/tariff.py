"""Everything a price depends on besides the counts, found once per model, tier, place and eight hours."""

from functools import lru_cache
from typing import NamedTuple

from gemledger.pricing.book import Book
from gemledger.pricing.rates import Rates
from gemledger.pricing.reasons import status_of
from gemledger.pricing.units import Fees, fees_of

SLOT_NS = 8 * 3600 * 10**9
"""Prices switch at midnight UTC and are doubtful for 8 h on either side: inside such a slot nothing changes."""
NO_STEP = 2**62
"""The threshold of a model whose price does not depend on the prompt's length."""

_TEXT = ("input", "cache_read", "output", "thoughts")


class Side(NamedTuple):
    """What holds on one side of the context step.

    ``other``: rates that may hold instead, so near to a change of price. ``settled``: there are none, and every rate
    is as sure as the others. ``text``: picodollars of fresh input, cached input, output and thoughts, where a call of
    text alone needs no more than these; else None. ``dear_output``: by how
    much the dearest modality of output exceeds text. ``fees`` are those of units without a resolution. ``doubts`` are
    every call's.
    """

    rates: Rates
    other: Rates | None
    settled: bool
    text: tuple[int, int, int, int] | None
    dear_output: int
    fees: Fees
    doubts: tuple[str, ...]
    status: str
    rows: tuple[str, ...]


class Tariff(NamedTuple):
    """The sides of the context step, and the book's terms.

    ``free`` says why nothing is charged at all; ``why`` says why a side is missing.
    """

    threshold: int
    base: Side | None
    long: Side | None
    why: tuple[str, str]
    free: str | None
    included: frozenset[str]

    def side(self, *, long_context: bool) -> Side | None:
        """The rates below the context step, or above it."""
        return self.long if long_context else self.base


class TariffKey(NamedTuple):
    """What tariffs are told apart by. ``slot`` is the call's start in units of ``SLOT_NS``."""

    platform: str
    model: str
    tier: str
    region: str
    server_address: str | None
    slot: int


@lru_cache(maxsize=4096)
def tariff_of(book: Book, *key: object) -> Tariff:
    """The tariff of a ``TariffKey``, its parts given one by one: a cache hit is the common case, and cheap."""
    return _tariff(book, TariffKey(*key))  # type: ignore[arg-type]  # the parts of a key


def _tariff(book: Book, key: TariffKey) -> Tariff:
    """A tariff that is not in the cache."""
    at = key.slot * SLOT_NS + SLOT_NS // 2
    step = book.long_context_threshold(key.platform, key.model, at)
    base = _side(book, key, at, long_context=False)
    long = base if step is None else _side(book, key, at, long_context=True)
    why = tuple(
        "" if side else _why_no_rates(book, key, long_context=above)
        for side, above in ((base, False), (long, True))
    )
    return Tariff(
        NO_STEP if step is None else step,
        base,
        long,
        (why[0], why[1]),
        _why_free(book, key),
        book.terms.included_units,
    )


def _why_free(book: Book, key: TariffKey) -> str | None:
    """The reason for which one more call costs nothing."""
    if key.tier == "provisioned_throughput":
        return "provisioned_throughput"
    return "free_tier" if book.terms.billing == "free" and key.platform == "gemini_api" else None


def _side(book: Book, key: TariffKey, at: int, *, long_context: bool) -> Side | None:
    """The rates of one side; None where the book has none."""
    place = (key.platform, key.model, key.tier, long_context, at, key.region)
    rates = book.rates_for(*place)
    if rates is None:
        return None
    other = book.price_change_near(*place)
    pico = rates.pico_usd_per_token
    dearest = max((pico[cell] for cell in pico if cell.startswith("output.")), default=0)
    doubts: tuple[str, ...] = ()
    if rates.confidence != "published":
        doubts += ("inferred_rate",)
    if not book.lists_endpoint(key.server_address):
        doubts += ("unknown_endpoint",)
    side = Side(
        rates=rates,
        other=other,
        settled=other is None and (not rates.inferred_cells or "inferred_rate" in doubts),
        text=None,
        dear_output=max(0, dearest - pico.get("output", dearest)),
        fees=fees_of(rates, "", book.terms.included_units),
        doubts=doubts,
        status=status_of(doubts),
        rows=(rates.row,),
    )
    return side._replace(text=_text_rates(side))


def _text_rates(side: Side) -> tuple[int, int, int, int] | None:
    """The four rates of a call of text alone, where nothing but its counts is left to decide."""
    pico = side.rates.pico_usd_per_token
    certain = side.settled or (side.other is None and side.rates.inferred_cells.isdisjoint(_TEXT))
    if side.dear_output or not certain or any(cell not in pico for cell in _TEXT):
        return None
    return (pico["input"], pico["cache_read"], pico["output"], pico["thoughts"])


def _why_no_rates(book: Book, key: TariffKey, *, long_context: bool) -> str:
    """The reason for a missing rate: the model, or only this tier or date of it."""
    model = book.find(key.platform, key.model)
    if model is None:
        return "unknown_model"
    context = "long" if long_context and model.long_context_above is not None else "base"
    dated = any(tier == key.tier and step == context for tier, step, _ in model.kinds)
    return f"no_rate:{'date' if dated else key.tier}"
