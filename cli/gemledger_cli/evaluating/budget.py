"""Money for a run: set aside before each call, given back as far as the call cost less."""

import threading
from dataclasses import dataclass

from gemledger.pricing import Book


class BudgetReachedError(Exception):
    """What is left does not pay for the next call."""


@dataclass(frozen=True, slots=True)
class CallRates:
    """The dearest a token of a model can be, in picoUSD."""

    input_pico_usd: int
    output_pico_usd: int

    @classmethod
    def of(cls, book: Book, platform: str, model: str, now: int) -> "CallRates | None":
        """The model's rates; None where the price book has none, and then no budget can be kept."""
        contexts = [
            book.rates_for(platform, model, "standard", long_context, now)
            for long_context in (False, True)
        ]
        cells = [rates.pico_usd_per_token for rates in contexts if rates is not None]
        sides = [
            [each[cell] for each in cells for cell in names if cell in each]
            for names in (("input", "cache_read"), ("output", "thoughts"))
        ]
        return cls(max(sides[0]), max(sides[1])) if all(sides) else None

    def most_pico_usd(self, text_bytes: int, max_output_tokens: int) -> int:
        """An upper bound of one call's cost: no token is shorter than a byte; 512 are for schema and roles."""
        return (text_bytes + 512) * self.input_pico_usd + max_output_tokens * self.output_pico_usd


class Budget:
    """What a run may cost, earlier parts of it included. Safe for threads."""

    def __init__(self, limit_pico_usd: int, spent_pico_usd: int) -> None:
        self._limit = limit_pico_usd
        self._spent = spent_pico_usd
        self._reserved = 0
        self._changed = threading.Condition()

    @property
    def spent_pico_usd(self) -> int:
        """What was spent, by this part of the run and earlier ones."""
        with self._changed:
            return self._spent

    def reserve(self, most_pico_usd: int) -> None:
        """Set money aside; waits while calls under way may give some back. Raises BudgetReachedError."""
        with self._changed:
            while self._spent + self._reserved + most_pico_usd > self._limit:
                if self._reserved == 0:
                    raise BudgetReachedError
                self._changed.wait()
            self._reserved += most_pico_usd

    def settle(self, most_pico_usd: int, cost_pico_usd: int) -> None:
        """A call is over, and cost so much."""
        with self._changed:
            self._reserved -= most_pico_usd
            self._spent += cost_pico_usd
            self._changed.notify_all()
