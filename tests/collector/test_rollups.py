"""The rollups beside the ledger say of latency and of users what the calls themselves say, however they arrived."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.billed import Delivery
from support.collector import RunningCollector, config_for
from support.jobs import ask, write
from support.otlp import NOON, SECOND, call, call_attributes, fill, payload

from gemledger import semconv
from gemledger_collector.storage.latency import GROWTH, bucket_of, milliseconds_of
from gemledger_collector.storage.store import Store

USERS = ("ana", "bob", "çelik", "(nobody)")
DAY = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}

LATENCY_OF_CALLS = """
select
    start_time_unix_nano // 900_000_000_000 * 900 as slot, coalesce(response_model, request_model) as model, team,
    error_type is not null as failed, latency_bucket(duration_ms) as bucket, count(*)
from calls where duration_ms is not null group by all order by all
"""
LATENCY_KEPT = """
select slot_unix_seconds, response_model, team, failed, bucket, sum(calls)::bigint
from latency where metric = 'duration' group by all having sum(calls) <> 0 order by all
"""
USER_FIGURES = (
    "sum(calls)::bigint, sum(errors)::bigint, coalesce(sum(input_tokens), 0)::bigint,"
    " coalesce(sum(thoughts_tokens), 0)::bigint, coalesce(sum(cost_pico_usd), 0)::hugeint"
)
USERS_OF_CHARGES = f"""
select start_time_unix_nano // 86_400_000_000_000 * 86_400 as day, user_id, cost_status, {USER_FIGURES}
from charges where user_id is not null group by all having sum(calls) <> 0 or sum(cost_pico_usd) <> 0 order by all
"""
USERS_KEPT = f"""
select day_unix_seconds, user_id, cost_status, {USER_FIGURES}
from ledger_user group by all having sum(calls) <> 0 or sum(cost_pico_usd) <> 0 order by all
"""


def with_user(span: Span) -> Span:
    """The span of somebody: the same one whoever tells of the call; of nobody once in a while."""
    user = span.trace_id[0] % (len(USERS) + 1)
    if user < len(USERS):
        fill(span.attributes.add(key=semconv.ATTRIBUTION_USER_ID).value, USERS[user])
    return span


def of_users(group: Sequence[Delivery]) -> list[Delivery]:
    """What arrived together, every span with its user."""
    return [
        Delivery(
            tuple(with_user(Span.FromString(span.SerializeToString())) for span in one.spans),
            one.scope,
            one.storage,
        )
        for one in group
    ]


@given(st.floats(0.001, 1e12))
def test_a_bucket_tells_each_of_its_times_within_2_5_percent(milliseconds: float) -> None:
    """From a microsecond to thirty years."""
    (bucket,) = bucket_of(np.array([milliseconds]))
    assert abs(milliseconds_of(int(bucket)) / milliseconds - 1) <= GROWTH**0.5 - 1 + 1e-9
    assert GROWTH**0.5 - 1 < 0.025


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([1, 3, 400]), st.sampled_from(["even", "log", "two"]))
def test_percentiles_of_any_window_are_within_2_5_percent_of_the_exact_ones(
    seed: int, count: int, shape: str
) -> None:
    """Over several quarters of an hour, by team, of calls and of first chunks; against the times themselves."""
    chance = random.Random(seed)
    draw: Callable[[], float] = {
        "even": lambda: chance.uniform(0.001, 30),
        "log": lambda: chance.lognormvariate(0, 2),
        "two": lambda: chance.choice([0.2, 45.0]),
    }[shape]
    spans: list[Span] = []
    exact: dict[str, list[float]] = {"duration": [], "time_to_first_chunk": []}
    for number in range(count):
        seconds, first = draw(), draw()
        attributes = call_attributes(time_to_first_chunk_seconds=first)
        start = NOON + chance.randrange(7000) * SECOND
        spans.append(call(number + 1, start=start, seconds=seconds, attributes=attributes))
        exact["duration"].append(round(seconds * SECOND) / 1e6)
        exact["time_to_first_chunk"].append(first * 1000)
    with TemporaryDirectory() as folder:
        config = config_for(Path(folder) / "x.duckdb")
        with RunningCollector(config) as collector:
            assert collector.send(payload(spans)).status_code == 200
            rows = collector.get("/api/v1/latency", **DAY, by="team")["rows"]
    assert {row["metric"]: row["calls"] for row in rows} == dict.fromkeys(exact, count)
    for row in rows:
        assert row["team"] == "search"
        for name, quantile in {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1}.items():
            told = float(np.quantile(exact[row["metric"]], quantile, method="inverted_cdf"))
            assert row[name] == pytest.approx(told, rel=0.025, abs=0.001)


def test_failed_calls_can_be_left_out_of_a_percentile(collector: RunningCollector) -> None:
    """What fails at once would make everything look quick."""
    failed = call_attributes(error_type="429", error_kind="rate_limited")
    spans = [call(1, seconds=2), call(2, seconds=0.01, attributes=failed)]
    collector.send(payload(spans))

    def calls(**parameters: object) -> list[tuple[int, float]]:
        rows = collector.get("/api/v1/latency", **(DAY | parameters))["rows"]
        return [(row["calls"], round(row["p50_ms"] / 1000, 1)) for row in rows]

    assert calls() == [(2, 0.0)]
    assert calls(failed="false") == [(1, 2.0)]
    assert calls(failed="true") == [(1, 0.0)]
    assert calls(until="2026-11-01T12:00:00Z") == []


def test_percentiles_of_all_buckets_and_of_all_keys_stand_beside_the_rows(
    collector: RunningCollector,
) -> None:
    """They do not add up: each is reckoned from its own calls, in one answer."""
    spans = [
        call(
            n,
            start=NOON + n % 2 * 3600 * SECOND,
            seconds=n,
            attributes=call_attributes(attribution_team=team),
        )
        for n, team in enumerate(["search", "search", "growth", "search"], 1)
    ]
    collector.send(payload(spans))
    answer = collector.get("/api/v1/latency", **DAY, bucket="hour", by="team")
    told = {
        part: [(row.get("team"), row["calls"], round(row["max_ms"] / 1000)) for row in answer[part]]
        for part in ("rows", "groups", "totals")
    }
    assert told == {
        "rows": [("search", 2, 4), ("growth", 1, 3), ("search", 1, 1)],
        "groups": [("search", 3, 4), ("growth", 1, 3)],
        "totals": [(None, 4, 4)],
    }
    whole = collector.get("/api/v1/latency", **DAY)
    assert whole["groups"] == whole["totals"]
    assert [{**row, "bucket_start": None} for row in whole["totals"]] == whole["rows"]


def test_users_are_paged_by_what_they_cost(collector: RunningCollector) -> None:
    """The dearest first; what they come to together stands beside every page; who has no user is in none."""
    spans = []
    for number, user in enumerate(["ana", "bob", "bob", "cem", "cem", "cem", None], 1):
        tokens = 10_000 if user == "ana" else 10
        attributes = call_attributes(attribution_user_id=user, input_tokens=tokens)
        spans.append(call(number, attributes=attributes))
    collector.send(payload(spans))
    first = collector.get("/api/v1/users", **DAY, limit=2)
    assert [user["user_id"] for user in first["users"]] == ["ana", "cem"]
    assert (first["user_count"], first["next_offset"]) == (3, 2)
    assert (first["totals"]["calls"], first["users"][0]["cost_pico_usd"]) == (6, "3250000000")
    second = collector.get("/api/v1/users", **DAY, limit=2, offset=first["next_offset"])
    assert [user["user_id"] for user in second["users"]] == ["bob"]
    assert second["next_offset"] is None
    assert second["totals"] == first["totals"]
    by_calls = collector.get("/api/v1/users", **DAY, order="calls")["users"]
    assert [user["user_id"] for user in by_calls] == ["cem", "bob", "ana"]
    assert collector.get("/api/v1/users", since=DAY["until"], until="2026-11-03T00:00:00Z") | {
        "since": None,
        "until": None,
    } == {
        **first,
        "since": None,
        "until": None,
        "users": [],
        "next_offset": None,
        "user_count": 0,
        "totals": {name: "0" if "pico" in name else 0 for name in first["totals"]},
    }
    assert collector.http.get("/api/v1/users", params=DAY | {"order": "x"}).status_code == 400


def test_an_older_file_gets_both_rollups_out_of_its_spans(store: Store) -> None:
    """As if it had had them from the first call on."""
    spans = [with_user(call(number, seconds=number / 7)) for number in range(1, 60)]
    sum_of_calls = with_user(call(60, attributes=call_attributes(unsampled_calls=7)))
    failed = with_user(call(61, attributes=call_attributes(error_type="500")))
    write(store, *spans, sum_of_calls, failed)
    latency = f"select * from ({LATENCY_KEPT})"
    before = (ask(store, latency), ask(store, USERS_KEPT))
    store.close()
    with duckdb.connect(str(store.path)) as older:
        for part in ("table latency", "table ledger_user", "table rollup_slots"):
            older.execute(f"drop {part}")
        older.execute("drop macro latency_bucket")
        older.execute("delete from schema_migrations where name like '%rollups'")
    reopened = Store.open(store.path)
    assert (ask(reopened, latency), ask(reopened, USERS_KEPT)) == before
    assert len(before[0]) > 20
    assert len(before[1]) == len(USERS)
    reopened.close()
