"""What judging may still cost today: the most a call can cost is set aside, and committed, before it is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from gemledger.pricing import Book, load_book
from gemledger_collector.judge.prompt import MAX_OUTPUT_TOKENS, Prompt
from gemledger_collector.storage import judge_spend
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Transaction

DAY_NS = 86400 * 10**9
LONGEST_ROUND_NS = 3600 * 10**9
"""What was set aside so shortly before midnight may have been spent after it, and counts for both days."""


@dataclass(frozen=True, slots=True)
class CallRates:
    """The dearest a token of a judge call can be, in picoUSD."""

    input_pico_usd: int
    output_pico_usd: int

    def most_pico_usd(self, prompt: Prompt, max_output_tokens: int = MAX_OUTPUT_TOKENS) -> int:
        """An upper bound of one call's cost."""
        return prompt.most_tokens * self.input_pico_usd + max_output_tokens * self.output_pico_usd


def call_rates(platform: str, model: str, now: int, book: Book | None = None) -> CallRates | None:
    """The model's rates; None when the price book has none, and then no budget can be kept."""
    book = book or load_book()
    contexts = [
        book.rates_for(platform, model, "standard", long_context, now)
        for long_context in (False, True)
    ]
    cells = [rates.pico_usd_per_token for rates in contexts if rates is not None]
    given, answered = (
        [each[cell] for each in cells for cell in names if cell in each]
        for names in (("input", "cache_read"), ("output", "thoughts"))
    )
    # A model that answers no text, such as one that embeds, has no rate for it.
    return CallRates(max(given), max(answered)) if given and answered else None


@dataclass(frozen=True, slots=True)
class Reserved:
    """Money set aside for as many calls as ``amounts`` has: the first of those that were asked for."""

    reservation_id: str
    amounts: Sequence[int]


class DailyBudget:
    """What judge calls may cost in a UTC day; whatever calls Gemini to judge asks here first.

    The store keeps it: neither a crash, nor a restart, nor a second user brings new money.
    """

    def __init__(self, store: Store, limit_pico_usd: int) -> None:
        self._store = store
        self._limit = limit_pico_usd

    def reserve(self, amounts: Sequence[int], now: int) -> Reserved | None:
        """Set money aside for as many of the calls as the day allows, in their order; None for not even the first.

        Committed when this returns. Each must be followed by ``settle``; what a crash leaves open counts as spent.
        """
        if not amounts:
            return None
        with self._store.writing() as transaction:
            allowed = _affordable(amounts, self._limit - judge_spend.taken(transaction, _day(now)))
            if not allowed:
                return None
            reserved = Reserved(str(uuid4()), allowed)
            judge_spend.reserve(transaction, reserved.reservation_id, sum(allowed), now)
            judge_spend.forget(transaction, _day(now).start_unix_nano - 7 * DAY_NS)
        return reserved

    def settle(
        self, transaction: Transaction, reserved: Reserved, now: int, *, kept_pico_usd: int = 0
    ) -> None:
        """The ledger has what the calls cost; ``kept_pico_usd`` of it not, and that counts as spent."""
        judge_spend.settle(transaction, reserved.reservation_id, kept_pico_usd, now)

    def left_pico_usd(self, now: int) -> int:
        """What may still be set aside today."""
        with self._store.reading() as snapshot:
            return max(0, self._limit - judge_spend.taken(snapshot, _day(now)))


def _day(now: int) -> judge_spend.Day:
    return judge_spend.Day.of(now, LONGEST_ROUND_NS)


def _affordable(amounts: Sequence[int], left_pico_usd: int) -> Sequence[int]:
    total = 0
    for position, amount in enumerate(amounts):
        total += amount
        if total > left_pico_usd:
            return amounts[:position]
    return amounts
