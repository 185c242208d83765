"""An app that asks a collector before it spends, over real HTTP, with the clock in hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.collector import RunningCollector, config_for
from support.otlp import NOON, SECOND, Value, call, call_attributes, payload

from gemledger import semconv

CALL_PICO_USD = 550_000_000
"""What an ordinary call of the tests costs: 1,000 tokens in and 100 out of Gemini 2.5 Flash."""
BUDGETS = [
    {"name": "company", "limit_usd": 100, "period": "month"},
    {"name": "teams", "limit_usd": 10, "period": "day", "each": ["team"], "refuse_at": 90},
    {"name": "chat", "limit_usd": 5, "period": "day", "filter": {"feature": "chat"}},
]


@dataclass
class Clock:
    """A clock that is moved by hand."""

    now: int = NOON

    def __call__(self) -> int:
        """Unix nanoseconds."""
        return self.now


@dataclass
class App:
    """Somebody who asks."""

    collector: RunningCollector
    clock: Clock
    calls: int = 0

    def check(
        self, usd: str | None = "1.00", *, team: str = "search", **asked: Any
    ) -> dict[str, Any]:
        """The answer of a check."""
        labels = {"team": team, **asked.pop("labels", {})}
        body = {"labels": labels, "amount_usd": usd, **asked}
        answer = self.collector.http.post("/api/v1/budgets/check", json=body)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def call(self, reservation_id: str | None, **changes: Value) -> None:
        """One call that carries a reservation; the collector has it when this returns."""
        self.calls += 1
        attributes = call_attributes(**changes) | {semconv.RESERVATION_ID: reservation_id}
        known = {name: value for name, value in attributes.items() if value is not None}
        span = call(self.calls, start=self.clock.now - 2 * SECOND, attributes=known)
        assert self.collector.send(payload([span])).status_code == 200

    def reservation(self, reservation_id: str) -> dict[str, Any]:
        """What became of it."""
        shown: dict[str, Any] = self.collector.get(f"/api/v1/budgets/reservations/{reservation_id}")
        return shown

    def release(self, reservation_id: str) -> httpx.Response:
        """Give it back."""
        return self.collector.http.post(f"/api/v1/budgets/reservations/{reservation_id}/release")

    def left(self, name: str = "teams", team: str = "search") -> int:
        """What a budget has left for somebody who asks, in picoUSD."""
        answer = self.check(team=team, reserve=False)
        return next(int(row["left_pico_usd"]) for row in answer["budgets"] if row["name"] == name)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """An app of a collector with three budgets, at noon."""
    clock = Clock()
    config = config_for(tmp_path / "ledger.duckdb", extensions={"alerts": {"budgets": BUDGETS}})
    with RunningCollector(config, clock) as running:
        yield App(running, clock)
