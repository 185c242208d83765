"""The ledger and the spans tell the same story, whatever arrives in whatever order."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from support.blank import open_blank
from support.otlp import NOON, SECOND, call, call_attributes, payload

from gemledger.pricing import load_book
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.storage.spans import SpanWriter
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

CHAIN = Chain(load_book())
SUMS = (
    "sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(thoughts_tokens), sum(tool_use_tokens), "
    "sum(cost_pico_usd), sum(input_pico_usd), sum(cache_read_pico_usd), sum(tool_use_pico_usd), "
    "sum(output_pico_usd), sum(thoughts_pico_usd)"
)
ZEROED = SUMS.replace("sum(", "coalesce(sum(").replace("),", "), 0),") + ", 0)"


def ask(store: Store, sql: str) -> list[tuple[object, ...]]:
    """Rows of a SELECT."""
    return [tuple(row) for row in store.ask(sql, Bounds()).rows]


def write(store: Store, writer: SpanWriter, *payloads: bytes) -> int:
    """Put payloads into the store as the pipeline does; how many spans were new."""
    batch = CHAIN.run(decode(payloads).batch).spans
    with store.writing() as transaction:
        return len(writer.write(transaction, batch).fresh)


@st.composite
def calls(draw: st.DrawFn) -> tuple[int, bytes]:
    """A call with one of few identities, so that doubles happen, at any time of three days."""
    number = draw(st.integers(0, 30))
    attributes = call_attributes(
        request_model=draw(st.sampled_from(["gemini-2.5-flash", "gemini-2.5-pro", "unknown"])),
        response_model=None,
        response_id=draw(st.sampled_from(["a", "b", None])),
        input_tokens=draw(st.integers(0, 300_000)),
        error_type=draw(st.sampled_from([None, None, "429", "503", "TimeoutError"])),
        attribution_team=draw(st.sampled_from(["a", "b", None])),
    )
    span = call(
        number,
        attributes=attributes,
        start=NOON + number // 3 * 8000 * SECOND + number,
        trace=number // 3,
    )
    return number, payload([span], scope=draw(st.sampled_from(["gemledger", "other"])))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(calls(), min_size=1, max_size=8), min_size=1, max_size=5))
def test_ledger_totals_equal_span_totals_after_any_batches(
    batches: list[list[tuple[int, bytes]]],
) -> None:
    """Late spans, doubles inside and across batches, two instrumentations, unpriced calls and errors included."""
    with TemporaryDirectory() as folder:
        store = open_blank(Path(folder) / "x.duckdb")
        writer = SpanWriter()
        for batch in batches:
            write(store, writer, *(body for _, body in batch))
        told = {number for batch in batches for number, _ in batch}
        assert ask(store, "select count(*) from spans") == [(len(told),)]
        assert ask(store, f"select count(*), count(error_type), {ZEROED} from calls") == ask(
            store, f"select coalesce(sum(calls), 0), coalesce(sum(errors), 0), {ZEROED} from ledger"
        )
        by_status = (
            "select cost_status, response_model, team, {count} from {table} "
            "group by all having {count} <> 0 order by all"
        )
        assert ask(store, by_status.format(count="sum(calls)", table="ledger")) == ask(
            store,
            by_status.format(
                count="count(*)",
                table="(select * replace (coalesce(response_model, request_model) as response_model) from calls)",
            ),
        )
        again = sum(write(store, writer, *(body for _, body in batch)) for batch in batches)
        assert again == 0
        store.close()


def test_a_replayed_batch_adds_nothing(store: Store) -> None:
    """Not to spans, not to the ledger; and after reopening neither."""
    body = payload([call(number) for number in range(500)])
    assert write(store, SpanWriter(), body) == 500
    assert write(store, SpanWriter(), body) == 0
    store.close()
    reopened = Store.open(store.path)
    assert write(reopened, SpanWriter(), body) == 0
    assert ask(reopened, "select count(*) from ledger") == [(1,)]
    reopened.close()


def test_lines_sum_to_the_cost_of_every_call(store: Store) -> None:
    """In the view and in the ledger."""
    attributes = call_attributes(cache_read_input_tokens=400, reasoning_output_tokens=30)
    write(store, SpanWriter(), payload([call(1, attributes=attributes), call(2)]))
    lines = "input_pico_usd + cache_read_pico_usd + tool_use_pico_usd + output_pico_usd + thoughts_pico_usd"
    for table in ("calls", "ledger"):
        assert ask(store, f"select count(*) from {table} where {lines} <> cost_pico_usd") == [(0,)]


def test_dollars_are_decimals_and_exact(store: Store) -> None:
    """cost_usd is picoUSD with the point moved, never a float."""
    write(store, SpanWriter(), payload([call(1)]))
    rows = ask(store, "select typeof(cost_usd), cost_usd::varchar, cost_pico_usd from calls")
    assert rows == [("DECIMAL(38,12)", "0.000550000000", 550_000_000)]


def test_the_view_calls_has_the_names_of_the_design_first(store: Store) -> None:
    """In their order, so that `select *` reads as documented."""
    promised = [
        *("start_time", "trace_id", "span_id", "operation", "provider", "request_model"),
        *("response_model", "service_tier", "input_tokens", "output_tokens", "cache_read_tokens"),
        *("tool_use_tokens", "thoughts_tokens", "cost_pico_usd", "cost_usd", "cost_status"),
        *("duration_ms", "time_to_first_chunk_ms", "error_type", "finish_reason", "team"),
        *("feature", "user_id", "environment", "prompt_version", "conversation_id"),
        *("service_name", "attempts", "exchanges"),
    ]
    answer = store.ask("select * from calls", Bounds())
    assert [name for name, _ in answer.columns][: len(promised)] == promised
    charges = [name for name, _ in store.ask("select * from charges", Bounds()).columns]
    assert {"charge_type", "settlement_id"} <= set(charges)
