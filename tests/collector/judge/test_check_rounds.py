"""Checks of captured answers by the running rules: what is written, how often, and of how many."""

import time
from typing import Any
from uuid import UUID

import pyarrow as pa

from gemledger_collector.judge.checking import Checking
from gemledger_collector.judge.failures import Kind
from gemledger_collector.judge.judging import Halt

from .conftest import MINUTE, Bench, configured, judge_spend


def checking(bench: Bench, *checks: dict[str, Any], **settings: Any) -> Checking:
    """A rule of these checks alone, without a model."""
    rule = {"rubrics": [], "checks": list(checks)}
    return Checking(bench.store, configured(model=None, rule=rule, **settings))


def test_a_finding_is_a_row_beside_the_judges(bench: Bench) -> None:
    """Label and score, no model, no cost, by a version of its settings; and found once."""
    good = bench.capture("How far?", "160 metres.")
    bad = bench.capture("How far?", "far " * 10)
    rounds = checking(bench, {"check": "length", "max_characters": 20, "name": "short"})
    now = time.time_ns()
    done = rounds.round(now)
    assert (done.judged, done.errors, done.halt) == (2, 0, Halt.DONE)
    assert rounds.round(now + MINUTE).judged == 0
    rows = {int(row["trace_id"], 16): row for row in bench.rows()}
    assert {number: row["label"] for number, row in rows.items()} == {good: "good", bad: "bad"}
    assert rows[bad]["score"] == 0
    assert rows[bad]["reason"] == "39 characters, more than 20"
    assert (rows[bad]["dimension"], rows[bad]["judge_model"]) == ("short", "check")
    assert rows[bad]["rubric_version"].startswith("check+")
    assert judge_spend(bench) == 0


def test_a_check_looks_at_the_share_it_is_given(bench: Bench) -> None:
    """The same hash draws, whatever share the judge has."""
    for _ in range(60):
        bench.answer()
    checking(bench, {"check": "refusal", "sample_rate": 0.3}).round(time.time_ns())
    assert 0 < len(bench.rows()) < 60
    checking(bench, {"check": "refusal"}).round(time.time_ns())
    assert len(bench.rows()) == 60


def test_latency_comes_from_the_calls_span(bench: Bench) -> None:
    """Of an answer without a span it cannot be told."""
    start = time.time_ns() - MINUTE
    slow = bench.capture("How far?", "160 metres.", start_time_unix_nano=start)
    bench.capture("How far?", "160 metres.", start_time_unix_nano=start + 1)
    span = {
        "trace_id": str(UUID(int=slow)),
        "span_id": slow,
        "start_time_unix_nano": start,
        "duration_nano": 7 * 10**9,
    }
    with bench.store.writing() as transaction:
        transaction.append("spans", pa.Table.from_pylist([span]))
    checking(bench, {"check": "latency", "max_seconds": 5}).round(time.time_ns())
    assert sorted((int(row["trace_id"], 16), row["label"]) for row in bench.rows()) == [
        (slow, "bad"),
        (slow + 1, "cannot_tell"),
    ]


def test_a_check_that_fails_is_an_error_row_tried_again_a_bounded_number_of_times(
    bench: Bench,
) -> None:
    """The reason is in the row; the other checks of the round find what they find."""
    bench.answer()
    rounds = checking(
        bench, {"check": "callable", "function": "support.own_checks:fails"}, {"check": "refusal"}
    )
    now = time.time_ns()
    kinds = [rounds.round(now + attempt * 2 * MINUTE).kinds for attempt in range(5)]
    assert kinds == [{Kind.CHECK_FAILED: 1}] * 3 + [{}] * 2
    rows = bench.rows()
    assert [row["label"] for row in rows if row["dimension"] == "refusal"] == ["good"]
    failed = [row for row in rows if row["dimension"] == "callable"]
    assert len(failed) == 3
    assert all("raised KeyError" in row["error"] and row["label"] is None for row in failed)
