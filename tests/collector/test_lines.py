"""What a cost is made of: lines sum to it in every row, and an upper bound is above it."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.blank import open_blank
from support.collector import RunningCollector
from support.otlp import NOON, SECOND, Value, add_exchange, call, call_attributes, payload

from gemledger import semconv
from gemledger.pricing import load_book
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.storage.spans import SpanWriter
from gemledger_collector.storage.spend import SpendQuestion, spend
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

CHAIN = Chain(load_book())
LINES = " + ".join(f"{line}_pico_usd" for line in semconv.COST_LINES)
TOKENS = st.one_of(st.integers(0, 5000), st.integers(0, 400_000))
FEW = st.sampled_from([None, None, None, 0, 1, 2, 7])
QUANTITIES = {
    "grounding_queries": FEW,
    "grounded_prompts": FEW,
    "maps_queries": FEW,
    "enterprise_prompts": FEW,
    "images": FEW,
    "video_seconds": FEW,
    "songs": FEW,
}
USAGE = {
    "input_tokens": TOKENS,
    "output_tokens": TOKENS,
    "cache_read_input_tokens": st.one_of(st.just(0), TOKENS),
    "tool_use_input_tokens": st.sampled_from([None, None, 50]),
    "reasoning_output_tokens": st.sampled_from([None, 0, 30]),
    "cost_reasons": st.sampled_from(
        [None, None, ["partial_usage"], ["tool_tokens_mixed"], ["tier_assumed"]]
    ),
}
MODELS = (
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "gemini-3-pro-preview",
    "gemini-2.5-flash-image",
    "never-heard-of-it",
)


def write(store: Store, *spans: Span) -> None:
    """Put spans into the store as the pipeline does."""
    batch = CHAIN.run(decode([payload(spans)]).batch).spans
    with store.writing() as transaction:
        SpanWriter().write(transaction, batch)


def ask(store: Store, sql: str) -> list[tuple[object, ...]]:
    """Rows of a SELECT."""
    return [tuple(row) for row in store.ask(sql, Bounds()).rows]


def grounded(**changes: Value) -> dict[str, Value]:
    """A call whose answer rests on a web search."""
    return call_attributes(grounded_prompts=1, grounding_queries=2, **changes)


@st.composite
def anything(draw: st.DrawFn) -> Span:
    """A call with any usage and any quantities, of one exchange or of several."""
    model = draw(st.sampled_from(MODELS))
    fixed = {
        "request_model": model,
        "response_model": model,
        "service_tier": draw(st.sampled_from(["standard", "flex", "priority", "batch", "odd"])),
        "error_type": draw(st.sampled_from([None, None, None, "503"])),
    }
    drawn = draw(st.fixed_dictionaries(USAGE | QUANTITIES))
    number = draw(st.integers(0, 10**9))
    span = call(number, attributes=call_attributes(**fixed, **drawn), start=NOON + number)
    for _ in range(draw(st.sampled_from([0, 0, 2, 3]))):
        told = draw(st.fixed_dictionaries(USAGE | QUANTITIES))
        add_exchange(
            span,
            {
                getattr(semconv, name.upper()): value
                for name, value in told.items()
                if value is not None
            },
        )
    return span


@settings(max_examples=40, deadline=None)
@given(st.lists(anything(), min_size=1, max_size=8))
def test_lines_sum_to_the_cost_of_every_row_whatever_arrives(spans: list[Span]) -> None:
    """In the views, in the ledger and in the answer of the API; unpriced rows have neither cost nor lines."""
    with TemporaryDirectory() as folder:
        store = open_blank(Path(folder) / "x.duckdb")
        write(store, *spans)
        for table in ("calls", "charges", "ledger"):
            wrong = f"select count(*) from {table} where ({LINES}) is distinct from cost_pico_usd"
            assert ask(store, wrong) == [(0,)], table
        assert ask(
            store, "select count(*) from calls where cost_upper_pico_usd < cost_pico_usd"
        ) == [(0,)]
        assert ask(
            store,
            "select count(*) from calls where cost_upper_pico_usd is not null and cost_status = 'exact'",
        ) == [(0,)]
        with store.reading() as snapshot:
            totals = spend(snapshot, SpendQuestion(NOON, NOON + 3600 * SECOND)).totals
        bill = sum(totals[f"{line}_pico_usd"] for line in semconv.COST_LINES)
        assert bill == totals["cost_pico_usd"] <= totals["cost_upper_pico_usd"]
        assert totals["unpriced_calls"] <= totals["unbounded_calls"] <= totals["calls"]
        upper = "select coalesce(sum(coalesce(cost_upper_pico_usd, cost_pico_usd)), 0)::varchar from calls"
        assert ask(store, upper) == [(str(totals["cost_upper_pico_usd"]),)]
        store.close()


def test_a_search_is_a_line_of_its_own(store: Store) -> None:
    """Thirty-five dollars a thousand grounded prompts of Gemini 2.5, beside the tokens."""
    write(store, call(1, attributes=grounded()))
    columns = "cost_status, cost_pico_usd, input_pico_usd, output_pico_usd, grounding_pico_usd, media_pico_usd"
    assert ask(store, f"select {columns} from calls") == [
        ("exact", 35_550_000_000, 300_000_000, 250_000_000, 35_000_000_000, 0)
    ]


def test_quantities_are_columns_of_the_views(store: Store) -> None:
    """Without them nothing could be priced again."""
    counts = {
        "grounding_queries": 2,
        "grounded_prompts": 1,
        "maps_queries": 3,
        "enterprise_prompts": 4,
        "images": 5,
        "video_seconds": 6,
        "audio_seconds": 7,
        "songs": 8,
    }
    attributes = call_attributes(**counts, resolution="4k", stream_max_gap_seconds=0.25)
    write(store, call(1, attributes=attributes))
    names = (*counts, "resolution", "stream_max_gap_ms")
    assert ask(store, f"select {', '.join(names)} from calls") == [(*counts.values(), "4k", 250.0)]


def test_exchanges_bring_their_own_quantities(store: Store) -> None:
    """Two prompts of one call were grounded, one was not: two fees."""
    span = call(
        1, attributes=call_attributes(input_tokens=3000, output_tokens=300, grounded_prompts=2)
    )
    for prompts in (1, 0, 1):
        add_exchange(
            span,
            {
                semconv.INPUT_TOKENS: 1000,
                semconv.OUTPUT_TOKENS: 100,
                semconv.GROUNDED_PROMPTS: prompts,
            },
        )
    write(store, span)
    assert ask(store, "select grounding_pico_usd, cost_pico_usd from calls") == [
        (70_000_000_000, 70_000_000_000 + 3 * 550_000_000)
    ]


def test_an_upper_bound_reaches_the_totals_and_calls_without_one_are_counted(
    collector: RunningCollector,
) -> None:
    """At most so much, but for the calls of which nobody can tell."""
    spans = [
        call(1),
        call(
            2,
            attributes=call_attributes(
                tool_use_input_tokens=100, cost_reasons=["tool_tokens_mixed"]
            ),
        ),
        call(3, attributes=call_attributes(cost_reasons=["partial_usage"])),
        call(4, attributes=call_attributes(response_model="never-heard-of-it")),
    ]
    assert collector.send(payload(spans)).status_code == 200
    rows = collector.select(
        "select cost_status, cost_pico_usd, cost_upper_pico_usd from calls order by start_time, span_id"
    )
    mixed = next(row for row in rows if row[2] is not None)
    assert mixed[0] == "lower_bound"
    assert mixed[2] - mixed[1] == 100 * 300_000  # the tool's tokens, were they billed
    totals = spend_of_the_day(collector)
    assert int(totals["cost_upper_pico_usd"]) - int(totals["cost_pico_usd"]) == 100 * 300_000
    assert (totals["calls"], totals["unpriced_calls"], totals["unbounded_calls"]) == (4, 1, 2)


def test_spend_shows_every_line(collector: RunningCollector) -> None:
    """As decimal strings, and they sum to the cost."""
    assert collector.send(payload([call(1, attributes=grounded()), call(2)])).status_code == 200
    totals = spend_of_the_day(collector)
    lines = {line: int(totals[f"{line}_pico_usd"]) for line in semconv.COST_LINES}
    assert {line: pico for line, pico in lines.items() if pico} == {
        "input": 600_000_000,
        "output": 500_000_000,
        "grounding": 35_000_000_000,
    }
    assert sum(lines.values()) == int(totals["cost_pico_usd"])


def test_the_lines_an_app_reckoned_otherwise_are_kept_and_no_others(store: Store) -> None:
    """As JSON: evidence where the two differ."""
    lines = {
        semconv.cost_line("input"): 1,
        semconv.cost_line("grounding"): 2,
        semconv.cost_line("output"): 250_000_000,
    }
    write(store, call(1, attributes=call_attributes() | lines), call(2))
    assert ask(store, "select app_lines, count(*) from spans group by all order by all") == [
        ('{"input":1,"grounding":2}', 1),
        (None, 1),
    ]


def spend_of_the_day(collector: RunningCollector) -> dict[str, str | int]:
    """The totals of the day of the story."""
    day = datetime.fromtimestamp(NOON // SECOND, UTC).date().isoformat()
    bounds = {"since": f"{day}T00:00:00Z", "until": f"{day}T23:59:00Z"}
    totals: dict[str, str | int] = collector.get("/api/v1/spend", **bounds)["totals"]
    return totals
