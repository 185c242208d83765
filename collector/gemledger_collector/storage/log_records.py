"""Log records that are kept, each once: evaluations by others, and content for its span."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.processors.log_events import Kept
from gemledger_collector.storage.log_contents import PendingContents
from gemledger_collector.storage.transaction import Transaction

_DIGESTS = pa.schema([("time_unix_nano", pa.int64()), ("digest", pa.binary(16))])
_EVALUATIONS = pa.schema(
    [
        *_DIGESTS,
        ("trace_id", pa.binary(16)),
        ("span_id", pa.uint64()),
        ("response_id", pa.string()),
        ("service_name", pa.string()),
        ("scope_name", pa.string()),
        ("name", pa.string()),
        ("score", pa.float64()),
        ("label", pa.string()),
        ("explanation", pa.string()),
        ("error_type", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class StoredRecords:
    """How many were new, and how much content was given up since no span came for it."""

    fresh: int = 0
    given_up: int = 0


def write(
    transaction: Transaction, pending: PendingContents, records: Sequence[Kept], now_unix_nano: int
) -> StoredRecords:
    """Append what is new of the records."""
    fresh = _new_only(transaction, {record.digest: record for record in records})
    if not fresh:
        return StoredRecords()
    rows: list[dict[str, Any]] = [record.row for record in fresh]
    transaction.append("log_digests", pa.Table.from_pylist(rows, schema=_DIGESTS))
    evaluations = [record.row for record in fresh if record.kind == "evaluation"]
    transaction.append(
        "external_evaluations", pa.Table.from_pylist(evaluations, schema=_EVALUATIONS)
    )
    contents = [
        {**record.row, "received_unix_nano": now_unix_nano}
        for record in fresh
        if record.kind == "content"
    ]
    return StoredRecords(len(fresh), pending.add(transaction, contents, now_unix_nano))


def _new_only(transaction: Transaction, records: dict[bytes, Kept]) -> list[Kept]:
    if not records:
        return []
    rows = [record.row for record in records.values()]
    arriving = pa.Table.from_pylist(rows, schema=_DIGESTS)
    times = pc.min_max(arriving["time_unix_nano"])
    within = {"first_time": times["min"].as_py(), "last_time": times["max"].as_py()}
    with transaction.bound("arriving_records", arriving):
        known = {row[0] for row in transaction.rows("known_log_digests", within)}
    return [record for digest, record in records.items() if digest not in known]
