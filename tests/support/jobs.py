"""Spans of jobs as apps send them: the call that makes one, looks at it, what it settled; and how to store them."""

from collections.abc import Iterable

from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.otlp import NOON, SECOND, Value, call, call_attributes, fill, payload

from gemledger import semconv
from gemledger.pricing import load_book
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.storage.spans import SpanWriter, Stored
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

CHAIN = Chain(load_book())
BATCH = "batches/b1"
TEN_LINES = 2_750_000_000
"""picoUSD of a settlement as the tests make them: 10 x (1,000 x 0.15 + 100 x 1.25) USD/M."""
EXPECTED = 3_000_000_000
ONE_ANSWER = 550_000_000
"""picoUSD of an interaction or a call of the tests: 1,000 x 0.30 + 100 x 2.50 USD/M."""
_FREE = {"input_tokens": None, "output_tokens": None, "cache_read_input_tokens": None}


def created(number: int, job: str = BATCH, *, start: int = NOON, **changes: Value) -> Span:
    """The call that makes a job; billed later."""
    attributes: dict[str, Value] = {
        "operation_name": "batch_create",
        "cost_reasons": ["settled_later"],
        "job_name": job,
        "job_state": "pending",
        **_FREE,
        **changes,
    }
    return call(number, start=start, attributes=call_attributes(**attributes))


def estimated(number: int = 1, job: str = BATCH, *, start: int = NOON) -> Span:
    """The call that makes a batch of ten lines, expected to cost 0.003 USD."""
    return created(number, job, start=start, job_requests=10, job_committed_pico_usd=EXPECTED)


def look(number: int, state: str, job: str = BATCH, *, start: int = NOON, **changes: Value) -> Span:
    """A get of a job."""
    attributes: dict[str, Value] = {
        "operation_name": "batch_get",
        "cost_reasons": ["free_operation"],
        "job_name": job,
        "job_state": state,
        **_FREE,
        **changes,
    }
    return call(number, start=start, attributes=call_attributes(**attributes))


def settlement(
    settlement_id: str,
    job: str = BATCH,
    *,
    start: int = NOON,
    seconds: float = 600,
    **changes: Value,
) -> Span:
    """What ten lines of a batch of 2.5 Flash cost together: 10 x (1,000 x 0.15 + 100 x 1.25) USD/M = 0.00275 USD.

    Its ids follow from the settlement's, as in every process that tells it.
    """
    attributes: dict[str, Value] = {
        "operation_name": "batch",
        "service_tier": "batch",
        "input_tokens": 10_000,
        "output_tokens": 1_000,
        "unsampled_calls": 10,
        "attribution_team": None,
        "job_name": job,
        "settlement_id": settlement_id,
        **changes,
    }
    span = call(
        hash_of(settlement_id),
        trace=hash_of(job),
        start=start,
        seconds=seconds,
        attributes=call_attributes(**attributes),
    )
    span.name = semconv.SETTLEMENT_SPAN
    return span


def interaction(number: int, interaction_id: str = "i1", **changes: Value) -> Span:
    """An interaction somebody waited for: its own settlement. 550 microUSD."""
    return call(
        number,
        attributes=call_attributes(
            operation_name="interaction",
            job_name=interaction_id,
            settlement_id=f"interaction:{interaction_id}",
            **changes,
        ),
    )


def told_of_interaction(interaction_id: str = "i1", *, team: str | None = None) -> Span:
    """The same by whoever got it later: no call of its own."""
    return settlement(
        f"interaction:{interaction_id}",
        interaction_id,
        operation_name="interaction",
        service_tier="standard",
        input_tokens=1000,
        output_tokens=100,
        unsampled_calls=0,
        attribution_team=team,
    )


def label(span: Span, name: str, value: str) -> Span:
    """The span with one of the user's labels."""
    fill(span.attributes.add(key=semconv.LABEL_PREFIX + name).value, value)
    return span


def hash_of(text: str) -> int:
    """A number that follows from a text."""
    return int.from_bytes(text.encode(), "big")


def write(store: Store, *spans: Span) -> Stored:
    """Put spans into the store in one export request, as the pipeline does."""
    return write_payloads(store, [payload(spans)])


def write_payloads(store: Store, payloads: Iterable[bytes]) -> Stored:
    """Put export requests into the store in one commit, as the pipeline does."""
    batch = CHAIN.run(decode(list(payloads)).batch).spans
    with store.writing() as transaction:
        return SpanWriter().write(transaction, batch)


def ask(store: Store, sql: str) -> list[tuple[object, ...]]:
    """Rows of a SELECT."""
    return [tuple(row) for row in store.ask(sql, Bounds()).rows]


HOUR = 3600 * SECOND
DAY = 24 * HOUR
