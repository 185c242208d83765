"""What the pricing tests share: the book that ships, and calls written the way the facts page writes them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from gemledger.pricing import Book, Cost, Facts, Usage, load_book, price_exchange

NOVEMBER_20 = datetime(2026, 11, 20, 12, tzinfo=UTC)

Price = Callable[..., Cost]


def unix_nano(moment: datetime) -> int:
    """Nanoseconds since the epoch of an aware datetime."""
    return int(moment.timestamp()) * 1_000_000_000


@pytest.fixture(scope="session")
def book() -> Book:
    """The book that ships with gemledger."""
    return load_book()


@pytest.fixture
def price(book: Book) -> Price:
    """The cost of one exchange, as the API reports tokens: ``price("gemini-2.5-flash", prompt=10, candidates=5)``."""

    def of(
        model: str,
        *,
        prompt: int = 0,
        candidates: int = 0,
        thoughts: int = 0,
        cached: int = 0,
        tool_use: int = 0,
        moment: datetime = NOVEMBER_20,
        **facts: Any,
    ) -> Cost:
        modalities = {name: facts.pop(name) for name in Usage._fields[5:] if name in facts}
        usage = Usage(
            prompt + tool_use, candidates + thoughts, cached, tool_use, thoughts, **modalities
        )
        known: dict[str, Any] = {
            "platform": "gemini_api",
            "request_model": model,
            "response_model": None,
            "tier": "standard",
            "at_unix_nano": unix_nano(moment),
            "usage": usage,
            "server_address": "generativelanguage.googleapis.com",
        }
        return price_exchange(book, Facts(**known | facts))

    return of
