"""Every billed amount counts once, for ever, whoever tells it, whenever, in whatever company."""

import pyarrow as pa
from support.otlp import NOON, SECOND

from gemledger_collector.storage.settlements import append_charges
from gemledger_collector.storage.spend import SpendQuestion, spend
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds

HOUR = 3600 * SECOND


def ask(store: Store, sql: str) -> list[tuple[object, ...]]:
    """Rows of a SELECT."""
    return [tuple(row) for row in store.ask(sql, Bounds()).rows]


def storage_hours(*pico_by_hour: int) -> pa.Table:
    """Hours of a cache's storage as the collector bills them."""
    hours = range(len(pico_by_hour))
    return pa.table(
        {
            "settlement_id": [f"cache_storage:cachedContents/c1:{hour}" for hour in hours],
            "start_time_unix_nano": [NOON + hour * HOUR for hour in hours],
            "operation": ["cache_storage"] * len(hours),
            "provider": ["gcp.gemini"] * len(hours),
            "cost_status": ["exact"] * len(hours),
            "cost_pico_usd": list(pico_by_hour),
            "storage_pico_usd": list(pico_by_hour),
            "team": ["search"] * len(hours),
        }
    )


def test_a_charge_of_the_collectors_own_counts_once(store: Store) -> None:
    """Hours of storage added again with a further one: only that one is new; corrections are negative."""
    with store.writing() as transaction:
        assert append_charges(transaction, storage_hours(700, 500)) == 2
    with store.writing() as transaction:
        assert append_charges(transaction, storage_hours(700, 500, -200)) == 1
        assert append_charges(transaction, storage_hours(700)) == 0
    charged = ask(
        store,
        "select charge_type, operation, calls, team, cost_pico_usd, storage_pico_usd from charges"
        " order by start_time",
    )
    hour = ("cache_storage", "cache_storage", 0, "search")
    assert charged == [(*hour, 700, 700), (*hour, 500, 500), (*hour, -200, -200)]
    assert ask(store, "select sum(cost_pico_usd), sum(calls) from ledger") == [(1000, 0)]


def test_a_charge_twice_in_one_table_counts_once(store: Store) -> None:
    """The first of them."""
    twice = pa.concat_tables([storage_hours(700), storage_hours(900)])
    with store.writing() as transaction:
        assert append_charges(transaction, twice) == 1
    assert ask(store, "select sum(cost_pico_usd) from ledger") == [(700,)]


def test_an_unpriced_charge_without_a_call_is_not_nothing(store: Store) -> None:
    """It adds no call, yet the totals say that something is missing from them."""
    unpriced = storage_hours(0).drop_columns(["cost_pico_usd", "storage_pico_usd", "cost_status"])
    unpriced = unpriced.append_column("cost_status", pa.array(["unpriced"]))
    with store.writing() as transaction:
        append_charges(transaction, unpriced)
    with store.reading() as snapshot:
        answer = spend(snapshot, SpendQuestion(NOON, NOON + HOUR))
    assert len(answer.rows) == 1
    assert {
        name: answer.totals[name] for name in ("calls", "unpriced_calls", "unbounded_calls")
    } == {
        "calls": 0,
        "unpriced_calls": 1,
        "unbounded_calls": 1,
    }
