"""Calls told by up to four instrumentations, in any order and company: counted once, by ours where we saw them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.blank import open_blank
from support.jobs import CHAIN, DAY, HOUR, ONE_ANSWER, ask
from support.otlp import NOON, SECOND, add_exchange, call, call_attributes, payload

from gemledger import semconv
from gemledger_collector.processors.decode import decode
from gemledger_collector.storage.spans import SpanWriter
from gemledger_collector.storage.store import Store

OTHERS = ("openinference", "openllmetry", "openlit")
FAR = st.sampled_from([0, SECOND, -59 * SECOND, 2 * HOUR, -2 * DAY, 40 * DAY, 30_000 * DAY])
"""How much later another instrumentation says the call began: clocks step, streams begin late."""
Told = tuple[str, Span]


@dataclass(frozen=True)
class DoubledCall:
    """One call of one or more exchanges, and everybody who tells it."""

    tellings: tuple[Told, ...]
    ours: bool


@st.composite
def doubled_calls(draw: st.DrawFn, number: int) -> DoubledCall:
    """A call of one to three exchanges: ours knows every response id, the others know the last, or any."""
    ids = [f"r{number}-{part}" for part in range(draw(st.integers(1, 3)))]
    ours = draw(st.booleans())
    tellings = [(semconv.SCOPE_NAME, our_span(number, ids))] if ours else []
    others = draw(st.lists(st.sampled_from(OTHERS), unique=True, min_size=not ours, max_size=3))
    for scope in others:
        known = draw(st.sampled_from(ids)) if ours else ids[-1]
        start = max(NOON + draw(FAR), 1)
        place = 1000 * (1 + OTHERS.index(scope)) + number
        attributes = call_attributes(response_id=known)
        tellings.append((scope, call(place, trace=number % 3, start=start, attributes=attributes)))
    return DoubledCall(tuple(tellings), ours)


def our_span(number: int, ids: Sequence[str]) -> Span:
    """A call as we tell it: the last response id on the span, all of them on its exchanges."""
    span = call(number, trace=number % 3, attributes=call_attributes(response_id=ids[-1]))
    if len(ids) > 1:
        for index, each in enumerate(ids):
            tokens = {semconv.INPUT_TOKENS: 1000, semconv.OUTPUT_TOKENS: 100} if index == 0 else {}
            add_exchange(
                span,
                {
                    semconv.RESPONSE_ID: each,
                    **(tokens or {semconv.INPUT_TOKENS: 0, semconv.OUTPUT_TOKENS: 0}),
                },
            )
    return span


@st.composite
def days(draw: st.DrawFn) -> tuple[list[DoubledCall], list[list[Told]], list[bool]]:
    """Calls, the groups in which they arrive (some twice), and after which groups the collector starts anew."""
    calls = [draw(doubled_calls(number)) for number in range(draw(st.integers(1, 4)))]
    every = [told for one in calls for told in one.tellings]
    again = draw(st.lists(st.sampled_from(range(len(every))), max_size=5))
    order = draw(st.permutations([*range(len(every)), *again]))
    cuts = draw(st.lists(st.integers(0, len(order)), max_size=5).map(sorted))
    groups = [[every[i] for i in order[a:b]] for a, b in pairwise([0, *cuts, len(order)])]
    return calls, groups, [draw(st.booleans()) for _ in groups]


def write(store: Store, writer: SpanWriter, group: Sequence[Told]) -> None:
    """One commit of what arrived together."""
    payloads = [payload([span], scope=scope) for scope, span in group]
    batch = CHAIN.run(decode(payloads).batch).spans
    with store.writing() as transaction:
        writer.write(transaction, batch)


@settings(max_examples=15, deadline=None)
@given(days())
def test_each_call_counts_once_whoever_tells_it_in_whatever_order(
    day: tuple[list[DoubledCall], list[list[Told]], list[bool]],
) -> None:
    """By charges and ledger, of every scope; ours counts where we told it."""
    calls, groups, restarts = day
    with TemporaryDirectory() as folder:
        store, writer = open_blank(Path(folder) / "x.duckdb"), SpanWriter(2**12)
        for group, restart in zip(groups, restarts, strict=True):
            if restart:
                writer = SpanWriter(2**12)
            write(store, writer, group)
        bill = [(len(calls), len(calls) * ONE_ANSWER)]
        assert ask(store, "select count(*), sum(cost_pico_usd)::bigint from charges") == bill
        assert (
            ask(store, "select sum(calls)::bigint, sum(cost_pico_usd)::bigint from ledger") == bill
        )
        ours = "select count(*) from charges where scope_name = 'gemledger'"
        assert ask(store, ours) == [(sum(one.ours for one in calls),)]
        store.close()


def told(scope: str, place: int, start: int, response_id: str = "r") -> Told:
    """A telling of the call of trace 9."""
    return scope, call(
        place, trace=9, start=start, attributes=call_attributes(response_id=response_id)
    )


@pytest.mark.parametrize("apart", [HOUR - SECOND, 30 * HOUR, 200 * DAY])
@pytest.mark.parametrize("ours_first", [True, False])
def test_no_window_ends_after_which_a_double_counts(
    store: Store, apart: int, ours_first: bool
) -> None:
    """An hour, a day or half a year between the two starts: one call."""
    both = [told(semconv.SCOPE_NAME, 1, NOON), told("other", 2, NOON + apart)]
    for each in both if ours_first else reversed(both):
        write(store, SpanWriter(), [each])
    assert ask(store, "select scope_name from charges") == [(semconv.SCOPE_NAME,)]
    assert ask(store, "select sum(calls)::bigint from ledger") == [(1,)]


def test_all_that_arrives_together_is_compared_with_what_is_far_away(store: Store) -> None:
    """Two tell a call in one commit, one of them forty days off, and a third had told it long before."""
    write(store, SpanWriter(), [told("first", 1, NOON - 90 * DAY)])
    write(
        store,
        SpanWriter(),
        [told("near", 2, NOON), told("too", 3, NOON), told("off", 4, NOON + 40 * DAY)],
    )
    assert ask(store, "select scope_name from charges") == [("first",)]
    assert ask(store, "select sum(calls)::bigint from ledger") == [(1,)]


def test_ours_takes_back_one_told_far_away_even_where_a_third_is_near(store: Store) -> None:
    """The near one is superseded already, by the one far away: that is the one to take back."""
    writer = SpanWriter()
    for each in (
        told("far", 1, NOON + 90 * DAY),
        told("near", 2, NOON),
        told(semconv.SCOPE_NAME, 3, NOON),
    ):
        write(store, writer, [each])
    assert ask(store, "select scope_name from charges") == [(semconv.SCOPE_NAME,)]
    assert ask(store, "select sum(calls)::bigint from ledger") == [(1,)]


def test_times_from_1970_to_2200_are_found_again(store: Store) -> None:
    """A batch of many ages is stored, and sent again adds nothing."""
    ages = [1, SECOND, NOON - 400 * DAY, NOON, NOON + SECOND, NOON + 80_000 * DAY, 2**63 - 1]
    batch = [told("gemledger", place, start, f"r{place}") for place, start in enumerate(ages * 3)]
    writer = SpanWriter()
    write(store, writer, batch)
    write(store, writer, batch)
    assert ask(store, "select count(*) from spans") == [(len(batch),)]


def test_the_same_span_told_otherwise_counts_as_it_came_first(store: Store) -> None:
    """Whoever sends a span again with other contents changes nothing."""
    first = call(1)
    second = call(1, attributes=call_attributes(output_tokens=999_999))
    for span in (first, second):
        write(store, SpanWriter(), [(semconv.SCOPE_NAME, span)])
    assert ask(store, "select cost_pico_usd from charges") == [(ONE_ANSWER,)]
