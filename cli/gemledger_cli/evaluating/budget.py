"""Money for a run: set aside before each call, given back as far as the call cost less."""

import threading


class BudgetReachedError(Exception):
    """What is left does not pay for the next call."""


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
