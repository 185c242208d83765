"""Spend by 15-minute slot, as the ledger keeps it: trailing windows and running totals; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gemledger_collector.storage.buckets import SLOT_SECONDS

SLOT_NS = SLOT_SECONDS * 10**9

Spend = Mapping[int, int]
"""picoUSD by the slot's start in unix seconds; a slot without spend may be absent."""


def slot_of(at_unix_nano: int) -> int:
    """Start, in unix seconds, of the slot that contains the moment."""
    return at_unix_nano // SLOT_NS * SLOT_SECONDS


@dataclass(frozen=True, slots=True)
class Trailing:
    """The sum over a window that ends with one slot (the slot included)."""

    last_slot: int
    value: int

    @property
    def end_unix_nano(self) -> int:
        """When the window is over."""
        return (self.last_slot + SLOT_SECONDS) * 10**9


def trailing(spend: Spend, window_seconds: int, until_slot: int) -> Iterator[Trailing]:
    """One window for each slot from the first spend to ``until_slot``, in order of time.

    Slots move on the clock's quarters, so every window of that length on those quarters is seen,
    and the running one from its first cent.
    """
    if not spend:
        return
    value = 0
    for slot in range(min(spend), until_slot + SLOT_SECONDS, SLOT_SECONDS):
        value += spend.get(slot, 0) - spend.get(slot - window_seconds, 0)
        yield Trailing(slot, value)


def reached(spend: Spend, start: int, end: int, amount_pico_usd: int) -> int | None:
    """The slot in ``[start, end)`` in which the running total reaches the amount; None if it never does."""
    total = 0
    for slot in range(start, end, SLOT_SECONDS):
        total += spend.get(slot, 0)
        if total >= amount_pico_usd:
            return slot
    return None
