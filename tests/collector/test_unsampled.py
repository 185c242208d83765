"""Calls that a sampler left out arrive as sums: they are in every total, and in no list of calls."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.blank import open_blank
from support.collector import RunningCollector, config_for
from support.otlp import NOON, SECOND, Value, call, call_attributes, payload

from gemledger import semconv
from gemledger.pricing import load_book
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.storage.alert_history import spend_by_slot
from gemledger_collector.storage.spans import SpanWriter
from gemledger_collector.storage.spend import DIMENSIONS, SpendQuestion, spend
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

CHAIN = Chain(load_book())
SUMMED = (semconv.INPUT_TOKENS, semconv.OUTPUT_TOKENS, semconv.CACHE_READ_INPUT_TOKENS)


def sum_of(number: int, calls: int, *, errors: int = 0, **changes: Value) -> Span:
    """A span that stands for ``calls`` calls; ``changes`` as for ``call_attributes``."""
    attributes = call_attributes(unsampled_calls=calls, unsampled_errors=errors, **changes)
    span = call(number, attributes=attributes, seconds=15)
    span.name = semconv.UNSAMPLED_SPAN
    return span


def write(store: Store, spans: Iterable[Span], *, scope: str = semconv.SCOPE_NAME) -> None:
    """Put spans into the store as the pipeline does."""
    batch = CHAIN.run(decode([payload(spans, scope=scope)]).batch).spans
    with store.writing() as transaction:
        SpanWriter().write(transaction, batch)


def ask(store: Store, sql: str) -> list[tuple[object, ...]]:
    """Rows of a SELECT."""
    return [tuple(row) for row in store.ask(sql, Bounds()).rows]


def spent(store: Store, *by: str) -> list[tuple[Mapping[str, str | None], Mapping[str, int]]]:
    """What the API would answer, by these keys."""
    question = SpendQuestion(NOON - 3600 * SECOND, NOON + 7200 * SECOND, bucket="hour", by=by)
    with store.reading() as snapshot:
        answer = spend(snapshot, question)
    return [({"bucket_start": row.bucket_start, **row.keys}, row.figures) for row in answer.rows]


def test_a_sum_counts_its_calls_and_errors_in_the_ledger(store: Store) -> None:
    """By the kind of error that all of them met."""
    write(
        store,
        [
            sum_of(1, 7),
            sum_of(2, 5, errors=5, error_type="429", input_tokens=None, output_tokens=None),
            sum_of(3, 3, errors=3, error_type="503", input_tokens=None, output_tokens=None),
            sum_of(4, 2, errors=2, error_type="404", input_tokens=None, output_tokens=None),
            call(5, attributes=call_attributes(error_type="TimeoutError")),
        ],
    )
    figures = ("calls", "errors", "rate_limited_errors", "server_errors", "client_errors")
    sums = ", ".join(f"sum({name})::bigint" for name in figures)
    assert ask(store, f"select {sums} from ledger") == [(18, 11, 5, 3, 2)]


def test_a_sum_is_a_charge_and_no_call(store: Store) -> None:
    """One row in `charges` that says how many calls it stands for, none in `calls`; how long they took nobody knows."""
    write(store, [sum_of(1, 7, time_to_first_chunk_seconds=0.5), call(2)])
    found = ask(
        store,
        "select charge_type, calls, errors, input_tokens, cost_pico_usd, duration_ms, time_to_first_chunk_ms "
        "from charges order by calls desc",
    )
    assert found == [
        ("unsampled", 7, 0, 1000, 550_000_000, None, None),
        ("call", 1, 0, 1000, 550_000_000, 1000.0, None),
    ]
    assert ask(store, "select count(*), sum(duration_ms) from calls") == [(1, 1000.0)]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["gemini-2.5-flash", "gemini-2.5-pro", "never-heard-of-it"]),
            st.sampled_from(["search", "growth", None]),
            st.integers(0, 3),  # quarters of an hour
            st.integers(0, 150_000),
            st.integers(0, 9000),
            st.booleans(),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_spend_is_the_same_to_the_pico_with_and_without_a_sampler(
    calls: list[tuple[str, str | None, int, int, int, bool]],
) -> None:
    """Whatever part of the calls is sent as sums, alike calls together."""
    everything: list[Span] = []
    sampled: list[Span] = []
    left_out: dict[tuple[str, str | None, int], list[tuple[int, int]]] = {}
    for number, (model, team, quarter, tokens_in, tokens_out, is_sampled) in enumerate(calls):
        attributes = call_attributes(
            request_model=model,
            response_model=model,
            attribution_team=team,
            input_tokens=tokens_in,
            output_tokens=tokens_out,
        )
        span = call(number, attributes=attributes, start=NOON + quarter * 900 * SECOND + number)
        everything.append(span)
        if is_sampled:
            sampled.append(span)
        else:
            left_out.setdefault((model, team, quarter), []).append((tokens_in, tokens_out))
    for number, ((model, team, quarter), parts) in enumerate(left_out.items()):
        span = sum_of(
            1000 + number,
            len(parts),
            request_model=model,
            response_model=model,
            attribution_team=team,
            input_tokens=sum(part[0] for part in parts),
            output_tokens=sum(part[1] for part in parts),
            unsampled_long_context=False,
        )
        span.start_time_unix_nano = NOON + quarter * 900 * SECOND
        sampled.append(span)
    with TemporaryDirectory() as folder:
        stores = [open_blank(Path(folder) / f"{name}.duckdb") for name in ("all", "sums")]
        for store, spans in zip(stores, (everything, sampled), strict=True):
            write(store, spans)
        for by in ((), ("model", "team"), DIMENSIONS):
            assert spent(stores[0], *by) == spent(stores[1], *by)
        assert [with_money(store) for store in stores[:1]] == [with_money(stores[1])]
        for store in stores:
            store.close()


def with_money(store: Store) -> list[tuple[object, ...]]:
    """The bill as `charges` tells it."""
    return ask(
        store,
        "select response_model, team, sum(calls)::bigint, sum(cost_pico_usd)::varchar, sum(input_tokens)::bigint "
        "from charges group by all order by all",
    )


def test_a_sum_is_part_of_what_budgets_watch(store: Store) -> None:
    """It is spend."""
    write(store, [sum_of(1, 7), call(2)])
    with store.reading() as snapshot:
        found = spend_by_slot(snapshot, {"team": "search"}, 0)
    assert list(found.values()) == [1_100_000_000]


def test_a_sum_is_never_judged(store: Store) -> None:
    """What it may carry of content is nobody's answer."""
    write(store, [sum_of(1, 7, output_messages="an answer"), call(2)])
    assert ask(store, "select count(*) from contents") == [(0,)]


