"""Reservations beside a model of a few lines: asked for, spent, given back, left to expire, in any order."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)
from support.blank import open_blank
from support.otlp import NOON, SECOND, call, call_attributes, payload

from gemledger import semconv
from gemledger.pricing import load_book
from gemledger_collector.alerts.reservations import Asked, Desk
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.storage.spans import SpanWriter

CALL_PICO_USD = 550_000_000
LIMIT = 20 * CALL_PICO_USD
CONFIG = AlertsConfig.model_validate(
    {"budgets": [{"name": "day", "period": "day", "limit_usd": str(LIMIT / 10**12)}]}
)
BOOK = load_book()


@dataclass
class Model:
    """What a reservation should be."""

    amount: int
    expires: int
    calls: int | None
    spent: int = 0
    ended: int = 0
    closed: bool = False

    def open_at(self, now: int) -> int:
        """What is still held."""
        over = self.closed or now >= self.expires
        return 0 if over else max(self.amount - self.spent, 0)


class Reservations(RuleBasedStateMachine):
    """One budget of twenty calls a day, and a clock."""

    made: Bundle[str] = Bundle("made")

    @initialize()
    def begin(self) -> None:
        """An empty store at noon."""
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_blank(Path(self.folder.name) / "model.duckdb")
        self.desk, self.writer, self.chain = Desk(self.store, CONFIG), SpanWriter(), Chain(BOOK)
        self.now, self.number, self.spent = NOON, 0, 0
        self.model: dict[str, Model] = {}

    @property
    def left(self) -> int:
        """What the model has left."""
        held = sum(each.open_at(self.now) for each in self.model.values())
        return max(LIMIT - self.spent - held, 0)

    @rule(
        target=made,
        amount=st.integers(1, 12 * CALL_PICO_USD),
        seconds=st.integers(1, 600),
        calls=st.sampled_from([None, 1, 2]),
    )
    def ask(self, amount: int, seconds: int, calls: int | None) -> MultipleResults[str] | str:
        """Granted exactly if it is left."""
        self.number += 1
        asked = Asked({}, amount, self.now + seconds * SECOND, calls)
        allowed = amount <= self.left
        decision = self.desk.reserve(asked, f"rsv_{self.number}", self.now)
        assert decision.allowed == allowed
        if not allowed:
            return multiple()
        self.model[f"rsv_{self.number}"] = Model(amount, self.now + seconds * SECOND, calls)
        return f"rsv_{self.number}"

    @rule(name=made, times=st.integers(1, 3))
    def call(self, name: str, times: int) -> None:
        """Several calls in one commit, and the same commit once more: replayed spans settle nothing."""
        attributes = call_attributes() | {semconv.RESERVATION_ID: name}
        self.number += times
        spans = [
            call(self.number - each, start=self.now, attributes=attributes) for each in range(times)
        ]
        for _ in range(2):
            self._commit(self.chain.run(decode([payload(spans)]).batch).spans)
        self.spent += times * CALL_PICO_USD
        known = self.model[name]
        known.spent += times * CALL_PICO_USD
        known.ended += times
        known.closed |= known.calls is not None and known.ended >= known.calls

    def _commit(self, spans: pa.RecordBatch) -> None:
        with self.store.writing() as transaction:
            self.writer.write(transaction, spans)

    @rule(name=made)
    def release(self, name: str) -> None:
        """Given back, if it was not over."""
        self.desk.release(name, self.now)
        if self.now < self.model[name].expires:
            self.model[name].closed = True

    @rule(seconds=st.integers(1, 300))
    def wait(self, seconds: int) -> None:
        """Time passes, and frees what has expired."""
        self.now += seconds * SECOND

    @invariant()
    def what_is_left_is_what_the_model_says(self) -> None:
        """To the pico; and what is spent and held never exceeds the limit by more than calls cost unasked."""
        (standing,) = self.desk.check(Asked({}, 1, self.now), self.now).standings
        assert standing.spent_pico_usd == self.spent
        assert standing.left_pico_usd == self.left

    def teardown(self) -> None:
        """Close the store."""
        self.store.close()
        self.folder.cleanup()


Reservations.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestReservations = Reservations.TestCase
