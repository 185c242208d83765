"""Merging the deltas of rollups changes no sum, at any time, and is done again only where something was added."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from collector.test_charges_sum import bill, deliver, months
from collector.test_rollups import (
    LATENCY_KEPT,
    LATENCY_OF_CALLS,
    USERS_KEPT,
    USERS_OF_CHARGES,
    of_users,
)
from collector.test_spend import ledger_row, put
from hypothesis import given, settings
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.billed import Billed, Delivery
from support.blank import open_blank
from support.collector import RunningCollector, config_for
from support.jobs import DAY, HOUR, ask, write, write_payloads
from support.otlp import NOON, SECOND, call, call_attributes, payload
from support.waiting import eventually

from gemledger_collector.errors import Overloaded
from gemledger_collector.storage import files, rollup_compaction
from gemledger_collector.storage.rollup_compaction import due, merge
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Transaction
from gemledger_collector.upkeep.rollups import WORTH_CHECKPOINT_ROWS, compact_rollups

LATER = NOON + 3 * DAY
FIGURES = {
    "latency": "calls",
    "ledger_user": "calls, errors, input_tokens, cache_read_tokens, tool_use_tokens, output_tokens, thoughts_tokens,"
    " cost_pico_usd, above_cost_pico_usd, unbounded_calls, folded_users",
}
"""What is no key."""
TABLES = ("ledger", "latency", "ledger_user")


def rows(store: Store, table: str) -> int:
    """How many rows a table has."""
    return int(str(ask(store, f"select count(*) from {table}")[0][0]))


def calls_of(*users: str, number: int = 1, start: int = NOON) -> list[Span]:
    """A call of each user, the first the dearest."""
    return [
        call(
            number + index,
            start=start,
            attributes=call_attributes(attribution_user_id=user, input_tokens=10_000 - index),
        )
        for index, user in enumerate(users)
    ]


@settings(max_examples=5, deadline=None)
@given(months())
def test_no_sum_changes_however_often_rollups_are_merged_while_things_arrive(
    month: tuple[list[Billed], list[list[Delivery]]],
) -> None:
    """The bill, the histograms and the users say what the calls say, and a key has one row."""
    _, groups = month
    with TemporaryDirectory() as folder:
        store = open_blank(Path(folder) / "x.duckdb")
        for number, group in enumerate(groups):
            deliver(store, of_users(group))
            if number % 2 == 0:
                compact_rollups(store, LATER)
        compact_rollups(store, LATER)
        assert compact_rollups(store, LATER) == 0
        assert ask(store, bill("charges")) == ask(store, bill("ledger"))
        assert ask(store, LATENCY_OF_CALLS) == ask(store, LATENCY_KEPT)
        assert ask(store, USERS_OF_CHARGES) == ask(store, USERS_KEPT)
        for table, figures in FIGURES.items():
            keys = f"select * exclude ({figures}) from {table} group by all having count(*) > 1"
            assert ask(store, f"select count(*) from ({keys})") == [(0,)]
        store.close()


def test_what_merges_many_rows_leaves_them_in_the_file_and_not_in_the_log(store: Store) -> None:
    """Out of the log they would be read uncompressed; for a few rows nobody has to wait for a checkpoint."""
    log = files.log_of(store.path)
    put(store, [ledger_row(0, 1, feature=f"f-{number % 50}") for number in range(100)])
    assert compact_rollups(store, LATER) == 50
    assert log.stat().st_size > 0
    put(store, [ledger_row(0, 1, feature=f"f-{n % 50}") for n in range(WORTH_CHECKPOINT_ROWS)])
    assert compact_rollups(store, LATER) == WORTH_CHECKPOINT_ROWS
    assert not log.exists() or log.stat().st_size == 0
    assert ask(store, "select sum(cost_pico_usd)::bigint from ledger") == [
        (WORTH_CHECKPOINT_ROWS + 100,)
    ]


def test_only_slots_that_are_over_are_merged_and_again_only_when_something_came(
    store: Store,
) -> None:
    """Ten commits make one row a key; a late span makes its own slot due and no other."""
    for number in range(10):
        write(store, *calls_of("ana", number=number + 1, start=NOON + (number % 2) * HOUR))
    assert [rows(store, table) for table in TABLES] == [10, 10, 10]
    assert compact_rollups(store, NOON + 60 * SECOND) == 0
    assert compact_rollups(store, NOON + HOUR) == 2 * (5 - 1)
    assert compact_rollups(store, NOON + 3 * HOUR) == 2 * (5 - 1)
    assert [rows(store, table) for table in TABLES] == [2, 2, 10]
    assert compact_rollups(store, LATER) == 9
    assert compact_rollups(store, LATER) == 0
    write(store, *calls_of("ana", number=50))
    with store.reading() as snapshot:
        again = {(piece.rollup, len(piece.slots)) for piece in due(snapshot, LATER)}
    assert again == {("ledger", 1), ("latency", 1), ("ledger_user", 1)}
    assert compact_rollups(store, LATER) == 3
    assert ask(store, "select sum(calls)::bigint from ledger") == [(11,)]


def test_a_slot_that_grows_fast_is_merged_before_its_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a day of many users could not be read while it runs."""
    monkeypatch.setattr(rollup_compaction, "WORTH_ROWS", 5)
    for number in range(6):
        write(store, *calls_of("ana", "bob", number=1 + 2 * number))
    assert compact_rollups(store, NOON + SECOND) == 5 + 5 + 10
    write(store, *calls_of("ana", number=50))
    assert compact_rollups(store, NOON + SECOND) == 0
    assert rows(store, "ledger_user") == 3


