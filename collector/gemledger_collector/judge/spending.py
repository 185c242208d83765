"""What judging may still cost today: the most a call can cost is reserved before it is made."""

import threading
from dataclasses import dataclass

from gemledger.pricing import load_book
from gemledger_collector.judge.prompt import MAX_OUTPUT_TOKENS, Prompt


@dataclass(frozen=True, slots=True)
class CallRates:
    """The dearest a token of a judge call can be, in picoUSD."""

    input_pico_usd: int
    output_pico_usd: int

    def most_pico_usd(self, prompt: Prompt) -> int:
        """An upper bound of one call's cost."""
        return prompt.most_tokens * self.input_pico_usd + MAX_OUTPUT_TOKENS * self.output_pico_usd


def call_rates(platform: str, model: str, now: int) -> CallRates | None:
    """The model's rates; None when the price book has none, and then no budget can be kept."""
    book = load_book()
    contexts = [
        book.rates_for(platform, model, "standard", long_context, now)
        for long_context in (False, True)
    ]
    cells = [rates.pico_usd_per_token for rates in contexts if rates is not None]
    if not cells:
        return None
    return CallRates(
        input_pico_usd=max(each[cell] for each in cells for cell in ("input", "cache_read")),
        output_pico_usd=max(each[cell] for each in cells for cell in ("output", "thoughts")),
    )


class Reservations:
    """Money set aside for calls whose cost is not in the ledger yet. Safe for threads."""

    def __init__(self, limit_pico_usd: int) -> None:
        self._limit = limit_pico_usd
        self._spent = 0
        self._reserved = 0
        self._unsettled = 0
        self._lock = threading.Lock()

    def new_day(self) -> None:
        """Forget yesterday."""
        with self._lock:
            self._spent = self._reserved = self._unsettled = 0

    def spent(self, pico_usd: int) -> None:
        """Take over what the ledger says was spent today."""
        with self._lock:
            self._spent = pico_usd

    def reserve(self, pico_usd: int) -> bool:
        """Set money aside; False, and nothing set aside, when the day's budget does not allow it."""
        with self._lock:
            if self._spent + self._unsettled + self._reserved + pico_usd > self._limit:
                return False
            self._reserved += pico_usd
            return True

    def settle(self, *, complete: bool) -> None:
        """The calls so far are in the ledger; where not all are, what was set aside counts as spent today."""
        with self._lock:
            if not complete:
                self._unsettled += self._reserved
            self._reserved = 0

    @property
    def left_pico_usd(self) -> int:
        """What may still be reserved today."""
        with self._lock:
            return max(0, self._limit - self._spent - self._unsettled - self._reserved)
