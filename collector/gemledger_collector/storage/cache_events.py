"""What is heard of context caches: kept as it comes, in the transaction of the spans that tell it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.storage.transaction import Snapshot, Transaction

OF_CREATOR = (
    "provider",
    "platform",
    "region",
    "server_address",
    "account_project",
    "account_location",
    "account_key_digest",
    "service_name",
    "team",
    "cost_center",
    "attribution_rule",
    "feature",
    "user_id",
    "environment",
    "prompt_version",
    "purpose",
)
"""Columns of ``spans`` that tell where a cache is, and who pays for it."""
_COPIED = (*OF_CREATOR, "trace_id", "span_id")
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
        *((name, pa.string()) for name in OF_CREATOR),
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


def last_reads(snapshot: Snapshot, ids: Iterable[str], since_unix_nano: int) -> dict[str, int]:
    """When, in unix seconds, a call last read each of these caches."""
    parameters = {"ids": list(ids), "since": since_unix_nano}
    table = snapshot.query("cache_last_reads", parameters)
    return dict(zip(table["cache_id"].to_pylist(), table["at"].to_pylist(), strict=True))
