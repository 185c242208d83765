"""Every billed amount once, for ever: what is settled is known by its settlement's id.

Several may tell of one amount: any process that fetches the results of a batch, today or in a month; of an interaction
the call that waited for it, too. The first counts. Of a batch, whose bill is several settlements, one grouping of the
results counts: that of the settlement that came first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.processors.batches import with_columns
from gemledger_collector.storage.ledger import add_to_ledger
from gemledger_collector.storage.transaction import Transaction

_SETTLING = ("name", "settlement_id", "job_name", "span_id", "attributes")
_IDENTITY = ("settlement_id", "start_time_unix_nano", "trace_id", "span_id")


def append_charges(transaction: Transaction, rows: pa.Table) -> int:
    """Bill what no span from outside tells; how many of ``rows`` were new.

    ``rows`` has columns of the table ``spans``: ``settlement_id``, ``start_time_unix_nano``, ``provider``,
    ``operation``, ``cost_status``, the cost and its lines (they may be negative), and whatever else is known; the
    rest is null, lines 0. Ids, ``name`` and ``unsampled_calls`` (0: no call) follow where they are not given. A row
    whose settlement the store has, or that comes a second time among ``rows``, is left out.
    """
    first = pc.index_in(rows["settlement_id"].unique(), value_set=rows["settlement_id"])
    charges = _without_settled(transaction, rows.take(first))
    if len(charges) == 0:
        return 0
    whole = _whole(transaction, charges)
    transaction.append("spans", whole)
    add_to_ledger(transaction, whole, sign=1)
    record(transaction, whole)
    return len(whole)


@dataclass(frozen=True, slots=True)
class _Settler:
    """An arriving span, at ``position`` of its batch, that says it settles something."""

    position: int
    settlement_id: str
    span_id: int
    is_call: bool
    job_name: str | None
    digest: str | None


def admit(transaction: Transaction, spans: pa.RecordBatch) -> pa.RecordBatch:
    """The arriving spans without settlements that count already; ``superseded_by`` marks calls whose amount does.

    What settles something now is remembered.
    """
    dropped = np.zeros(len(spans), dtype=bool)
    superseded: list[int | None] = [None] * len(spans)
    counting: list[int] = []
    settlers = list(_settlers(spans))
    winners = _counting_already(transaction, settlers)
    digests = _digests(transaction, settlers)
    # Calls first: of what comes together the call counts, for it has a trace.
    for each in sorted(settlers, key=lambda settler: not settler.is_call):
        digest = each.digest and digests.setdefault(each.job_name, each.digest)
        # Only who fetches a job's results groups them: a call counts unless its id has been settled.
        if each.settlement_id not in winners and (each.is_call or digest == each.digest):
            winners[each.settlement_id] = each.span_id
            counting.append(each.position)
        elif each.is_call:
            superseded[each.position] = winners[each.settlement_id]
        else:
            dropped[each.position] = True
    record(transaction, pa.Table.from_batches([spans.take(pa.array(counting, pa.int64()))]))
    marked = with_columns(spans, {"superseded_by": pa.array(superseded, pa.uint64())})
    return marked.filter(pa.array(~dropped))


def _settlers(spans: pa.RecordBatch) -> Iterator[_Settler]:
    """Spans that settle something; those outside every figure settle nothing."""
    settles = pc.and_(
        spans.column("settlement_id").is_valid(), spans.column("cost_status").is_valid()
    )
    positions = np.flatnonzero(settles.to_numpy(zero_copy_only=False))
    rows: list[Mapping[str, Any]] = spans.select(_SETTLING).take(pa.array(positions)).to_pylist()
    for position, row in zip(positions, rows, strict=True):
        yield _Settler(
            int(position),
            row["settlement_id"],
            row["span_id"],
            row["name"] != semconv.SETTLEMENT_SPAN,
            row["job_name"],
            dict(row["attributes"] or ()).get(semconv.JOB_SETTLEMENTS_DIGEST),
        )


def _counting_already(transaction: Transaction, settlers: list[_Settler]) -> dict[str, int]:
    """Span ids of what has settled the same before."""
    ids = pa.table(
        {"settlement_id": pa.array([each.settlement_id for each in settlers], pa.string())}
    )
    with transaction.bound("arriving_settlements", ids):
        known = transaction.query("known_settlements")
    return dict(zip(known["settlement_id"].to_pylist(), known["span_id"].to_pylist(), strict=True))


def _digests(transaction: Transaction, settlers: list[_Settler]) -> dict[str | None, str | None]:
    """How the bill of each job was grouped by who began to tell it."""
    jobs = {each.job_name for each in settlers if each.digest is not None}
    if not jobs:
        return {}
    with transaction.bound(
        "arriving_jobs", pa.table({"job_name": pa.array(list(jobs), pa.string())})
    ):
        known = transaction.query("settlement_digests")
    return dict(zip(known["job_name"].to_pylist(), known["digest"].to_pylist(), strict=True))


def record(transaction: Transaction, settled: pa.Table) -> None:
    """Remember that the settlements of these rows of ``spans`` count."""
    transaction.append("settlements", settled.select(_IDENTITY))


def _without_settled(transaction: Transaction, rows: pa.Table) -> pa.Table:
    with transaction.bound("arriving_settlements", rows.select(["settlement_id"])):
        known = transaction.query("known_settlements")["settlement_id"]
    return rows.filter(pc.invert(pc.is_in(rows["settlement_id"], value_set=known)))


def _whole(transaction: Transaction, rows: pa.Table) -> pa.Table:
    """The rows with every column of ``spans``."""
    ids: list[str] = rows["settlement_id"].to_pylist()
    following: dict[str, list[object]] = {
        "name": [semconv.SETTLEMENT_SPAN] * len(ids),
        "unsampled_calls": [0] * len(ids),
        "trace_id": [_hashed(each, 16) for each in ids],
        "span_id": [int.from_bytes(_hashed(each, 8), "big") for each in ids],
    }
    if "cost_pico_usd" in rows.column_names:
        zeros: list[object] = [
            None if cost is None else 0 for cost in rows["cost_pico_usd"].to_pylist()
        ]
        following |= {f"{line}_pico_usd": zeros for line in semconv.COST_LINES}
    columns = {}
    for field in transaction.query("no_spans").schema:
        kind = pa.binary(16) if field.name == "trace_id" else field.type
        if field.name in rows.column_names:
            columns[field.name] = rows[field.name].cast(kind)
        elif field.name in following:
            columns[field.name] = pa.array(following[field.name], kind)
        else:
            columns[field.name] = pa.nulls(len(ids), kind)
    return pa.table(columns)


def _hashed(text: str, size: int) -> bytes:
    """An id of ``size`` bytes, the same for the same text."""
    return blake2b(text.encode(), digest_size=size, person=b"charge").digest()
