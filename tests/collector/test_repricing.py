"""Stored charges at other prices: exact, both versions kept, and whole at every moment."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.billed import KINDS
from support.collector import RunningCollector
from support.jobs import DAY, ask, write_payloads
from support.otlp import NOON, SECOND, Value, add_exchange, call, call_attributes, payload
from support.revising import HALF, PRICES, assert_whole, ended, finish, opened, reprice

from gemledger import semconv
from gemledger.pricing import load_book
from gemledger_collector.alerts.evaluate import Evaluator
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.storage.settlements import append_charges
from gemledger_collector.upkeep.revise.running import Reviser

CHANGES = (
    "select count(*), coalesce(sum(new_cost_pico_usd - old_cost_pico_usd), 0)::hugeint "
    "from price_changes"
)
ALL_DAY = {"from": "2026-11-01", "to": "2026-11-02"}
FACTS: Mapping[str, st.SearchStrategy[Value]] = {
    "request_model": st.sampled_from(["gemini-2.5-flash", "gemini-2.5-pro", "unheard-of"]),
    "response_model": st.sampled_from(
        ["gemini-2.5-flash", "gemini-2.5-pro", "gemini-2.5-flash-image", None]
    ),
    "input_tokens": st.sampled_from([0, 10, 199_999, 200_001, 250_000, -1, None]),
    "output_tokens": st.sampled_from([0, 7, 10**10, None]),
    "cache_read_input_tokens": st.sampled_from([0, 5, 300_000, None]),
    "tool_use_input_tokens": st.sampled_from([None, None, 3, 60_000]),
    "reasoning_output_tokens": st.sampled_from([None, 3]),
    "service_tier": st.sampled_from(["standard", "flex", "batch", "priority", None]),
    "error_type": st.sampled_from([None, None, None, "429", "503", "TimeoutError"]),
    "cost_reasons": st.sampled_from(
        [
            None,
            None,
            ["tier_assumed"],
            ["free_operation"],
            ["no_response"],
            ["partial_usage"],
            ["context_step_unclear", "tool_tokens_mixed"],
            ["grounding_unreported"],
            ["inferred_rate"],
        ]
    ),
    "cost_status": st.sampled_from([None, "exact", "estimated"]),
    "grounding_queries": st.sampled_from([None, None, 2]),
    "grounded_prompts": st.sampled_from([None, None, 1]),
    "maps_queries": st.sampled_from([None, None, 1]),
    "images": st.sampled_from([None, None, 2]),
    "platform": st.sampled_from(["gemini_api", "vertex_ai", None]),
    "server_address": st.sampled_from(["generativelanguage.googleapis.com", "proxy.example"]),
    "exchanges": st.sampled_from([None, 0, 1, 2]),
    "attempts": st.sampled_from([None, 0, 3]),
    "attribution_team": st.sampled_from(["search", None]),
}
"""Whatever an app may say that its price depends on, sense or not."""
EXCHANGE = ("input_tokens", "output_tokens", "cache_read_input_tokens", "service_tier")


@st.composite
def odd_calls(draw: st.DrawFn, number: int) -> Span:
    """A call, or a sum of calls, with any of FACTS; of several exchanges now and then."""
    facts = {name: draw(values) for name, values in FACTS.items()}
    kind = draw(st.sampled_from(["call", "call", "call", "sum"]))
    if kind == "sum":
        facts |= {"unsampled_calls": 7, "unsampled_long_context": draw(st.booleans())}
    start = NOON + draw(st.integers(0, 60)) * 3600 * SECOND + number
    span = call(1000 + number, start=start, attributes=call_attributes(**facts))
    if kind == "sum":
        span.name = semconv.UNSAMPLED_SPAN
    for _ in range(draw(st.sampled_from([0, 0, 0, 2, 3]))):
        told = {getattr(semconv, name.upper()): draw(FACTS[name]) for name in EXCHANGE}
        add_exchange(span, {name: value for name, value in told.items() if value is not None})
    return span


@st.composite
def months(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """Payloads and hours of storage, as they arrive: known kinds and odd calls."""
    arriving: list[tuple[str, Any]] = []
    for number, kind in enumerate(draw(st.permutations(KINDS))[:4], 1):
        for delivery in kind(number, "search").deliveries:
            if delivery.storage is not None:
                arriving.append(("storage", delivery.storage))
            else:
                arriving.append(("spans", payload(delivery.spans, scope=delivery.scope)))
    odd = [draw(odd_calls(number)) for number in range(draw(st.integers(1, 15)))]
    return [*arriving, ("spans", payload(odd))]


def deliver(store: Any, arriving: Sequence[tuple[str, Any]]) -> None:
    """Put what arrives into the store, each in a commit of its own."""
    for kind, what in arriving:
        if kind == "spans":
            write_payloads(store, [what])
        else:
            with store.writing() as transaction:
                append_charges(transaction, what)


@settings(max_examples=4, deadline=None)
@given(months())
def test_the_same_book_changes_nothing_and_back_again_restores_everything(
    arriving: list[tuple[str, Any]],
) -> None:
    """To the pico, for whatever is billed: calls, sums, exchanges, settlements; the ledger sums it throughout."""
    with TemporaryDirectory() as folder:
        store = opened(folder)
        deliver(store, arriving)
        before, ledger = ask(store, PRICES), ask(store, "select count(*) from ledger")
        reprice(store)
        finish(store, piece_rows=15)
        assert ask(store, PRICES) == before
        assert ask(store, "select count(*) from ledger") == ledger, (
            "not even deltas that cancel out"
        )
        assert ask(store, CHANGES) == [(0, 0)]

        total = "select coalesce(sum(cost_pico_usd), 0)::hugeint from ledger"
        whole = ask(store, total)[0][0]
        reprice(store, HALF)
        finish(store, piece_rows=15)
        assert_whole(store)
        changed = ask(store, CHANGES)[0][1]
        assert ask(store, total)[0][0] == int(str(whole)) + int(str(changed))
        reprice(store)
        finish(store, piece_rows=15)
        assert_whole(store)
        assert ask(store, PRICES) == before
        assert ask(store, CHANGES)[0][1] == 0
        store.close()


def test_over_http_a_discount_is_tried_then_applied_and_told_by_day_and_model(
    collector: RunningCollector,
) -> None:
    """A dry run changes nothing; the run halves each cost, is audited, and a second one finds nothing to do."""
    spans = [call(1), call(2, start=NOON + DAY), call(3, start=NOON + 1)]
    collector.send(payload(spans))
    total = "select sum(cost_pico_usd)::hugeint from ledger"
    ((whole,),) = collector.select(total)
    body = {**ALL_DAY, "to": "2026-11-03", "overlay": {"text": HALF, "file": "my.toml"}}
    asked = collector.http.post("/api/v1/reprice", json={**body, "dry_run": True})
    assert asked.status_code == 202
    tried = ended(collector, f"/api/v1/price-changes/{asked.json()['id']}")
    assert collector.select(total) == [[whole]]
    run = collector.http.post("/api/v1/reprice", json=body).json()["id"]
    done = ended(collector, f"/api/v1/price-changes/{run}")
    assert (done["state"], done["progress"], done["changed"]) == ("done", 1.0, 3)
    assert done["difference"] == tried["difference"]
    assert done["difference"] == [
        {
            "day": day,
            "model": "gemini-2.5-flash",
            "charges": charges,
            "old_cost_pico_usd": str(charges * 550_000_000),
            "new_cost_pico_usd": str(charges * 275_000_000),
            "old_unpriced": 0,
            "new_unpriced": 0,
        }
        for day, charges in (("2026-11-01", 2), ("2026-11-02", 1))
    ]
    assert collector.select(total) == [[whole // 2]]
    again = collector.http.post("/api/v1/reprice", json=body).json()["id"]
    assert ended(collector, f"/api/v1/price-changes/{again}")["changed"] == 0
    listed = collector.get("/api/v1/price-changes", limit=2)
    assert [each["id"] for each in listed["runs"]] == [again, run]
    assert listed["next_offset"] == 2
    noted = collector.select(
        "select actor, detail from audit where action = 'reprice' order by time_unix_nano"
    )
    assert [json.loads(detail)["dry_run"] for _, detail in noted] == [True, False, False]
    assert {actor for actor, _ in noted} == {"loopback"}


def test_what_had_no_price_gets_one_from_the_overlay(collector: RunningCollector) -> None:
    """The reason why most people price again: a model that was not in the book."""
    collector.send(payload([call(1, attributes=call_attributes(response_model="acme-tuned"))]))
    overlay = (
        '[[model]]\nplatform = "gemini_api"\nid = "acme-tuned"\n[[model.rate]]\nfrom = 2026-01-01\n'
        "usd_per_million_tokens = { input = 1, output = 2 }\n"
    )
    body = {**ALL_DAY, "overlay": {"text": overlay}}
    run = collector.http.post("/api/v1/reprice", json=body).json()["id"]
    (row,) = ended(collector, f"/api/v1/price-changes/{run}")["difference"]
    assert (row["old_unpriced"], row["new_unpriced"]) == (1, 0)
    found = collector.select("select cost_status, cost_pico_usd from charges")
    assert found == [["exact", 1_200_000_000]]


def test_what_cannot_be_done_is_refused_before_anything_starts(collector: RunningCollector) -> None:
    """An overlay with its line, an empty range, an unknown run."""
    broken = {"text": "[[discount]]\npercent = 101\n", "file": "my.toml"}
    answer = collector.http.post("/api/v1/reprice", json={**ALL_DAY, "overlay": broken})
    assert answer.status_code == 400
    assert "my.toml:2" in answer.json()["error"]["message"]
    empty = {"from": "2026-11-02", "to": "2026-11-02"}
    answer = collector.http.post("/api/v1/reprice", json=empty)
    assert (answer.status_code, "not after" in answer.text) == (400, True)
    assert collector.http.get("/api/v1/price-changes/none").status_code == 404
    assert collector.get("/api/v1/price-changes")["runs"] == []


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Ten pieces, the process ends after the second; spans arrive meanwhile, on both sides of where it is."""
    store = opened(tmp_path)
    write_payloads(store, [payload([call(n, start=NOON + n * SECOND) for n in range(30)])])
    run = reprice(store, HALF)
    reviser = Reviser(store, load_book(), 3)
    assert reviser.step(NOON)
    assert reviser.step(NOON)
    assert_whole(store)
    store.close()
    store = opened(tmp_path)
    assert ask(store, "select count(*) from price_changes") == [(6,)]
    late, coming = call(100, start=NOON + SECOND + 1), call(101, start=NOON + 20 * SECOND + 1)
    write_payloads(store, [payload([late, coming])])
    assert finish(store, piece_rows=3) >= 8
    assert_whole(store)
    changed = ask(store, "select count(*), count(distinct span_id) from price_changes")
    assert changed == [(31, 31)]  # not the one that came late, which has the collector's own price
    assert ask(store, f"select state, changed from revisions where revision_id = '{run}'") == [
        ("done", 31)
    ]
    store.close()


