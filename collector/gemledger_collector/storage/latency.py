"""The rollup ``latency``: how long calls took, as histograms that add up, so that any window has its percentiles.

A bucket is 5 % wide and told by its middle: a percentile is within 2.5 % of that of the calls themselves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.processors.batches import Integers, integers
from gemledger_collector.storage.buckets import SLOT_SECONDS, Bucket, label
from gemledger_collector.storage.deltas import summed, told
from gemledger_collector.storage.spend import DIMENSIONS, SpendQuestion, bucketed
from gemledger_collector.storage.transaction import Snapshot, Transaction

GROWTH = 1.05
SHORTEST_MS, LONGEST_MS = 0.001, 1e12
"""What is shorter or longer is counted in the bucket of these."""
DURATION, FIRST_CHUNK = "duration", "time_to_first_chunk"
Metric = Literal["duration", "time_to_first_chunk"]
QUANTILES = {"p50_ms": 0.50, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
COUNTED = ("duration_nano", "time_to_first_chunk_seconds")

_KEYS = (
    "service_name",
    "platform",
    "service_tier",
    "purpose",
    "team",
    "cost_center",
    "feature",
    "environment",
    "prompt_version",
)
_SLOT_NANO = SLOT_SECONDS * 10**9
_Times = npt.NDArray[np.float64]


def bucket_of(milliseconds: _Times) -> Integers:
    """The bucket each time falls in."""
    bounded = np.clip(milliseconds, SHORTEST_MS, LONGEST_MS)
    buckets: Integers = np.floor(np.log(bounded) / np.log(GROWTH)).astype(np.int64)
    return buckets


def milliseconds_of(bucket: int) -> float:
    """The time a bucket stands for."""
    return float(GROWTH ** (bucket + 0.5))


def add_latency(transaction: Transaction, rows: pa.RecordBatch, *, sign: int) -> None:
    """Add how long these rows of ``spans`` took, or take it back; a sum of calls and a settlement have no time."""
    deltas = [
        _deltas(rows, metric, milliseconds, sign)
        for metric, milliseconds in times_of(rows)
        if not np.isnan(milliseconds).all()
    ]
    if deltas:
        transaction.append("latency", pa.concat_tables(deltas, promote_options="default"))


def times_of(rows: pa.RecordBatch) -> Iterator[tuple[Metric, _Times]]:
    """Each metric that any row has, in milliseconds; NaN for a row that has none."""
    single = pc.and_(
        rows.column("cost_status").is_valid(), rows.column("unsampled_calls").is_null()
    )
    factors: dict[Metric, float] = {"duration": 1e-6, "time_to_first_chunk": 1e3}
    for (metric, factor), name in zip(factors.items(), COUNTED, strict=True):
        column = rows.column(name)
        if column.null_count == len(rows):
            continue
        told = pc.if_else(
            single, column.cast(pa.float64(), safe=False), pa.scalar(None, pa.float64())
        )
        times: _Times = told.to_numpy(zero_copy_only=False) * factor
        yield metric, np.where(np.isfinite(times) & (times >= 0), times, np.nan)


def _deltas(rows: pa.RecordBatch, metric: Metric, milliseconds: _Times, sign: int) -> pa.Table:
    has_time = ~np.isnan(milliseconds)
    if not has_time.all():
        rows, milliseconds = rows.filter(pa.array(has_time)), milliseconds[has_time]
    slots = integers(rows.column("start_time_unix_nano")) // _SLOT_NANO * SLOT_SECONDS
    keys = {
        "slot_unix_seconds": pa.array(slots),
        "response_model": pc.coalesce(rows.column("response_model"), rows.column("request_model")),
        **{name: rows.column(name) for name in _KEYS},
        "failed": rows.column("error_type").is_valid(),
        "bucket": pa.array(bucket_of(milliseconds).astype(np.int16)),
    }
    deltas = summed(told(keys), {"calls": np.ones(len(rows), np.int64)}, sign=sign)
    return deltas.append_column("metric", pa.repeat(metric, len(deltas)))


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """One metric in one bucket of one combination: how many calls told it, and its percentiles in milliseconds."""

    bucket_start: str | None
    keys: Mapping[str, str | None]
    metric: str
    calls: int
    quantiles: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LatencyAnswer:
    """Rows, and the range they are about, in unix seconds."""

    rows: Sequence[LatencyRow]
    range: Bucket


def latency(
    snapshot: Snapshot, question: SpendQuestion, failed: bool | None = None
) -> LatencyAnswer:
    """Percentiles of calls, of failed ones or others where ``failed`` says so. Raises Rejected as ``spend`` does."""
    around, parameters = bucketed(question)
    parameters |= {f"q{index}": value for index, value in enumerate(QUANTILES.values())}
    found = snapshot.records("latency_by_bucket", parameters | {"failed": failed})
    return LatencyAnswer([_row(each, question) for each in found], around)


def _row(values: Mapping[str, Any], question: SpendQuestion) -> LatencyRow:
    start = (
        None
        if question.bucket == "total"
        else label(int(values["bucket_start"]), question.timezone)
    )
    quantiles = {
        name: milliseconds_of(values[f"bucket{index}"]) for index, name in enumerate(QUANTILES)
    }
    keys = {name: values[name] for name in DIMENSIONS if name in question.by}
    return LatencyRow(start, keys, values["metric"], int(values["calls"]), quantiles)
