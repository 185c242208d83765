"""What is old is deleted, the ledger stays, and nothing that was deleted can count a second time."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from support.collector import RunningCollector, config_for
from support.jobs import settlement, write_payloads
from support.judged import record, verdict
from support.otlp import NOON, SECOND, call, payload, payload_of
from support.stores import store_of
from support.waiting import eventually

from gemledger_collector.config import load
from gemledger_collector.errors import ConfigError
from gemledger_collector.exporters_config import Retention
from gemledger_collector.storage.retention import SlotRows, used_bytes
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds
from gemledger_collector.telemetry import Telemetry
from gemledger_collector.upkeep.retention import SLOT_NANO, Upkeep, kept_for_size, pieces

DAY = 86_400 * SECOND
LONG_AGO = NOON - 100 * DAY


def ask(store: Store, sql: str) -> list[Any]:
    """Rows of a SELECT."""
    return list(store.ask(sql, Bounds()).rows)


def kept(store: Store, now: int = NOON, **changes: object) -> None:
    """One round of retention."""
    Upkeep(store, Retention.model_validate(changes), Telemetry()).round(now)


def test_old_spans_go_and_the_ledger_stays(store: Store) -> None:
    """From the mark on, charges sum to the ledger; what is older is in the ledger alone."""
    write_payloads(store, [payload_of(1, 2, start=LONG_AGO), payload_of(3)])
    before = ask(store, "select sum(cost_pico_usd), sum(calls) from ledger")
    kept(store)
    assert ask(store, "select count(*) from spans") == [(1,)]
    assert ask(store, "select sum(cost_pico_usd), sum(calls) from ledger") == before
    ((mark, reason, rows),) = ask(
        store,
        "select kept_from_unix_nano, reason, rows_deleted from retention_log where table_name = 'spans'",
    )
    assert (reason, rows) == ("age", 2)
    assert mark % SLOT_NANO == 0
    charged = ask(
        store, f"select sum(cost_pico_usd) from charges where start_time_unix_nano >= {mark}"
    )
    assert charged == ask(
        store, f"select sum(cost_pico_usd) from ledger where slot_unix_seconds >= {mark // 10**9}"
    )


def test_contents_go_before_their_spans(store: Store) -> None:
    """Each table has its own age."""
    call_of_last_month = call(1, start=NOON - 20 * DAY)
    call_of_last_month.attributes.add(key="gen_ai.input.messages").value.string_value = "[]"
    write_payloads(store, [payload([call_of_last_month])])
    assert ask(store, "select count(*) from contents") == [(1,)]
    kept(store)
    assert ask(store, "select count(*) from contents") == [(0,)]
    assert ask(store, "select count(*) from spans") == [(1,)]
    assert ask(store, "select distinct table_name from retention_log") == [("contents",)]


def test_quotations_go_with_the_contents_and_verdicts_stay(store: Store) -> None:
    """What judges, people, users and other evaluators said in words may quote an answer that is no longer kept."""
    for at in (NOON - 20 * DAY, NOON):
        judged = verdict(at, "bad")
        record(store, [judged])
        words_about(store, judged["trace_id"], judged["span_id"], at)
    kept(store)
    for table, words in WORDS.items():
        assert ask(store, f"select count(*), count({words}) from {table}") == [(2, 1)], table
    assert ask(store, "select count(evidence) from evaluations") == [(1,)]
    kept(store, now=NOON + 20 * DAY, contents=None, evaluations=None)
    assert ask(store, "select count(evidence) from evaluations") == [(1,)]
    kept(store, now=NOON + 20 * DAY)
    for table, words in WORDS.items():
        assert ask(store, f"select count(*), count({words}) from {table}") == [(2, 0)], table


WORDS = {
    "evaluations": "reason",
    "external_evaluations": "explanation",
    "feedback": "comment",
    "human_labels": "note",
}


def words_about(store: Store, trace_id: str, span_id: int, at: int) -> None:
    """A note, a comment and somebody else's evaluation of an answer."""
    place = {"trace_id": [trace_id], "span_id": pa.array([span_id], pa.uint64())}
    said = {
        "external_evaluations": {
            "digest": [trace_id],
            "time_unix_nano": [at],
            "name": ["tone"],
            "explanation": ["it says: words"],
        },
        "feedback": {
            "feedback_id": [trace_id],
            "given_at_unix_nano": [at],
            "received_at_unix_nano": [at],
            "name": ["user_feedback"],
            "comment": ["it said: words"],
            "source": ["api"],
        },
        "human_labels": {
            "call_start_unix_nano": [at],
            "dimension": ["tone"],
            "label": ["bad"],
            "note": ["it says: words"],
            "labelled_by": ["ann"],
            "source": ["api"],
            "labelled_at_unix_nano": [NOON],
        },
    }
    with store.writing() as transaction:
        for table, columns in said.items():
            transaction.append(table, pa.table({**place, **columns}))


def test_a_store_without_anything_old_is_left_alone(store: Store) -> None:
    """No row goes, no mark is set, and null keeps everything."""
    write_payloads(store, [payload_of(1)])
    kept(store)
    kept(store, now=NOON + 1000 * DAY, spans=None)
    assert ask(store, "select count(*) from spans") == [(1,)]
    assert ask(store, "select count(*) from retention_log") == [(0,)]