def test_a_call_told_twice_is_taken_back_at_its_new_price(tmp_path: Path) -> None:
    """The other instrumentation's span is priced again, then ours arrives and counts instead."""
    store = opened(tmp_path)
    attributes = call_attributes(response_id="r1")
    theirs = call(2, trace=1, attributes=attributes, start=NOON + 1000)
    write_payloads(store, [payload([theirs], scope="other")])
    reprice(store, HALF)
    finish(store)
    write_payloads(store, [payload([call(1, attributes=attributes)])])
    assert_whole(store)
    assert ask(store, "select sum(cost_pico_usd)::bigint from ledger") == [(550_000_000,)]
    store.close()


def test_a_job_costs_what_its_settlement_costs_now(tmp_path: Path) -> None:
    """The view of jobs follows."""
    store = opened(tmp_path)
    batch = KINDS[4](1, "search")
    deliver(store, [("spans", payload(each.spans)) for each in batch.deliveries])
    reprice(store, HALF)
    finish(store)
    assert ask(store, "select cost_pico_usd::bigint from jobs") == [(batch.pico_usd // 2,)]
    store.close()


def test_a_past_that_becomes_dearer_pages_nobody(tmp_path: Path) -> None:
    """Yesterday's budget is over: what a re-pricing makes of it is recorded as resolved, with no message."""
    store = opened(tmp_path)
    write_payloads(store, [payload([call(n, start=NOON + n) for n in range(10)])])
    config = AlertsConfig.model_validate(
        {
            "budgets": [{"name": "day", "limit_usd": 0.0100, "period": "day", "thresholds": [100]}],
            "rules": [{"name": "hour", "window": "1h", "above_usd": 0.0100}],
            "channels": [{"name": "c", "type": "webhook", "url": "http://127.0.0.1:9"}],
        }
    )
    evaluator = Evaluator(store, config)
    evaluator.evaluate(NOON + DAY)
    assert ask(store, "select count(*) from alerts") == [(0,)]
    dear = (
        '[[model]]\nplatform = "gemini_api"\nid = "gemini-2.5-flash"\n[[model.rate]]\n'
        "from = 2026-01-01\nusd_per_million_tokens = { input = 30, output = 25 }\n"
    )
    reprice(store, dear)
    finish(store)
    evaluator.evaluate(NOON + DAY)
    assert ask(store, "select count(*) from notifications") == [(0,)]
    states = ask(store, "select distinct state from alerts")
    assert states == [("resolved",)]
    store.close()
