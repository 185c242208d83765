"""Stored charges at another book's prices: by the processor that priced them on arrival, from what it left of them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger.pricing import Book
from gemledger_collector.processors.batches import integers
from gemledger_collector.processors.columns import APP_COST_COLUMNS, ARROW_TYPE
from gemledger_collector.processors.decode import SpanBatch, exchanges_of
from gemledger_collector.processors.normalize import with_possible_counts
from gemledger_collector.processors.price import price
from gemledger_collector.storage.ledger import add_to_ledger
from gemledger_collector.storage.revisions import Difference, Revision
from gemledger_collector.storage.transaction import Snapshot, Transaction

_LINES = tuple(f"{line}_pico_usd" for line in semconv.COST_LINES)
_MONEY = ("cost_pico_usd", "cost_upper_pico_usd", *_LINES)
_PRICE = (*_MONEY, "cost_status", "cost_reasons", "price_row", "long_context")
"""A charge has changed when one of these has."""
VERSION = (*_PRICE, "price_book")
"""What ``price_changes`` keeps of both versions."""
_OF_APP = {
    "app_cost_reasons": "cost_reasons",
    "app_price_book": "price_book",
    "app_price_row": "price_row",
}
"""Columns in which the app's word is kept only where it is not ours → ours."""
_IDENTITY = ("trace_id", "span_id", "start_time_unix_nano")
_DAY_NANO = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class Repriced:
    """What became of a piece: how many charges were looked at, and those that changed, before and after."""

    looked_at: int
    old: pa.Table
    new: pa.Table


def priced_again(snapshot: Snapshot, since: int, until: int, book: Book) -> Repriced:
    """The charges that began in [since, until) and have another price by ``book``."""
    asked: dict[str, object] = {
        "since": since,
        "until": until,
        "settlement_span": semconv.SETTLEMENT_SPAN,
    }
    stored = snapshot.query("charges_to_price", asked).combine_chunks()
    if len(stored) == 0:
        return Repriced(0, stored, stored)
    old = _with(stored, _remembered(stored))
    priced = price(_as_it_arrived(old), book).spans
    columns = {name: priced.column(name) for name in (*VERSION, *_OF_APP)}
    changed = _changed(old, columns)
    # What stands in the store, for the ledger to take back.
    return Repriced(len(stored), stored.filter(changed), _with(old, columns).filter(changed))


def _with(rows: pa.Table, columns: dict[str, pa.Array]) -> pa.Table:
    merged = {name: rows[name] for name in rows.column_names}
    return pa.table({**merged, **columns})


def _remembered(stored: pa.Table) -> dict[str, pa.Array]:
    """What the app said, where it is left out because it is what we say."""
    told = stored["app_cost_status"].is_valid()
    remembered = {
        theirs: pc.coalesce(stored[theirs], pc.if_else(told, stored[ours], None))
        for theirs, ours in _OF_APP.items()
    }
    # Whoever said nothing of their price may still have said why there is none: what pricing finds, it finds again.
    reasons = pc.coalesce(stored["app_cost_reasons"], stored["cost_reasons"])
    return remembered | {"app_cost_reasons": reasons}


def _as_it_arrived(old: pa.Table) -> SpanBatch:
    """The charges as pricing got them when they were new."""
    count = len(old)
    is_sum = old["unsampled_calls"].is_valid()
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        column.name: pa.nulls(count, ARROW_TYPE[column.kind]) for column in APP_COST_COLUMNS
    }
    columns |= {name: old[name] for name in old.column_names}
    columns |= {
        "row": pa.array(np.arange(count)),
        "billed": pa.array(np.ones(count, dtype=bool)),
        "impossible_usage": _was_impossible(old),
        "unsampled_long_context": pc.if_else(is_sum, old["long_context"], None),
        "start_time_unix_nano": old["priced_unix_nano"],
    }
    rows = pa.table(columns).combine_chunks().to_batches()[0]
    events = rows.column("events")
    lists = events if events.null_count < count else pa.nulls(count, pa.list_(pa.binary()))
    exchanges, _ = exchanges_of(lists)
    return SpanBatch(rows, with_possible_counts(exchanges))


