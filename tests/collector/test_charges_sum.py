"""`charges` sums to the ledger to the pico, whatever was billed, in whatever order and company it arrived."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from support.billed import KINDS, Billed, Delivery, storage
from support.blank import open_blank
from support.collector import RunningCollector
from support.jobs import ask, write_payloads
from support.otlp import payload

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
        store = open_blank(Path(folder) / "x.duckdb")
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
