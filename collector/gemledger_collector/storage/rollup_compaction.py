"""Deltas of rollups merged into one row a key. Every sum stays what it was, to the pico, whenever one looks.

A piece is read, deleted and put back within one transaction: whoever reads sees it before or after, and a process that
dies meanwhile has changed nothing. What is left of a slot is remembered by the number of its rows, so that only what
something was added to is read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.storage.ledger_user import OTHER
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Snapshot, Transaction

Rollup = Literal["ledger", "latency", "ledger_user"]
SLOT_COLUMN: Mapping[Rollup, str] = {
    "ledger": "slot_unix_seconds",
    "latency": "slot_unix_seconds",
    "ledger_user": "day_unix_seconds",
}
MOST_USERS = 10_000
"""Users of a day that is over with rows of their own."""
GRACE_SECONDS = 600
"""Spans come a little late: a slot is merged so long after its end."""
WORTH_ROWS = 50_000
"""Rows a slot that still runs must have gained to be merged before its end."""
PIECE_ROWS = 100_000
"""Rows merged in one transaction, if they are not of one slot."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Slots of one rollup that are merged together, and how many rows they have."""

    rollup: Rollup
    slots: Sequence[int]
    rows: int
    is_over: bool


def due(snapshot: Snapshot, now_unix_nano: int) -> Iterator[Piece]:
    """What is worth merging now, in pieces of bounded size."""
    found = snapshot.query(
        "rollups_due",
        {
            "now": now_unix_nano // 10**9,
            "grace_seconds": GRACE_SECONDS,
            "worth_rows": WORTH_ROWS,
        },
    ).to_pylist()
    for (rollup, is_over), rows in groupby(found, lambda row: (row["rollup"], row["is_over"])):
        slots: list[int] = []
        held = 0
        for row in rows:
            if slots and held + row["row_count"] > PIECE_ROWS:
                yield Piece(rollup, slots, held, is_over)
                slots, held = [], 0
            slots.append(row["slot"])
            held += row["row_count"]
        yield Piece(rollup, slots, held, is_over)


def merge(store: Store, piece: Piece, most_users: int = MOST_USERS) -> int:
    """Merge one piece; how many rows are left of it."""
    slots: dict[str, object] = {"slots": list(piece.slots)}
    with store.writing() as transaction:
        merged = transaction.query(f"merge_{piece.rollup}", slots | _folding(piece, most_users))
        transaction.execute(f"delete_{piece.rollup}", slots)
        transaction.append(piece.rollup, merged)
        _remember(transaction, piece, merged)
    return len(merged)


def _folding(piece: Piece, most_users: int) -> dict[str, object]:
    if piece.rollup != "ledger_user":
        return {}
    return {"is_over": piece.is_over, "most_users": most_users, "other": OTHER}


def _remember(transaction: Transaction, piece: Piece, merged: pa.Table) -> None:
    transaction.execute("forget_rollup_slots", {"rollup": piece.rollup, "slots": list(piece.slots)})
    counted = pc.value_counts(merged[SLOT_COLUMN[piece.rollup]].combine_chunks())
    transaction.append(
        "rollup_slots",
        pa.table(
            {
                "rollup": pa.repeat(piece.rollup, len(counted)),
                "slot_unix_seconds": counted.field("values"),
                "row_count": counted.field("counts"),
            }
        ),
    )