def test_a_sum_doubles_no_call_and_is_doubled_by_none(store: Store) -> None:
    """Not even in one trace, under one response id, told by two instrumentations."""
    named = call_attributes(response_id="one")
    one = sum_of(1, 7, response_id="one")
    theirs = call(2, trace=1, attributes=named)
    write(store, [one])
    write(store, [theirs], scope="other")
    assert ask(store, "select sum(calls)::bigint from ledger") == [(8,)]
    assert ask(store, "select count(*) from spans where superseded_by is not null") == [(0,)]


def test_a_sum_sent_again_counts_once(store: Store) -> None:
    """Like any span."""
    for _ in range(2):
        write(store, [sum_of(1, 7)])
    assert ask(store, "select sum(calls)::bigint from ledger") == [(7,)]


def test_a_sum_that_does_not_say_how_many_calls_counts_as_one(store: Store) -> None:
    """It stands for one at least; a negative number and an absurd one say nothing."""
    for number, count in enumerate((-3, 2**62)):
        write(store, [sum_of(number, count)])
    span = sum_of(5, 1)
    kept = [pair for pair in span.attributes if not pair.key.startswith("gemledger.unsampled.")]
    del span.attributes[:]
    span.attributes.extend(kept)
    write(store, [span])
    assert ask(store, "select charge_type, calls from charges") == [("unsampled", 1)] * 3


def test_a_call_that_claims_to_be_many_is_one(store: Store) -> None:
    """Only a span of the agreed name is a sum."""
    write(store, [call(1, attributes=call_attributes(unsampled_calls=1_000_000))])
    assert ask(store, "select charge_type, calls from charges") == [("call", 1)]
    assert ask(store, "select sum(calls)::bigint from ledger") == [(1,)]


def test_a_sum_above_the_price_step_is_priced_by_it(store: Store) -> None:
    """Each of its calls was: the sum of short ones is not, however long it is."""
    write(
        store,
        [_of_a_pro_model(1, 2, above_the_step=True), _of_a_pro_model(2, 9, above_the_step=False)],
    )
    found = ask(store, "select calls, long_context, input_pico_usd from charges order by calls")
    assert found == [
        (2, True, 500_000 * 2_500_000),  # $2.50 a million above 200,000 tokens a prompt
        (9, False, 500_000 * 1_250_000),  # $1.25 below
    ]


def _of_a_pro_model(number: int, calls: int, *, above_the_step: bool) -> Span:
    """Half a million tokens of a model with a price step."""
    return sum_of(
        number,
        calls,
        request_model="gemini-2.5-pro",
        response_model="gemini-2.5-pro",
        input_tokens=500_000,
        unsampled_long_context=above_the_step,
    )


def test_metrics_count_the_calls_of_a_sum(tmp_path: Path) -> None:
    """Unpriced ones among them, by reason."""
    with RunningCollector(config_for(tmp_path / "ledger.duckdb")) as collector:
        unknown = sum_of(1, 7, request_model="never-heard-of-it", response_model=None)
        assert collector.send(payload([unknown])).status_code == 200
        name = 'gemledger_collector_unpriced_calls_total{reason="unknown_model"}'
        assert collector.metric(name) == 7
        assert collector.get("/api/v1/status")["unpriced_calls"] == {"unknown_model": 7}
        assert collector.get("/api/v1/status")["calls"] == 7
