"""The additive rollup: rows of ``spans`` summed into deltas per 15-minute slot, added or taken back."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.processors.batches import Integers, Mask, integers, mask
from gemledger_collector.storage import latency, rollups
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.deltas import summed, told
from gemledger_collector.storage.transaction import Change, Transaction

_SLOT_NANO = SLOT_SECONDS * 10**9
_KEYS = (
    "service_name",
    "provider",
    "platform",
    "service_tier",
    "long_context",
    "price_row",
    "cost_status",
    "purpose",
    "account_project",
    "account_key_digest",
    "team",
    "cost_center",
    "feature",
    "environment",
    "prompt_version",
    "error_kind",
)
_SUMMED = (
    "input_tokens",
    "cache_read_tokens",
    "tool_use_tokens",
    "output_tokens",
    "thoughts_tokens",
    *(f"{line}_pico_usd" for line in semconv.COST_LINES),
    "cost_pico_usd",
)
_READ = (
    *_KEYS,
    *_SUMMED,
    "start_time_unix_nano",
    "request_model",
    "response_model",
    "error_type",
    "unsampled_calls",
    "unsampled_errors",
    "cost_upper_pico_usd",
    "operation",
    "settlement_id",
    "attempts",
    "exchanges",
    "retry_statuses",
    *rollups.COUNTED,
)
KEPT_BY_MINUTE = (
    "service_name",
    "platform",
    "service_tier",
    "purpose",
    "team",
    "cost_center",
    "feature",
    "environment",
    "prompt_version",
    "request_model",
    "response_model",
    "start_time_unix_nano",
    "cost_status",
    "error_type",
    "unsampled_calls",
    "unsampled_errors",
    "input_tokens",
    "cache_read_tokens",
    "tool_use_tokens",
    "output_tokens",
    "thoughts_tokens",
    "cost_pico_usd",
    *latency.COUNTED,
)
"""What those are told who listen to what the ledger takes."""
_LIMITED = pa.array(semconv.RATE_LIMITED_OPERATIONS)


def add_to_ledger(transaction: Transaction, rows: pa.Table, *, sign: int) -> None:
    """Sum rows of ``spans`` into deltas of the ledger and the other rollups; ``sign`` -1 takes them back.

    A row counts one call, or as many as it says where it is the sum of calls that a sampler left out. Spans that are
    no billed call stay outside every figure.
    """
    billed = rows.select(_READ)
    if billed["cost_status"].null_count:
        billed = billed.filter(billed["cost_status"].is_valid())
    if len(billed):
        whole = billed.combine_chunks()
        transaction.append("ledger", _deltas(whole, sign))
        rollups.add_to_rollups(transaction, whole, sign=sign)
        if transaction.changes is not None:
            transaction.changes.append(Change(whole.select(KEPT_BY_MINUTE), sign))


def _deltas(rows: pa.Table, sign: int) -> pa.Table:
    slot = integers(_column(rows, "start_time_unix_nano")) // _SLOT_NANO * SLOT_SECONDS
    model = pc.coalesce(rows["response_model"], rows["request_model"])
    keys = {
        "slot_unix_seconds": pa.array(slot),
        "response_model": model,
        **{name: rows[name] for name in _KEYS},
    }
    calls = integers(_column(rows, "unsampled_calls").fill_null(1))
    counts = {name: integers(_column(rows, name)) for name in _SUMMED}
    counts |= {"calls": calls, **errors_of(rows), **_uncertainty(rows, calls), **_requests(rows)}
    return summed(told(keys), counts, sign=sign)


def _column(rows: pa.Table, name: str) -> pa.Array:
    column = rows[name]
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _failed_calls(rows: pa.Table) -> Integers:
    """How many of a row's calls failed, where it says that any did."""
    counted = pc.coalesce(rows["unsampled_errors"], rows["unsampled_calls"], pa.scalar(1))
    return integers(counted.combine_chunks())


def errors_of(rows: pa.Table) -> Mapping[str, Integers]:
    """Failed calls: all, refused by a rate limit (429), other 4xx, 5xx."""
    kind = _column(rows, "error_type")
    names = ("errors", "rate_limited_errors", "client_errors", "server_errors")
    if kind.null_count == len(kind):
        return dict.fromkeys(names, np.zeros(len(kind), dtype=np.int64))
    failed = _failed_calls(rows)
    limited = mask(pc.equal(kind, "429"))
    client = mask(pc.match_substring_regex(kind, r"\A4..\z")) & ~limited
    server = mask(pc.match_substring_regex(kind, r"\A5..\z"))
    found = (mask(kind.is_valid()), limited, client, server)
    return {name: failed * which for name, which in zip(names, found, strict=True)}


def _uncertainty(rows: pa.Table, calls: Integers) -> Mapping[str, Integers]:
    """How much more it may be, and for how many calls nobody knows."""
    upper = _column(rows, "cost_upper_pico_usd")
    known_upper = mask(upper.is_valid())
    cost = integers(_column(rows, "cost_pico_usd"))
    above = np.where(known_upper, integers(upper) - cost, 0)
    status = rows["cost_status"].combine_chunks()
    open_ended = mask(pc.equal(status, "unpriced")) | (
        mask(pc.equal(status, "lower_bound")) & ~known_upper
    )
    # At least one: the settlement of an unknown amount adds no call, yet is no zero either.
    return {
        "above_cost_pico_usd": above,
        "unbounded_calls": np.where(open_ended, np.maximum(calls, 1), 0),
    }


def _requests(rows: pa.Table) -> Mapping[str, Integers]:
    """What counts against Google's rate limits, and tries that followed one that failed.

    What was settled later was asked for earlier, by a call of its own.
    """
    own = pc.or_(rows["settlement_id"].is_null(), rows["unsampled_calls"].is_null())
    limited = mask(pc.and_(pc.is_in(rows["operation"], value_set=_LIMITED), own).combine_chunks())
    attempts, exchanges = _column(rows, "attempts"), _column(rows, "exchanges")
    failed = np.where(mask(_column(rows, "error_type").is_valid()), _failed_calls(rows), 0)
    counted = mask(attempts.is_valid()) & mask(exchanges.is_valid())
    again = np.maximum(integers(attempts) - integers(exchanges) - failed, 0)
    return {
        "requests": np.where(limited, _admitted(rows, failed), 0),
        "request_input_tokens": np.where(limited, integers(_column(rows, "input_tokens")), 0),
        "retries": np.where(counted, again, 0),
    }


def _admitted(rows: pa.Table, failed: Integers) -> Integers:
    """Requests that Google let in: every try but those that were refused with 429.

    Each call of a sum has the same retry_statuses, which name the tries that failed where there were several.
    """
    one = pa.scalar(1, pa.int64())
    tries = pc.coalesce(rows["attempts"], rows["exchanges"], rows["unsampled_calls"], one)
    statuses = _column(rows, "retry_statuses")
    refused = np.where(_is_429(rows), failed, 0)
    if statuses.null_count < len(statuses):
        calls = integers(_column(rows, "unsampled_calls").fill_null(1))
        named: Integers = integers(pc.count_substring(statuses, "429").cast(pa.int64()))
        refused = np.where(mask(statuses.is_valid()), calls * named, refused)
    admitted: Integers = np.maximum(integers(tries.combine_chunks()) - refused, 0)
    return admitted


def _is_429(rows: pa.Table) -> Mask:
    return mask(pc.equal(_column(rows, "error_type"), "429"))
