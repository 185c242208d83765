"""`charges` sums to the ledger to the pico, whatever was billed, in whatever order and company it arrived."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.collector import RunningCollector
from support.jobs import (
    DAY,
    HOUR,
    ONE_ANSWER,
    TEN_LINES,
    ask,
    created,
    interaction,
    look,
    settlement,
    told_of_interaction,
    write_payloads,
)
from support.otlp import NOON, SECOND, Value, call, call_attributes, payload

from gemledger import semconv
from gemledger_collector.storage.settlements import append_charges
from gemledger_collector.storage.store import Store

LINES = ("cost", *semconv.COST_LINES)
KEYS = (
    *("start_time_unix_nano // 900_000_000_000 * 900", "response_model", "service_tier"),
    *("cost_status", "team", "purpose", "service_name", "error_kind"),
)
"""Of charges; the first is the ledger's slot."""
TEAMS = st.sampled_from(["search", "growth", None])

VIDEO = 3_200_000_000_000
"""Eight seconds of Veo 3.1 at 0.40 USD."""


@dataclass(frozen=True)
class Delivery:
    """One thing that arrives: spans of one scope in one request, or hours of storage."""

    spans: tuple[Span, ...] = ()
    scope: str = semconv.SCOPE_NAME
    storage: pa.Table | None = None

    def __repr__(self) -> str:
        """Short, for a failing example."""
        return (
            ", ".join(f"{span.name} {span.start_time_unix_nano}" for span in self.spans)
            or "storage"
        )


@dataclass(frozen=True)
class Billed:
    """Everything that tells of one charge or job, and what all of it costs together."""

    deliveries: tuple[Delivery, ...]
    pico_usd: int
    settlement_ids: frozenset[str] = frozenset()


def each(*spans: Span) -> tuple[Delivery, ...]:
    """Spans that may arrive apart."""
    return tuple(Delivery((span,)) for span in spans)


def ordinary(number: int, team: str | None) -> Billed:
    """A call."""
    return Billed(each(call(number, attributes=call_attributes(attribution_team=team))), ONE_ANSWER)


def failed(number: int, team: str | None) -> Billed:
    """A call that the server refused: free."""
    attributes = call_attributes(
        error_type="500",
        error_kind="unavailable",
        attribution_team=team,
        input_tokens=None,
        output_tokens=None,
        cache_read_input_tokens=None,
    )
    return Billed(each(call(number, attributes=attributes)), 0)


def doubled(number: int, team: str | None) -> Billed:
    """A call that two instrumentations tell."""
    attributes = call_attributes(response_id=f"r{number}", attribution_team=team)
    ours = call(number, attributes=attributes)
    theirs = call(number + 500, trace=number, attributes=attributes, start=NOON + 1000)
    return Billed((Delivery((ours,)), Delivery((theirs,), scope="other")), ONE_ANSWER)


def summed(number: int, team: str | None) -> Billed:
    """The sum of seven calls that a sampler left out, 1,000 + 100 tokens together."""
    span = call(number, attributes=call_attributes(unsampled_calls=7, attribution_team=team))
    span.name = semconv.UNSAMPLED_SPAN
    return Billed(each(span), ONE_ANSWER)


def batch(number: int, team: str | None) -> Billed:
    """Two groups, told by two processes, one of which did not know when the batch was submitted."""
    job = f"batches/{number}"
    ids = [f"batch:{job}:{group}" for group in ("flash", "pro")]
    told = [
        settlement(each_id, job, start=start, attribution_team=fetcher)
        for each_id in ids
        for start, fetcher in ((NOON + 3 * SECOND, None), (NOON + DAY, "ops"))
    ]
    spans = (created(number, job, attribution_team=team), look(number + 500, "succeeded", job))
    return Billed(each(*spans, *told), 2 * TEN_LINES, frozenset(ids))


def regrouped(number: int, team: str | None) -> Billed:
    """A batch that two versions of the library settle, as two groups and as one: twenty lines either way."""
    job = f"batches/{number}"
    two = [
        settlement(f"batch:{job}:{group}", job, job_settlements=2, job_settlements_digest="two")
        for group in ("flash", "pro")
    ]
    one = settlement(
        f"batch:{job}:all",
        job,
        job_settlements=1,
        job_settlements_digest="one",
        input_tokens=20_000,
        output_tokens=2_000,
        unsampled_calls=20,
    )
    return Billed(each(created(number, job, attribution_team=team), *two, one), 2 * TEN_LINES)


def unsubmitted(number: int, team: str | None) -> Billed:
    """A batch made by somebody who is not instrumented."""
    job = f"batches/{number}"
    told = settlement(f"batch:{job}:flash", job, attribution_team=team)
    return Billed(each(told), TEN_LINES, frozenset([f"batch:{job}:flash"]))


def video(number: int, team: str | None) -> Billed:
    """Eight seconds, settled when they are done."""
    job = f"models/veo/operations/{number}"
    settled: dict[str, Value] = {
        "operation_name": "generate_videos",
        "request_model": "veo-3.1-generate-preview",
        "response_model": "veo-3.1-generate-preview",
        "input_tokens": None,
        "output_tokens": None,
        "cache_read_input_tokens": None,
        "video_seconds": 8,
        "resolution": "720p",
        "unsampled_calls": 0,
        "job_name": job,
        "settlement_id": f"video:{job}",
        "attribution_team": "ops",
    }
    told = call(number + 500, start=NOON + DAY, attributes=call_attributes(**settled))
    told.name = semconv.SETTLEMENT_SPAN
    asked = created(number, job, operation_name="generate_videos", attribution_team=team)
    return Billed(each(asked, told), VIDEO, frozenset([f"video:{job}"]))


