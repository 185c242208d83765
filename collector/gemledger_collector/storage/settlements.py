"""Every billed amount once, for ever: what is settled is known by its settlement's id."""

from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.storage.ledger import add_to_ledger
from gemledger_collector.storage.store import Transaction

_IDENTITY = ("settlement_id", "start_time_unix_nano", "trace_id", "span_id")


def append_charges(transaction: Transaction, rows: pa.Table) -> int:
    """Bill what no span from outside tells; how many of ``rows`` were new.

    ``rows`` has columns of the table ``spans``: ``settlement_id``, ``start_time_unix_nano``, ``provider``,
    ``operation``, ``cost_status``, the cost and its lines (they may be negative), and whatever else is known; the
    rest is null. Ids, ``name`` and ``unsampled_calls`` (0: no call) follow where they are not given. A row whose
    settlement the store has, or that comes a second time among ``rows``, is left out.
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
