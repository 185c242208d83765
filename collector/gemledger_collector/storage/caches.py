"""Context caches in the store: what was heard of them, and which hours of their storage were billed."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.storage.settlements import append_charges
from gemledger_collector.storage.store import Snapshot, Transaction

STORAGE = "cache_storage"
"""The operation, and the charge type, of an hour of a cache's storage."""

_COPIED = (
    "provider",
    "platform",
    "region",
    "server_address",
    "account_project",
    "account_location",
    "account_key_digest",
    "service_name",
    "team",
    "feature",
    "user_id",
    "environment",
    "prompt_version",
    "purpose",
    "trace_id",
    "span_id",
)
_READ = (
    *_COPIED,
    "operation",
    "cache_name",
    "error_type",
    "start_time_unix_nano",
    "duration_nano",
    "response_model",
    "request_model",
    "cost_pico_usd",
    "cost_status",
    "attributes",
)
_SEEN = {"cache_create": "created", "cache_update": "seen", "cache_get": "seen"}
_EVENTS = pa.schema(
    [
        ("cache_id", pa.string()),
        ("cache_name", pa.string()),
        ("event", pa.string()),
        ("at_unix_nano", pa.int64()),
        ("tokens", pa.int64()),
        ("create_unix_seconds", pa.int64()),
        ("expire_unix_seconds", pa.int64()),
        ("model", pa.string()),
        *((name, pa.string()) for name in _COPIED[:-2]),
        ("trace_id", pa.binary(16)),
        ("span_id", pa.uint64()),
        ("cost_pico_usd", pa.int64()),
        ("cost_status", pa.string()),
    ]
)
_NANO = 10**9

Row = Mapping[str, Any]


def cache_id(name: str) -> str:
    """What tells caches apart, however much of the name is given."""
    return name.rpartition("/")[2]


def note(transaction: Transaction, spans: pa.RecordBatch) -> None:
    """Keep what new spans tell of caches. Costs nothing where none does."""
    about = pc.starts_with(spans.column("operation"), "cache_").fill_null(False)
    if not pc.any(about).as_py():
        return
    rows = spans.select(_READ).filter(about).to_pylist()
    events = [event for row in rows for event in _events_of(row)]
    if events:
        transaction.append("cache_events", pa.Table.from_pylist(events, _EVENTS))


def _events_of(row: Row) -> Iterator[Row]:
    """What one span tells: nothing, one thing, or of a list one thing for each cache in it."""
    told = dict(row["attributes"] or ())
    if row["operation"] == "cache_list":
        for entry in told.get(semconv.CACHES_LISTED, "").split(","):
            name, _, expires = entry.rpartition(" ")
            if name and (ends := _whole(expires)) is not None:
                yield _event(row, name, "seen") | {"expire_unix_seconds": ends}
        return
    kind = _kind(row, told)
    if kind is None or not row["cache_name"]:
        return
    yield _event(row, row["cache_name"], kind) | {
        "tokens": _whole(told.get(semconv.CACHE_TOKENS)),
        "create_unix_seconds": _whole(told.get(semconv.CACHE_CREATE_TIME_UNIX_SECONDS)),
        "expire_unix_seconds": _whole(told.get(semconv.CACHE_EXPIRE_TIME_UNIX_SECONDS)),
    }


def _kind(row: Row, told: Row) -> str | None:
    """What a call about one cache found; None where it failed for another reason."""
    if row["error_type"] == "404" or told.get(semconv.CACHE_GONE) == "true":
        return "gone"
    if row["error_type"] is not None:
        return None
    return "deleted" if row["operation"] == "cache_delete" else _SEEN.get(row["operation"])


def _event(row: Row, name: str, kind: str) -> dict[str, Any]:
    created = kind == "created"
    return {
        "cache_id": cache_id(name),
        "cache_name": name,
        "event": kind,
        "at_unix_nano": row["start_time_unix_nano"],
        "model": row["response_model"] or row["request_model"],
        "cost_pico_usd": row["cost_pico_usd"] if created else None,
        "cost_status": row["cost_status"] if created else None,
        **{name: row[name] for name in _COPIED},
    }


def _whole(text: str | None) -> int | None:
    """A whole number as the map of attributes has it, None where it is none, or beyond what a column holds."""
    try:
        number = int(str(text))
    except ValueError:
        return None
    return number if abs(number) < 2**62 else None


@dataclass(frozen=True, slots=True)
class Charge:
    """What was billed, or is to be, for an hour of a cache: to whom, and how much."""

    cache_id: str
    hour: int
    billed_as: str
    pico_usd: int | None
    upper_pico_usd: int | None
    until: int


def heard_counts(snapshot: Snapshot) -> dict[str, int]:
    """How many things were heard of each cache: a cache whose number stays the same has not changed."""
    table = snapshot.query("cache_heard_counts")
    return dict(zip(table["cache_id"].to_pylist(), table["heard"].to_pylist(), strict=True))


def events(snapshot: Snapshot, ids: Sequence[str]) -> dict[str, list[Row]]:
    """Everything heard of these caches, in order of time."""
    found: dict[str, list[Row]] = {each: [] for each in ids}
    for row in snapshot.query("cache_events_of", {"ids": list(ids)}).to_pylist():
        found[row["cache_id"]].append(row)
    return found


def newest(snapshot: Snapshot, since_unix_seconds: int, limit: int) -> list[str]:
    """Ids of caches that lived at that time or later, the newest first."""
    parameters = {"since": since_unix_seconds, "most": limit}
    ids: list[str] = snapshot.query("caches_newest", parameters)["cache_id"].to_pylist()
    return ids


def charges(snapshot: Snapshot, ids: Sequence[str]) -> dict[str, list[Charge]]:
    """What was billed of these caches, summed by hour and by who pays; numbers are in ``numbers``."""
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
    return None if value is None else int(value)  # type: ignore[call-overload,no-any-return]  # see above


def last_reads(snapshot: Snapshot, ids: Iterable[str], since_unix_nano: int) -> dict[str, int]:
    """When, in unix seconds, a call last read each of these caches."""
    parameters = {"ids": list(ids), "since": since_unix_nano}
    table = snapshot.query("cache_last_reads", parameters)
    return dict(zip(table["cache_id"].to_pylist(), table["at"].to_pylist(), strict=True))


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
        billed.append(_billed(charge, number) | {"price_book": price_book})
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
    "provider",
    "platform",
    "region",
    "server_address",
    "account_project",
    "account_location",
    "account_key_digest",
    "service_name",
    "team",
    "feature",
    "user_id",
    "environment",
    "prompt_version",
    "purpose",
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
