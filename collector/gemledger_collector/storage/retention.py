"""Deleting what is older than its table keeps, and the marks that say from when on everything is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import pyarrow as pa

from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Snapshot, Transaction

Kept = Literal[
    "spans",
    "contents",
    "evaluations",
    "external_evaluations",
    "feedback",
    "human_labels",
    "canary_verdicts",
    "alerts",
    "notifications",
    "audit",
]
"""Tables whose rows grow old. The rest stays: the ledger, and what an amount is known by, once and for ever."""

Quoting = Literal["evaluations", "external_evaluations", "feedback", "human_labels"]
QUOTING: tuple[Quoting, ...] = get_args(Quoting)
"""Tables whose rows outlive the content they are about, but for what they say in words: that may quote it."""


@dataclass(frozen=True, slots=True)
class SlotRows:
    """How many rows start in a quarter of an hour."""

    slot_unix_nano: int
    rows: int


@dataclass(frozen=True, slots=True)
class Mark:
    """From when on a table keeps its rows, and why not from earlier."""

    table: Kept
    kept_from_unix_nano: int
    reason: Literal["age", "size"]


def rows_by_slot(snapshot: Snapshot, table: Kept, before_unix_nano: int) -> Sequence[SlotRows]:
    """What a table has of before, the oldest slot first."""
    return _by_slot(snapshot, "retention_by_slot", table, before_unix_nano)


def quotes_by_slot(snapshot: Snapshot, table: Quoting, before_unix_nano: int) -> Sequence[SlotRows]:
    """What a table still says in words of what is older, the oldest slot first."""
    return _by_slot(snapshot, "quotes_by_slot", table, before_unix_nano)


def _by_slot(snapshot: Snapshot, query: str, table: str, before: int) -> Sequence[SlotRows]:
    found = snapshot.query(query, {"table_name": table, "before": before})
    pairs = zip(found["slot_unix_nano"].to_pylist(), found["rows"].to_pylist(), strict=True)
    return [SlotRows(slot, rows) for slot, rows in pairs]


def marks(snapshot: Snapshot) -> Mapping[str, int]:
    """Table → start time from which on nothing was deleted of it; absent where nothing ever was."""
    found = snapshot.query("retention_marks")
    names, starts = found["table_name"].to_pylist(), found["kept_from_unix_nano"].to_pylist()
    return dict(zip(names, starts, strict=True))


def set_mark(transaction: Transaction, mark: Mark, rows: int, now_unix_nano: int) -> None:
    """Say it before the first row goes: from this commit on, no span older than the mark of ``spans`` is taken."""
    entry = {
        "table_name": [mark.table],
        "kept_from_unix_nano": [mark.kept_from_unix_nano],
        "reason": [mark.reason],
        "rows_deleted": [rows],
        "at_unix_nano": [now_unix_nano],
    }
    transaction.append("retention_log", pa.table(entry))
    if mark.table == "spans":
        before = transaction.spans_kept_from_unix_nano or 0
        transaction.spans_kept_from_unix_nano = max(before, mark.kept_from_unix_nano)


def delete_piece(store: Store, table: Kept, first_unix_nano: int, before_unix_nano: int) -> None:
    """Delete the rows of a stretch of time, in a transaction of their own."""
    with store.writing() as transaction:
        transaction.execute(
            f"retention_delete_{table}", {"first": first_unix_nano, "before": before_unix_nano}
        )


def forget_quotes(
    store: Store, table: Quoting, first_unix_nano: int, before_unix_nano: int
) -> None:
    """Take the words out of the rows of a stretch of time, in a transaction of their own."""
    with store.writing() as transaction:
        transaction.execute(
            f"forget_quotes_{table}", {"first": first_unix_nano, "before": before_unix_nano}
        )


def used_bytes(snapshot: Snapshot) -> int:
    """Bytes of the file's blocks that hold something."""
    return int(snapshot.query("used_bytes")["used_bytes"][0].as_py())
