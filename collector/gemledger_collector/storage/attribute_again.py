"""Stored charges under other attribution rules: only what rules, or nobody, decided; what the app said stays."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.processors.attribute import COLUMNS, Attribution
from gemledger_collector.processors.batches import integers
from gemledger_collector.storage.jobs import is_submission
from gemledger_collector.storage.ledger import add_to_ledger
from gemledger_collector.storage.payers import charge_jobs
from gemledger_collector.storage.revisions import Difference
from gemledger_collector.storage.transaction import Snapshot, Transaction

_PAYER = ("team", "cost_center")
_DAY_NANO = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class Reattributed:
    """What became of a piece: how many charges were looked at, and those that changed, before and after."""

    looked_at: int
    old: pa.Table
    new: pa.Table


def attributed_again(
    snapshot: Snapshot, since: int, until: int, attribution: Attribution
) -> Reattributed:
    """The charges that began in [since, until) and have another payer by these rules."""
    asked: dict[str, object] = {
        "since": since,
        "until": until,
        "labels": attribution.looks_at_labels,
        "settlement_span": semconv.SETTLEMENT_SPAN,
    }
    stored = snapshot.query("charges_to_attribute", asked).combine_chunks()
    if len(stored) == 0:
        return Reattributed(0, stored, stored)
    by_rule = pc.starts_with(stored["attribution_rule"], "team:").fill_null(False)
    said = pc.if_else(by_rule, pa.scalar(None, pa.string()), stored["team"])
    facts = _with(stored, {"team": said}).combine_chunks().to_batches()[0]
    columns = attribution.columns(facts)
    changed = np.zeros(len(stored), dtype=bool)
    for name in COLUMNS:
        before, after = stored[name].combine_chunks(), columns[name]
        same = pc.or_(
            pc.equal(before, after).fill_null(False), pc.and_(before.is_null(), after.is_null())
        )
        changed |= ~same.to_numpy(zero_copy_only=False)
    picked = pa.array(changed)
    return Reattributed(len(stored), stored.filter(picked), _with(stored, columns).filter(picked))


def _with(rows: pa.Table, columns: dict[str, pa.Array]) -> pa.Table:
    merged = {name: rows[name] for name in rows.column_names}
    return pa.table({**merged, **columns})


def write(transaction: Transaction, found: Reattributed) -> None:
    """Put the new payers in force: spans, ledger, content, evaluations, and what follows a job or a cache."""
    old, new = found.old, found.new
    if len(new) == 0:
        return
    start = pc.min_max(new["start_time_unix_nano"])
    around = {"first_start": start["min"].as_py(), "last_start": start["max"].as_py()}
    add_to_ledger(transaction, old.filter(old["counted"]), sign=-1)
    with transaction.bound("attributed", new.select(["trace_id", "span_id", *_CHANGING])):
        transaction.execute("attribute_spans_again", around)
        transaction.execute("attribute_contents_again", around)
        transaction.execute("attribute_evaluations_again", around)
        if new["job_name"].null_count < len(new):
            transaction.execute("attribute_jobs_again")
        if pc.any(pc.starts_with(new["operation"], "cache_")).as_py():
            transaction.execute("attribute_caches_again")
    add_to_ledger(transaction, new.filter(new["counted"]), sign=1)
    charge_jobs(transaction, new["job_name"].filter(_submissions(new)).combine_chunks().unique())


_CHANGING = ("start_time_unix_nano", *COLUMNS)


def _submissions(rows: pa.Table) -> pa.Array:
    return is_submission(rows.combine_chunks().to_batches()[0])


def difference(found: Reattributed) -> Difference:
    """By month (UTC) and payer, before and now: charges, and what they cost."""
    counted = found.old["counted"]
    old, new = found.old.filter(counted), found.new.filter(counted)
    if len(new) == 0:
        return []
    days = integers(new["start_time_unix_nano"].combine_chunks()) // _DAY_NANO
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    table = pa.table(
        {
            "month": pa.array(months),
            **{f"old_{name}": old[name] for name in _PAYER},
            **{f"new_{name}": new[name] for name in _PAYER},
            "cost_pico_usd": new["cost_pico_usd"].fill_null(0),
        }
    )
    keys = ["month", *(f"{version}_{name}" for version in ("old", "new") for name in _PAYER)]
    sums = table.group_by(keys).aggregate([([], "count_all"), ("cost_pico_usd", "sum")])
    return [
        {
            "month": str(np.datetime64(int(row["month"]), "M")),
            **{key: row[key] for key in keys[1:]},
            "charges": row["count_all"],
            "cost_pico_usd": row["cost_pico_usd_sum"],
        }
        for row in sums.to_pylist()
    ]
