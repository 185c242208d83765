"""Money an app asked for before it spends it: what is reserved, and what the calls under a reservation cost."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.storage.transaction import Snapshot, Transaction

KEPT_NANO = 86_400 * 10**9
"""How long a reservation can be looked at after it has expired."""
_FEWEST_FORGOTTEN = 1_000
_WIDE = pa.decimal128(38, 0)
_SETTLING = pa.schema(
    {
        "reservation_id": pa.string(),
        "cost_pico_usd": _WIDE,
        "ended_calls": pa.int64(),
        "ended_unix_nano": pa.int64(),
    }
)
_READ = (
    "cost_pico_usd",
    "cost_status",
    "cost_reasons",
    "job_name",
    "settlement_id",
    "unsampled_calls",
    "start_time_unix_nano",
    "duration_nano",
)


@dataclass(frozen=True, slots=True)
class NewReservation:
    """What is written when money is reserved: ``labels`` and ``budgets`` are JSON, ``calls`` None is any number."""

    reservation_id: str
    labels: str
    budgets: str
    amount_pico_usd: int
    created_at_unix_nano: int
    expires_at_unix_nano: int
    calls: int | None


@dataclass(frozen=True, slots=True)
class ReservationRow(NewReservation):
    """A reservation and what became of it."""

    settled_at_unix_nano: int | None
    settled_pico_usd: int | None
    ended_calls: int
    released_at_unix_nano: int | None


@dataclass(frozen=True, slots=True)
class Reserved:
    """What is reserved at a moment: picoUSD and reservations by budget; and whether there is something to forget."""

    pico_usd: Mapping[str, int]
    reservations: Mapping[str, int]
    has_old: bool


def reserved_at(snapshot: Snapshot, now: int) -> Reserved:
    """The open reservations, added up."""
    rows = snapshot.rows("reservations_open", {"now": now, "old": now - KEPT_NANO})
    old = sum(cast("int", count) for budget, _, count in rows if budget is None)
    named = [(cast("str", budget), pico, count) for budget, pico, count in rows if budget]
    return Reserved(
        {budget: cast("int", pico) for budget, pico, _ in named},
        {budget: cast("int", count) for budget, _, count in named},
        old >= _FEWEST_FORGOTTEN,
    )


def reserve(transaction: Transaction, reservation: NewReservation) -> None:
    """Write a reservation."""
    transaction.execute("reservations_reserve", asdict(reservation))


def forget_old(transaction: Transaction, now: int) -> None:
    """Delete what expired a day ago."""
    transaction.execute("reservations_forget", {"old": now - KEPT_NANO})


def release(transaction: Transaction, reservation_id: str, now: int) -> None:
    """Close a reservation that is open; any other stays as it is."""
    transaction.execute("reservations_release", {"reservation_id": reservation_id, "now": now})


def reservation(snapshot: Snapshot, reservation_id: str) -> ReservationRow | None:
    """One reservation; None where there is none of this id, or no longer."""
    rows = snapshot.query("reservations_one", {"reservation_id": reservation_id}).to_pylist()
    if not rows:
        return None
    row = rows[0]
    money = ("amount_pico_usd", "settled_pico_usd")  # a HUGEINT leaves DuckDB as a decimal
    exact = {name: None if row[name] is None else int(row[name]) for name in money}
    return ReservationRow(**{**row, **exact})


def settle(transaction: Transaction, spans: pa.RecordBatch) -> None:
    """Take what the batch's calls cost off the reservations they name. Costs nearly nothing where none does."""
    named = _named(spans)
    if named is None:
        return
    totals: dict[str, dict[str, Any]] = {}
    rows = spans.select(list(_READ)).filter(named.is_valid()).to_pylist()
    for reservation_id, row in zip(named.drop_null().to_pylist(), rows, strict=True):
        ended = row["start_time_unix_nano"] + (row["duration_nano"] or 0)
        total = totals.setdefault(
            reservation_id,
            {"reservation_id": reservation_id, "cost_pico_usd": 0, "ended_calls": 0}
            | {"ended_unix_nano": ended},
        )
        total["cost_pico_usd"] += row["cost_pico_usd"] or 0
        total["ended_calls"] += _ended_calls(row)
        total["ended_unix_nano"] = max(total["ended_unix_nano"], ended)
    with transaction.bound("settling", pa.Table.from_pylist(list(totals.values()), _SETTLING)):
        transaction.execute("reservations_settle")


def _named(spans: pa.RecordBatch) -> pa.Array | None:
    """The reservation of each span; None where no span has one."""
    attributes = spans.column("attributes")
    if attributes.null_count == len(attributes):
        return None
    # Looking at all keys first, because a lookup in each map costs a hundred times as much.
    if not pc.any(pc.equal(attributes.keys, semconv.RESERVATION_ID)).as_py():
        return None
    named = pc.map_lookup(attributes, pa.scalar(semconv.RESERVATION_ID), "first")
    return None if named.null_count == len(named) else named


def _ended_calls(row: Mapping[str, Any]) -> int:
    """How many calls ended with this span: none with what is no billed call, is free, or has yet to be billed."""
    free = row["cost_status"] is None or "free_operation" in (row["cost_reasons"] or "")
    asked_only = row["job_name"] is not None and row["settlement_id"] is None
    return 0 if free or asked_only else int(row["unsampled_calls"] or 1)