def fold(store: Store, most_users: int = 2) -> list[tuple[object, ...]]:
    """Merge the users of the day that is over; each with calls and how many users it stands for."""
    with store.reading() as snapshot:
        pieces = [piece for piece in due(snapshot, LATER) if piece.rollup == "ledger_user"]
    for piece in pieces:
        merge(store, piece, most_users)
    return ask(
        store,
        "select user_id, sum(calls)::bigint, sum(folded_users)::bigint from ledger_user group by 1 order by 1",
    )


def test_the_users_of_a_day_beyond_the_dearest_become_one_row_counted(store: Store) -> None:
    """Their sum stays; who comes later is dearer, or joins them; what is taken back of one of them is taken from it."""
    users = calls_of("ana", "bob", "cem", "dia", "eve")
    theirs = call(91, attributes=call_attributes(attribution_user_id="fay", response_id="r"))
    ours = call(92, trace=91, start=NOON + 1000, attributes=call_attributes(response_id="r"))
    write(store, *users)
    write_payloads(store, [payload([theirs], scope="theirs")])
    assert fold(store) == [("(other)", 4, 4), ("ana", 1, 0), ("bob", 1, 0)]
    assert fold(store) == fold(store)
    write(store, *calls_of("zoe", number=80))
    assert fold(store) == [("(other)", 5, 5), ("ana", 1, 0), ("zoe", 1, 0)]
    write(store, ours)
    assert fold(store, 5) == [("(other)", 4, 5), ("ana", 1, 0), ("zoe", 1, 0)]
    charged = "select sum(cost_pico_usd) from charges where user_id is not null"
    assert ask(store, "select sum(cost_pico_usd) from ledger_user") == ask(store, charged)


def test_a_merge_that_does_not_commit_has_changed_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process dies between the deletion and the insert."""
    for number in range(4):
        write(store, *calls_of("ana", number=number + 1))
    before = [ask(store, f"select * from {table} order by all") for table in TABLES]
    append = Transaction.append

    def die(self: Transaction, table: str, merged: pa.Table) -> None:
        if table == "rollup_slots":
            raise Overloaded("the disk is full")
        append(self, table, merged)

    monkeypatch.setattr(Transaction, "append", die)
    with pytest.raises(Overloaded):
        compact_rollups(store, LATER)
    monkeypatch.undo()
    assert [ask(store, f"select * from {table} order by all") for table in TABLES] == before
    assert compact_rollups(store, LATER) == 9


def test_a_running_collector_merges_by_itself(tmp_path: Path) -> None:
    """In a round of upkeep."""
    config = config_for(
        tmp_path / "x.duckdb",
        exporters={"duckdb": {"path": str(tmp_path / "x.duckdb"), "upkeep_interval": "1s"}},
    )
    with RunningCollector(config, clock=lambda: LATER) as collector:
        for number in range(3):
            assert collector.send(payload(calls_of("ana", number=number + 1))).status_code == 200
        merged = "gemledger_collector_rollup_rows_merged_total"
        eventually(lambda: collector.metric(merged), lambda rows: rows == 6)
        assert collector.select("select sum(calls)::bigint from latency") == [[3]]
