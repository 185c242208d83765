"""Every billed amount counts once, for ever, whoever tells it, whenever, in whatever company."""

import pyarrow as pa
import pytest
from support.collector import RunningCollector
from support.jobs import (
    DAY,
    HOUR,
    ONE_ANSWER,
    TEN_LINES,
    ask,
    created,
    interaction,
    label,
    look,
    settlement,
    told_of_interaction,
    write,
)
from support.otlp import NOON, SECOND, call, payload

from gemledger_collector.storage.settlements import append_charges
from gemledger_collector.storage.spend import SpendQuestion, spend
from gemledger_collector.storage.store import Store

BILL = "select charge_type, team, calls, cost_pico_usd from charges where settlement_id is not null order by all"
LEDGER = (
    "select team, sum(calls), sum(cost_pico_usd) from ledger group by all"
    " having sum(calls) <> 0 or sum(cost_pico_usd) <> 0 order by all"
)


def test_a_settlement_counts_once_whoever_tells_it_and_whenever(store: Store) -> None:
    """Again, a day later by another clock, beside others, and twice in one request."""
    first = settlement("batch:batches/b1:flash")
    assert len(write(store, first).fresh) == 1
    assert len(write(store, first).fresh) == 0
    later = settlement("batch:batches/b1:flash", start=NOON + DAY)
    other = settlement("batch:batches/b2:flash", "batches/b2")
    assert len(write(store, call(1), later, other, later).fresh) == 2
    assert ask(store, BILL) == [("batch", None, 10, TEN_LINES)] * 2
    assert ask(store, LEDGER) == [("search", 1, ONE_ANSWER), (None, 20, 2 * TEN_LINES)]
    assert ask(store, "select count(*), count(distinct settlement_id) from settlements") == [(2, 2)]


def test_of_two_clocks_in_one_request_one_counts(store: Store) -> None:
    """Two processes that fetched at once, gathered by one exporter."""
    told = [settlement("batch:batches/b1:flash", start=NOON + clock) for clock in range(3)]
    assert len(write(store, *told).fresh) == 1
    assert ask(store, LEDGER) == [(None, 10, TEN_LINES)]


def test_an_interaction_somebody_waited_for_is_not_settled_again(store: Store) -> None:
    """Its call counts; whoever gets it later tells nothing new."""
    write(store, interaction(1))
    assert len(write(store, told_of_interaction()).fresh) == 0
    assert ask(store, BILL) == [("call", "search", 1, ONE_ANSWER)]
    assert ask(store, LEDGER) == [("search", 1, ONE_ANSWER)]


def test_a_call_seen_after_its_settlement_is_kept_for_its_trace_only(store: Store) -> None:
    """It adds no money, but says who pays: the settlement moves to its team."""
    write(store, told_of_interaction(team="fetchers"))
    stored = write(store, interaction(1))
    assert (len(stored.fresh), stored.superseded) == (1, 1)
    assert ask(store, BILL) == [("interaction", "search", 0, ONE_ANSWER)]
    assert ask(store, LEDGER) == [("search", 0, ONE_ANSWER)]
    kept = ask(store, "select count(*) from spans where superseded_by is not null")
    assert kept == [(1,)]


def test_a_call_and_its_settlement_in_one_request_are_the_call(store: Store) -> None:
    """The call has a trace."""
    assert len(write(store, told_of_interaction(), interaction(1)).fresh) == 1
    assert ask(store, LEDGER) == [("search", 1, ONE_ANSWER)]


def test_results_grouped_otherwise_settle_nothing_any_more(store: Store) -> None:
    """Two versions of the library name their groups differently; the bill that began first counts, whole."""
    flash, pro = (
        settlement(f"batch:batches/b1:{group}", job_settlements=2, job_settlements_digest="aa")
        for group in ("flash", "pro")
    )
    every, every_later = (
        settlement(
            "batch:batches/b1:all", start=start, job_settlements=1, job_settlements_digest="bb"
        )
        for start in (NOON, NOON + DAY)
    )
    write(store, flash)
    write(store, every, pro)
    write(store, every_later)
    settled = ask(store, "select settlement_id from charges order by all")
    assert settled == [("batch:batches/b1:flash",), ("batch:batches/b1:pro",)]