def agent(number: int, team: str | None) -> Billed:
    """An interaction somebody waited for, and somebody else got later."""
    name = f"i{number}"
    spans = (interaction(number, name, attribution_team=team), told_of_interaction(name))
    return Billed(each(*spans), ONE_ANSWER, frozenset([f"interaction:{name}"]))


def storage(number: int, team: str | None) -> Billed:
    """Three hours of a cache, the last of which takes back; accrued, then accrued again with the last."""
    ids = [f"cache_storage:cachedContents/{number}:{hour}" for hour in range(3)]
    pico = [700, 500, -200]
    hours = pa.table(
        {
            "settlement_id": ids,
            "start_time_unix_nano": [NOON + hour * HOUR for hour in range(3)],
            "operation": ["cache_storage"] * 3,
            "provider": ["gcp.gemini"] * 3,
            "cost_status": ["exact"] * 3,
            "cost_pico_usd": pico,
            "storage_pico_usd": pico,
            "team": pa.array([team] * 3, pa.string()),
        }
    )
    deliveries = (Delivery(storage=hours.slice(0, 2)), Delivery(storage=hours))
    return Billed(deliveries, sum(pico), frozenset(ids))


KINDS: Sequence[Callable[[int, str | None], Billed]] = (
    *(ordinary, failed, doubled, summed, batch, regrouped, unsubmitted, video, agent, storage),
)


@st.composite
def months(draw: st.DrawFn) -> tuple[list[Billed], list[list[Delivery]]]:
    """What was billed, and how it arrived: everything at least once, some of it again, in any order and grouping."""
    kinds = draw(st.lists(st.tuples(st.sampled_from(KINDS), TEAMS), min_size=1, max_size=8))
    billed = [kind(number, team) for number, (kind, team) in enumerate(kinds, 1)]
    every = [delivery for one in billed for delivery in one.deliveries]
    again = draw(st.lists(st.sampled_from(range(len(every))), max_size=6))
    order = draw(st.permutations([*range(len(every)), *again]))
    cuts = draw(st.lists(st.integers(0, len(order)), max_size=6).map(sorted))
    edges = [0, *cuts, len(order)]
    groups = [order[start:end] for start, end in pairwise(edges)]
    return billed, [[every[index] for index in group] for group in groups]


def payloads(group: Sequence[Delivery]) -> Iterator[bytes]:
    """One export request for each scope."""
    for scope in {delivery.scope for delivery in group if delivery.spans}:
        spans = [span for delivery in group if delivery.scope == scope for span in delivery.spans]
        yield payload(spans, scope=scope)


def deliver(store: Store, group: Sequence[Delivery]) -> None:
    """One commit of what arrived together, and one of what the collector charged itself."""
    requests = list(payloads(group))
    if requests:
        write_payloads(store, requests)
    for delivery in group:
        if delivery.storage is not None:
            with store.writing() as transaction:
                append_charges(transaction, delivery.storage)


def bill(table: str) -> str:
    """Sums of every line and of calls, per key that both have, without what cancels out."""
    slot, *keys = KEYS
    if table == "ledger":
        slot = "slot_unix_seconds"
    model = "coalesce(response_model, request_model)" if table == "charges" else "response_model"
    sums = ", ".join(f"sum({line}_pico_usd)::hugeint" for line in LINES)
    columns = ", ".join(model if key == "response_model" else key for key in keys)
    return (
        f"select {slot} as slot, {columns}, sum(calls)::bigint as calls, sum(errors)::bigint, {sums} from {table}"
        f" group by all having sum(calls) <> 0 or sum(cost_pico_usd) <> 0 order by all"
    )


@settings(max_examples=40, deadline=None)
@given(months())
def test_charges_sum_to_the_ledger_whatever_arrives_however(
    month: tuple[list[Billed], list[list[Delivery]]],
) -> None:
    """By the quarter of an hour, model, tier, status, team, service and line; every settlement once."""
    billed, groups = month
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "x.duckdb")
        for group in groups:
            deliver(store, group)
        assert ask(store, bill("charges")) == ask(store, bill("ledger"))
        total = ask(store, "select coalesce(sum(cost_pico_usd), 0)::hugeint from ledger")
        assert total == [(sum(one.pico_usd for one in billed),)]
        settled = [
            each_id
            for (each_id,) in ask(
                store, "select settlement_id from charges where settlement_id is not null"
            )
        ]
        assert len(settled) == len(set(settled))
        assert set(settled) >= {each_id for one in billed for each_id in one.settlement_ids}
        # Whoever fetched it, each job is charged to who submitted it.
        assert ask(store, "select count(*) from charges where team = 'ops'") == [(0,)]
        store.close()


def test_charges_sum_to_the_ledger_of_a_running_collector(collector: RunningCollector) -> None:
    """One of everything, over HTTP, in reverse order and then again."""
    billed = [kind(number, "search") for number, kind in enumerate(KINDS, 1) if kind is not storage]
    deliveries = [delivery for one in billed for delivery in one.deliveries]
    for delivery in [*reversed(deliveries), *deliveries]:
        assert collector.send(payload(delivery.spans, scope=delivery.scope)).status_code == 200
    assert collector.select(bill("charges")) == collector.select(bill("ledger"))
    total = collector.select("select sum(cost_pico_usd)::hugeint from ledger")
    assert total == [[sum(one.pico_usd for one in billed)]]
