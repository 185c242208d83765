"""Which hours of a context cache's storage were billed, to whom, and what that is in ``spans`` and the ledger."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from gemledger_collector.storage.cache_events import OF_CREATOR
from gemledger_collector.storage.settlements import append_charges
from gemledger_collector.storage.transaction import Snapshot, Transaction

STORAGE = "cache_storage"
"""The operation, and the charge type, of an hour of a cache's storage."""

_NANO = 10**9

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Charge:
    """What was billed, or is to be, for an hour of a cache: to whom, and how much."""

    cache_id: str
    hour: int
    billed_as: str
    pico_usd: int | None
    upper_pico_usd: int | None
    until: int


def charges(snapshot: Snapshot, ids: Sequence[str]) -> dict[str, list[Charge]]:
    """What was billed of these caches, summed by hour and by who pays."""
    found: dict[str, list[Charge]] = {each: [] for each in ids}
    for row in snapshot.query("cache_charges_of", {"ids": list(ids)}).to_pylist():
        found[row["cache_id"]].append(
            Charge(
                row["cache_id"],
                row["hour_unix_seconds"],
                row["billed_as"],
                _money(row["cost_pico_usd"]),
                _money(row["cost_upper_pico_usd"]),
                row["until_unix_seconds"],
            )
        )
    return found


def _money(value: object) -> int | None:
    """A HUGEINT comes as a whole Decimal."""
    return None if value is None else int(value)  # type: ignore[call-overload]  # see above


@dataclass(frozen=True, slots=True)
class Billed:
    """What was billed of a cache's storage in all; ``unpriced_hours`` have no rate, and are not in it."""

    pico_usd: int = 0
    unpriced_hours: int = 0
    until: int | None = None


def billed(snapshot: Snapshot, ids: Sequence[str]) -> dict[str, Billed]:
    """What was billed of these caches, of those that have a charge."""
    return {
        row["cache_id"]: Billed(
            int(row["cost_pico_usd"]), row["unpriced_hours"], row["until_unix_seconds"]
        )
        for row in snapshot.query("cache_charge_totals", {"ids": list(ids)}).to_pylist()
    }


def bill(transaction: Transaction, due: Sequence[Charge], price_book: str) -> None:
    """Append charges, priced by this version of the book: rows of ``spans``, and what they were for."""
    if not due:
        return
    ids = sorted({charge.cache_id for charge in due})
    numbered = transaction.query("cache_charge_numbers", {"ids": ids}).to_pylist()
    numbers = {(row["cache_id"], row["hour_unix_seconds"]): row["rows"] for row in numbered}
    kept, billed = [], []
    for charge in due:
        place = (charge.cache_id, charge.hour)
        number = numbers.get(place, 0)
        numbers[place] = number + 1
        kept.append(_kept(charge, number))
        billed.append({**_billed(charge, number), "price_book": price_book})
    transaction.append("cache_charges", pa.Table.from_pylist(kept, _CHARGES))
    append_charges(transaction, pa.Table.from_pylist(billed, _BILLED))


_CHARGES = pa.schema(
    [
        ("cache_id", pa.string()),
        ("hour_unix_seconds", pa.int64()),
        ("number", pa.int32()),
        ("billed_as", pa.string()),
        ("cost_pico_usd", pa.int64()),
        ("cost_upper_pico_usd", pa.int64()),
        ("until_unix_seconds", pa.int64()),
    ]
)
FACTS = (
    *OF_CREATOR,
    "request_model",
    "response_model",
    "cache_name",
    "cost_status",
    "cost_reasons",
    "price_row",
)
"""Columns of ``spans`` that a charge is billed as."""
_BILLED = pa.schema(
    [
        ("settlement_id", pa.string()),
        ("start_time_unix_nano", pa.int64()),
        ("operation", pa.string()),
        ("service_tier", pa.string()),
        ("long_context", pa.bool_()),
        ("cost_pico_usd", pa.int64()),
        ("storage_pico_usd", pa.int64()),
        ("cost_upper_pico_usd", pa.int64()),
        ("price_book", pa.string()),
        *((name, pa.string()) for name in FACTS),
    ]
)


def _kept(charge: Charge, number: int) -> Row:
    return {
        "cache_id": charge.cache_id,
        "hour_unix_seconds": charge.hour,
        "number": number,
        "billed_as": charge.billed_as,
        "cost_pico_usd": charge.pico_usd,
        "cost_upper_pico_usd": charge.upper_pico_usd,
        "until_unix_seconds": charge.until,
    }


def _billed(charge: Charge, number: int) -> Row:
    facts = json.loads(charge.billed_as)
    correction = f":{number}" if number else ""
    return {
        "settlement_id": f"{STORAGE}:{facts['cache_name']}:{charge.hour}{correction}",
        "start_time_unix_nano": charge.hour * _NANO,
        "operation": STORAGE,
        "service_tier": "standard",
        "long_context": False,
        "cost_pico_usd": charge.pico_usd,
        "storage_pico_usd": charge.pico_usd,
        "cost_upper_pico_usd": charge.upper_pico_usd,
        **facts,
    }