def test_a_call_with_an_odd_digest_counts_like_any_other(store: Store) -> None:
    """A grouping is told by who fetches results; a call that claims another one is still a call, and billed."""
    write(store, settlement("batch:batches/b1:flash", job_settlements_digest="aa"))
    odd = settlement("batch:batches/b1:all", start=NOON + DAY, job_settlements_digest="bb")
    odd.name = "generate_content gemini-2.5-flash"
    assert len(write(store, odd).fresh) == 1


def test_two_settlements_of_one_span_id_are_both_charged_once(store: Store) -> None:
    """Spoiled ids: moved to the day of submission, the second would stand where the first is, and take it along."""
    first = label(
        settlement(
            "batch:batches/b1:flash", attribution_team="search", attribution_feature="digest"
        ),
        "customer",
        "acme",
    )
    submitted = label(created(1, attribution_feature="digest"), "customer", "acme")
    second = settlement("batch:batches/b1:pro", start=NOON + DAY)
    second.trace_id, second.span_id = first.trace_id, first.span_id
    for told in (first, second, submitted):
        write(store, told)
    charged = ask(store, "select sum(calls), sum(cost_pico_usd) from charges")
    assert ask(store, "select sum(calls), sum(cost_pico_usd) from ledger") == charged


@pytest.mark.parametrize("submission_first", [True, False], ids=["in order", "out of order"])
def test_the_submitter_pays_on_the_day_of_submission(store: Store, submission_first: bool) -> None:
    """Fetched by another service a day later, which did not know when the batch was submitted."""
    submitted = label(created(1, start=NOON, attribution_feature="digest"), "customer", "acme")
    fetched = settlement(
        "batch:batches/b1:flash", start=NOON + DAY, attribution_team="ops", purpose="settle"
    )
    for span in (submitted, fetched) if submission_first else (fetched, submitted):
        write(store, span)
    charged = ask(
        store,
        "select start_time::date::varchar, team, feature, purpose, cost_pico_usd,"
        " attributes['gemledger.label.customer'], duration_ms from charges where charge_type = 'batch'",
    )
    assert charged == [("2026-11-01", "search", "digest", None, TEN_LINES, "acme", None)]
    assert ask(store, LEDGER) == [("search", 11, TEN_LINES)]
    days = ask(
        store,
        "select slot_unix_seconds // 86400 - 20758 from ledger group by 1 having sum(cost_pico_usd) <> 0",
    )
    assert days == [(0,)]


def test_googles_clock_is_believed_where_the_settlement_has_it(store: Store) -> None:
    """A few seconds apart from the call's, in whatever order they come."""
    write(store, settlement("batch:batches/b1:flash", start=NOON + 3 * SECOND), created(1))
    assert ask(store, "select start_time::varchar from charges where charge_type = 'batch'") == [
        ("2026-11-01 12:00:03",)
    ]


def test_a_settlement_outside_every_figure_settles_nothing(store: Store) -> None:
    """No provider of ours: it does not stand in the way of the one that counts."""
    write(store, settlement("batch:batches/b1:flash", provider_name="acme"))
    write(store, settlement("batch:batches/b1:flash", start=NOON + SECOND))
    assert ask(store, LEDGER) == [(None, 10, TEN_LINES)]


def test_a_running_collector_counts_duplicates(collector: RunningCollector) -> None:
    """As every span that it has already."""
    told = [settlement("batch:batches/b1:flash", start=NOON + clock) for clock in range(4)]
    assert collector.send(payload(told[:1])).status_code == 200
    assert collector.send(payload([*told[1:], look(1, "succeeded")])).status_code == 200
    assert collector.metric("gemledger_collector_spans_accepted_total") == 2
    assert collector.metric("gemledger_collector_spans_duplicate_total") == 3


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
