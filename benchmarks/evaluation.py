"""How long one look at 20 rules over 1,000 groups takes, beside ten million spans; and what listening costs a commit.

    python benchmarks/evaluation.py [SPANS]

The store is loaded by SQL: the same calls every quarter of an hour for 30 days, from 1,000 features of 20 teams. Every
rule is grouped by feature; ten look at an hour or less, ten at 2 to 24 hours; seven are percentiles.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
from alert_bars import Bar

from gemledger.pricing import load_book
from gemledger_collector.alerts.alert import Watch
from gemledger_collector.alerts.rules import RuleWatcher
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.storage.settlements import append_charges
from gemledger_collector.storage.spans import SpanWriter
from gemledger_collector.storage.store import Store

GROUPS, SLOTS, SLOT_SECONDS = 1_000, 30 * 96, 900
MINUTE = 60 * 10**9
WRITTEN: tuple[Mapping[str, object], ...] = (
    {"metric": "cost", "window": "5m", "above": 1000},
    {"metric": "cost", "window": "1h", "above": 1000},
    {"metric": "tokens", "window": "15m", "above": 10**9},
    {"metric": "calls", "window": "10m", "below": 0},
    {"metric": "error_share", "window": "10m", "above": "100%"},
    {"metric": "cache_hit_share", "window": "1h", "below": "0%"},
    {"metric": "latency_p50", "window": "15m", "above": "1h"},
    {"metric": "latency_p95", "window": "1h", "above": "1h"},
    {"metric": "latency_p99", "window": "1h", "above": "1h"},
    {"metric": "first_chunk_p95", "window": "1h", "above": "1h"},
    {"metric": "cost", "window": "1d", "above": 100000},
    {"metric": "cost_per_call", "window": "1d", "above": 100},
    {"metric": "thinking_share", "window": "6h", "above": "100%"},
    {"metric": "error_share", "window": "2h", "above": "100%"},
    {"metric": "unpriced_share", "window": "1d", "above": "99%"},
    {"metric": "latency_p50", "window": "1d", "above": "1h"},
    {"metric": "latency_p95", "window": "1d", "above": "1h"},
    {"metric": "latency_p99", "window": "6h", "above": "1h"},
    {"metric": "cost_of_one_call", "window": "1d", "above": 1000},
    {"metric": "silence", "above": "30d"},
)


def on_evaluation(spans: int = 10_000_000) -> Sequence[Bar]:
    """Both figures, each with its bar."""
    until = int(time.time()) // SLOT_SECONDS * SLOT_SECONDS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.duckdb"
        load(path, max(GROUPS, spans // SLOTS), until - SLOTS * SLOT_SECONDS)
        store = Store.open(path, memory_limit="1GB")
        try:
            seconds = looks(store, until * 10**9)
        finally:
            store.close()
    return [
        Bar("seconds for 20 rules over 1,000 groups beside the spans, median", seconds, 1),
        Bar("microseconds of a commit for who listens, median", commits(), 100),
    ]


def load(path: Path, calls: int, first: int) -> None:
    """The calls of one slot through the real writer, then every slot after it by SQL."""
    store = Store.open(path)
    rows = pa.table(
        {
            "settlement_id": [f"b:{number}" for number in range(calls)],
            "start_time_unix_nano": [
                first * 10**9 + number * SLOT_SECONDS * 10**9 // calls for number in range(calls)
            ],
            "operation": ["generate_content"] * calls,
            "provider": ["gcp.gemini"] * calls,
            "response_model": [f"m{number % 5}" for number in range(calls)],
            "service_name": ["bench"] * calls,
            "team": [f"t{number % 20}" for number in range(calls)],
            "feature": [f"f{number % GROUPS}" for number in range(calls)],
            "cost_status": ["exact"] * calls,
            "unsampled_calls": pa.nulls(calls, pa.int64()),
            "error_type": ["503" if number % 50 == 0 else None for number in range(calls)],
            "input_tokens": [1000 + number % 500 for number in range(calls)],
            "output_tokens": [100 + number % 50 for number in range(calls)],
            "thoughts_tokens": [number % 50 for number in range(calls)],
            "cost_pico_usd": [10**9 + number for number in range(calls)],
            "duration_nano": [(200 + number * 37 % 8000) * 10**6 for number in range(calls)],
            "time_to_first_chunk_seconds": [
                0.1 + number * 13 % 900 / 1000 for number in range(calls)
            ],
        }
    )
    with store.writing() as transaction:
        append_charges(transaction, rows)
    store.close()
    with duckdb.connect(str(path), config={"memory_limit": "4GB"}) as connection:
        for table in ("ledger", "latency"):
            connection.execute(
                f"insert into {table} select {table}.* replace "
                f"(slot_unix_seconds + number * {SLOT_SECONDS} as slot_unix_seconds) "
                f"from {table}, range(1, {SLOTS}) as slots(number) order by number"
            )
        connection.execute("create temp table template as from spans")
        for day in range(SLOTS // 96):
            connection.execute(
                "insert into spans by name select template.* replace ("
                "(random() * 9.2e18)::ubigint as span_id, start_time_unix_nano "
                f"+ number * {SLOT_SECONDS} * 1_000_000_000 as start_time_unix_nano) "
                f"from range(greatest({day * 96}, 1), {day * 96 + 96}) as slots(number), template "
                "order by start_time_unix_nano"
            )
        connection.execute("checkpoint")


def rules() -> list[RuleConfig]:
    """Twenty rules."""
    common = {"group_by": ["feature"], "min_calls": 1, "no_data": "ok"}
    return [
        RuleConfig.model_validate({"name": f"r{number}", **common, **written})
        for number, written in enumerate(WRITTEN)
    ]


def looks(store: Store, until: int) -> float:
    """The first look reads the minutes from the store; each of the following begins a slot anew, or a minute."""
    watcher = RuleWatcher(rules(), Minutes(store))
    with store.reading() as snapshot:
        count = snapshot.query("store_summary").to_pylist()[0]
    print(f"{GROUPS} groups x {len(watcher.rules)} rules; {count}")
    times = []
    for step in range(8):
        now = until - 20 * MINUTE + step * MINUTE * 3
        began = time.perf_counter()
        with store.reading() as snapshot:
            conditions = watcher.look(View(snapshot, Watch(now, 2 * MINUTE), {}))
        times.append(time.perf_counter() - began)
        assert not conditions, conditions[:2]
    print(f"first look, which reads 90 minutes of spans: {times[0]:.2f} s")
    print(f"a look: median {statistics.median(times[1:]):.2f} s, slowest {max(times[1:]):.2f} s")
    _apart(watcher, store, Watch(now, 2 * MINUTE))
    return statistics.median(times[1:])


def _apart(watcher: RuleWatcher, store: Store, watch: Watch) -> None:
    """What each rule takes; of those that ask alike the first."""
    with store.reading() as snapshot:
        began = time.perf_counter()
        for rule, said in watcher.verdicts(snapshot, watch):
            took, began = time.perf_counter() - began, time.perf_counter()
            print(
                f"  {rule.metric:18} {rule.window!s:16} {len(said.groups):5} groups {took * 1e3:7.1f} ms"
            )


def commits(count: int = 400, spans: int = 100) -> float:
    """Commits of ``spans`` spans, and the part of them that is there for who listens, in the thread's own time."""
    from otlp_load import Load, bodies  # noqa: PLC0415 - beside this file

    from gemledger_collector.storage.ledger import KEPT_BY_MINUTE  # noqa: PLC0415
    from gemledger_collector.storage.transaction import Change  # noqa: PLC0415

    chain, writer = Chain(load_book()), SpanWriter()
    whole, handed = [], []
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "commits.duckdb")
        minutes = Minutes(store)
        minutes.read(time.time_ns())
        for body in bodies(Load(count * spans, spans, 1), time.time_ns()):
            batch = chain.run(decode([body]).batch).spans
            began = time.thread_time()
            with store.writing() as transaction:
                writer.write(transaction, batch)
            whole.append(time.thread_time() - began)
            rows = pa.Table.from_batches([batch])
            began = time.thread_time()
            change = Change(rows.select(KEPT_BY_MINUTE), 1)
            store.listeners.tell([change])
            handed.append(time.thread_time() - began)
        store.close()
    print(
        f"a commit of {spans} spans: {statistics.median(whole) * 1e3:.2f} ms of its thread; "
        f"of that for who listens: {statistics.median(handed) * 1e6:.0f} us"
    )
    return statistics.median(handed) * 1e6


if __name__ == "__main__":
    for bar in on_evaluation(*map(int, sys.argv[1:])):
        print(bar)