def test_what_was_deleted_is_refused_when_it_comes_again(tmp_path: Path) -> None:
    """Told to whoever sent it and counted; others in the same commit are taken, and so it is after a restart."""
    path = tmp_path / "x.duckdb"
    config = config_for(path, exporters={"duckdb": {"path": str(path)}})
    with RunningCollector(config, clock=lambda: NOON) as collector:
        assert collector.send(payload_of(1, start=LONG_AGO)).status_code == 200
    for _ in range(2):
        with RunningCollector(config, clock=lambda: NOON) as collector:
            eventually(lambda: collector.select("select count(*) from spans"), [[0]].__eq__)
            answer = collector.send(payload([call(1, start=LONG_AGO)]))
            assert answer.status_code == 200
            partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
            assert partial.rejected_spans == 1
            assert partial.error_message.startswith("older_than_retention: ")
            refused = 'gemledger_collector_spans_rejected_total{reason="older_than_retention"}'
            assert collector.metric(refused) == 1
            assert collector.metric("gemledger_collector_spans_duplicate_total") == 0
            assert collector.select("select sum(calls)::int from ledger") == [[1]]


def test_a_settlement_is_taken_however_late_it_comes(store: Store) -> None:
    """Its id is known for ever: it counts once, before and after its day was deleted."""
    write_payloads(store, [payload_of(1, start=LONG_AGO)])
    kept(store)
    late = payload([settlement("batch:late", start=LONG_AGO)])
    write_payloads(store, [late])
    once = ask(store, "select sum(cost_pico_usd) from ledger")
    kept(store, now=NOON + DAY)
    assert ask(store, "select count(*) from spans") == [(0,)]
    write_payloads(store, [late])
    assert ask(store, "select sum(cost_pico_usd) from ledger") == once


def test_a_call_told_by_two_instrumentations_counts_once_at_the_very_mark(store: Store) -> None:
    """The one that starts just before the mark is kept for a slot, for the other to be found by."""
    mark = NOON - 90 * DAY
    ours, theirs = call(1, start=mark - SECOND), call(2, trace=1, start=mark + SECOND)
    for span in (ours, theirs):
        span.attributes.add(key="gen_ai.response.id").value.string_value = "r1"
    write_payloads(store, [payload_of(3, start=LONG_AGO), payload([ours])])
    kept(store)
    write_payloads(store, [payload([theirs], scope="openinference")])
    assert ask(store, "select sum(calls)::int from ledger") == [(2,)]


def test_the_file_is_held_below_its_size(tmp_path: Path) -> None:
    """By used blocks: the oldest go first, until about nine tenths are used."""
    path = tmp_path / "x.duckdb"
    store_of(path, 300_000, start=NOON - 300_000 * SECOND)
    store = Store.open(path)
    with store.reading() as snapshot:
        assert used_bytes(snapshot) > 14_000_000
    kept(store, max_size="10MB")
    with store.reading() as snapshot:
        assert 3_000_000 < used_bytes(snapshot) <= 10_000_000
    ((first, last),) = ask(
        store, "select min(start_time_unix_nano), max(start_time_unix_nano) from spans"
    )
    assert first > NOON - 270_000 * SECOND
    assert last == NOON - SECOND
    assert ask(store, "select sum(calls)::int from ledger") == [(300_000,)]
    reasons = ask(store, "select distinct table_name, reason from retention_log")
    assert reasons == [("spans", "size")]
    store.close()


def test_pieces_are_whole_slots_the_oldest_first() -> None:
    """None has more rows than it may, but for a slot that has more alone."""
    slots = [SlotRows(number * SLOT_NANO, rows) for number, rows in enumerate([4, 4, 30, 1, 2])]
    found = [
        (piece.first_unix_nano // SLOT_NANO, piece.before_unix_nano // SLOT_NANO)
        for piece in pieces(slots, most_rows=10)
    ]
    assert found == [(0, 2), (2, 3), (3, 5)]
    assert list(pieces([], most_rows=10)) == []


def test_size_is_brought_down_by_the_share_that_is_too_much() -> None:
    """To nine tenths of what is allowed; nothing goes while it fits."""
    slots = [SlotRows(number * SLOT_NANO, 10) for number in range(10)]
    assert kept_for_size(slots, used=100, most=100) is None
    assert kept_for_size(slots, used=180, most=100) == 5 * SLOT_NANO
    assert kept_for_size([], used=180, most=100) is None


@pytest.mark.parametrize(
    ("retention", "problem"),
    [
        ("{contents: 500d}", "keep evaluations at least as long as contents"),
        ("{alerts: 7d}", "exporters.duckdb.retention.alerts"),
        ("{spans: 0s}", "exporters.duckdb.retention.spans"),
    ],
)
def test_an_age_that_would_do_harm_is_refused(tmp_path: Path, retention: str, problem: str) -> None:
    """Before anything is deleted."""
    file = tmp_path / "otel-config.yaml"
    file.write_text(f"exporters: {{duckdb: {{retention: {retention}}}}}", encoding="utf-8")
    with pytest.raises(ConfigError, match=problem):
        load(file, {})