def _was_impossible(old: pa.Table) -> pa.Array:
    """Whether counts that cannot be were left out: where a price names it, or nothing was billed despite usage."""
    named = pc.match_substring(old["cost_reasons"], "impossible_usage").fill_null(False)
    said = pc.or_(old["input_tokens"].is_valid(), old["output_tokens"].is_valid())
    nothing = pc.and_(pc.equal(old["cost_pico_usd"], 0).fill_null(False), said)
    unexplained = pc.and_(old["price_row"].is_null(), old["cost_reasons"].is_null())
    return pc.or_(named, pc.and_(nothing, unexplained))


def _changed(old: pa.Table, new: dict[str, pa.Array]) -> pa.Array:
    changed = np.zeros(len(old), dtype=bool)
    priced = old["cost_pico_usd"].is_valid()
    for name in _PRICE:
        before, after = old[name].combine_chunks(), new[name]
        if name in _LINES:  # a line that an older version did not know is 0
            before = pc.if_else(pc.and_(before.is_null(), priced), 0, before)
        same = pc.or_(
            pc.equal(before, after).fill_null(False), pc.and_(before.is_null(), after.is_null())
        )
        changed |= ~_flags(same)
    return pa.array(changed)


def _flags(values: pa.Array | pa.ChunkedArray) -> np.ndarray:
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return np.asarray(whole.to_numpy(zero_copy_only=False), dtype=bool)


def write(transaction: Transaction, found: Repriced, revision: Revision, now: int) -> None:
    """Put the new prices in force: spans, ledger, jobs and caches, and both versions of what changed."""
    old, new = found.old, found.new
    if len(new) == 0:
        return
    start = pc.min_max(new["start_time_unix_nano"])
    around = {"first_start": start["min"].as_py(), "last_start": start["max"].as_py()}
    add_to_ledger(transaction, old, sign=-1)
    with transaction.bound("repriced", new):
        transaction.execute("price_spans_again", around)
        if new["job_name"].null_count < len(new):
            transaction.execute("price_jobs_again")
        if pc.any(pc.equal(new["operation"], "cache_create")).as_py():
            transaction.execute("price_caches_again")
    add_to_ledger(transaction, new, sign=1)
    _keep(transaction, found, revision, now)


def _keep(transaction: Transaction, found: Repriced, revision: Revision, now: int) -> None:
    count = len(found.new)
    rows = {name: found.new[name] for name in _IDENTITY}
    rows["model"] = _model(found.new)
    rows |= {f"old_{name}": found.old[name] for name in VERSION}
    rows |= {f"new_{name}": found.new[name] for name in VERSION}
    rows["revision_id"] = pa.array([revision.revision_id] * count)
    rows["actor"] = pa.array([revision.actor] * count)
    rows["changed_unix_nano"] = pa.array([now] * count, pa.int64())
    with transaction.bound("changed_prices", pa.table(rows)):
        transaction.execute("keep_price_changes")


def _model(rows: pa.Table) -> pa.ChunkedArray:
    return pc.coalesce(rows["response_model"], rows["request_model"])


def difference(found: Repriced) -> Difference:
    """By day (UTC) and model: charges that changed, what they cost before and now, and how many have no price."""
    if len(found.new) == 0:
        return []
    days = integers(found.new["start_time_unix_nano"].combine_chunks()) // _DAY_NANO
    table = pa.table(
        {
            "day": pa.array(days),
            "model": _model(found.new),
            "old": found.old["cost_pico_usd"].fill_null(0),
            "new": found.new["cost_pico_usd"].fill_null(0),
            "old_unpriced": found.old["cost_pico_usd"].is_null().cast(pa.int64()),
            "new_unpriced": found.new["cost_pico_usd"].is_null().cast(pa.int64()),
        }
    )
    sums = table.group_by(["day", "model"]).aggregate(
        [
            ([], "count_all"),
            *((name, "sum") for name in ("old", "new", "old_unpriced", "new_unpriced")),
        ]
    )
    return [
        {
            "day": str(np.datetime64(int(row["day"]), "D")),
            "model": row["model"],
            "charges": row["count_all"],
            "old_cost_pico_usd": row["old_sum"],
            "new_cost_pico_usd": row["new_sum"],
            "old_unpriced": row["old_unpriced_sum"],
            "new_unpriced": row["new_unpriced_sum"],
        }
        for row in sums.to_pylist()
    ]
