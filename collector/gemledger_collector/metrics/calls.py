"""Counters of the calls themselves: how many, which tokens, what cost, which errors, how long.

Kept in memory from batches that were committed, added up per distinct combination of labels and not per span. They
start at 0 with the process, as Prometheus expects; the bill is the ledger's. Whoever commits only hands a batch over:
it is added up when somebody looks, or when many spans wait.
"""

import threading
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.exposition import LONGEST_LABEL, Metric, Sample, histogram, lines
from gemledger_collector.metrics.series import Series
from gemledger_collector.processors.batches import Integers, Keys, integers
from gemledger_collector.storage.deltas import summed

LABELS = ("model", "service_tier", "service", "team", "feature", "environment")
CELLS = ("input", "cache_read", "tool_use", "output", "thoughts")
"""Kinds of tokens that do not overlap."""
DURATIONS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0)
LAGS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0, 86_400.0)
"""Upper bounds of buckets, in seconds."""
MOST_COMBINATIONS, MOST_ERRORS, MOST_DURATIONS, MOST_SERVICES = 80, 60, 20, 50
MOST_WAITING, MOST_WAITING_BATCHES = 20_000, 500
"""Spans, whose columns stay in memory until they are added up; and batches, of 18 KB each, however small."""

_OURS = "gemledger_"
CALLS = Metric("calls_total", "counter", "Calls, those a sampler left out included.", prefix=_OURS)
TOKENS = Metric("tokens_total", "counter", "Tokens by cell; cells do not overlap.", prefix=_OURS)
COST = Metric("cost_usd_total", "counter", "Cost in US dollars, of what has a price.", prefix=_OURS)
ERRORS = Metric("call_errors_total", "counter", "Calls that failed, by error code.", prefix=_OURS)
DURATION = Metric(
    "call_duration_seconds", "histogram", "How long calls took, failed ones included.", prefix=_OURS
)
LAG = Metric("call_lag_seconds", "histogram", "From the end of a call to its commit.", prefix=_OURS)
NEWEST = Metric(
    "newest_call_timestamp_seconds",
    "gauge",
    "Unix time of the latest start of a call.",
    prefix=_OURS,
)
FOLDED = Metric(
    "series_folded_total",
    "counter",
    "Additions to series named other, by metric: there are more combinations of labels than are shown.",
    label="metric",
)
METRICS = (CALLS, TOKENS, COST, ERRORS, DURATION, LAG, NEWEST, FOLDED)

_READ = (
    "start_time_unix_nano",
    "duration_nano",
    "request_model",
    "response_model",
    "service_tier",
    "service_name",
    "team",
    "feature",
    "environment",
    "error_type",
    "unsampled_calls",
    "unsampled_errors",
    "input_tokens",
    "cache_read_tokens",
    "tool_use_tokens",
    "output_tokens",
    "thoughts_tokens",
    "cost_pico_usd",
    "cost_status",
)
_TIMES = ("service_tier", "start_time_unix_nano", "duration_nano", "committed")


class CallMetrics:
    """Totals since the start; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_spans = 0
        self._calls = Series(LABELS, MOST_COMBINATIONS, 2 + len(CELLS))
        self._errors = Series(("model", "code"), MOST_ERRORS, 1)
        self._durations = Series(("model", "service_tier"), MOST_DURATIONS, len(DURATIONS) + 2)
        self._lags = np.zeros(len(LAGS) + 1, np.int64)
        self._lag_seconds = 0.0
        self._last_start: dict[str, int] = {}
        self._newest = 0

    def observe(self, fresh: pa.RecordBatch, committed_unix_nano: int) -> None:
        """A committed batch, with what it has of the columns of ``spans``."""
        if len(fresh) == 0:  # a replay
            return
        if "superseded_by" in fresh.schema.names:  # these were settled before they came
            fresh = fresh.filter(fresh.column("superseded_by").is_null())
        kept = fresh.select(_READ).append_column(
            "committed", pa.repeat(pa.scalar(committed_unix_nano, pa.int64()), len(fresh))
        )
        with self._lock:
            self._waiting.append(kept)
            self._waiting_spans += len(kept)
            if self._waiting_spans >= MOST_WAITING or len(self._waiting) >= MOST_WAITING_BATCHES:
                self._add_up()

    def last_starts(self) -> Mapping[str, int]:
        """The latest start of a call of each service heard of since the process began, in unix nanoseconds."""
        with self._lock:
            self._add_up()
            return dict(self._last_start)

    def typical_lag_seconds(self) -> float | None:
        """Within which half of all calls were committed after their end, to the bound of a bucket; None before any."""
        with self._lock:
            self._add_up()
            so_far = np.cumsum(self._lags)
            if so_far[-1] == 0:
                return None
            return LAGS[min(int(np.searchsorted(so_far, so_far[-1] / 2)), len(LAGS) - 1)]

    def render(self) -> str:
        """In Prometheus text format 0.0.4."""
        with self._lock:
            self._add_up()
            return "".join(self._text())

    def _add_up(self) -> None:
        """Add what waits to the totals. The lock is held."""
        waiting, self._waiting, self._waiting_spans = self._waiting, [], 0
        if not waiting:
            return
        spans = pa.concat_batches(waiting)
        rows = _only(spans, spans.column("cost_status").is_valid())
        if len(rows) == 0:
            return
        model = pc.coalesce(rows.column("response_model"), rows.column("request_model"))
        self._add_calls(rows, model)
        self._add_errors(rows, model)
        self._add_times(rows, model)
        self._add_starts(rows)

    def _add_calls(self, rows: pa.RecordBatch, model: pa.Array) -> None:
        keys = {
            "model": model,
            "service_tier": rows.column("service_tier"),
            "service": rows.column("service_name"),
            **{name: rows.column(name) for name in ("team", "feature", "environment")},
        }
        figures: dict[str, Integers] = {
            "calls": integers(rows.column("unsampled_calls").fill_null(1)),
            "cost": integers(rows.column("cost_pico_usd")),
            **_cells(rows),
        }
        for row in summed(keys, figures, sign=1).to_pylist():
            self._calls.add([row[name] for name in LABELS], [int(row[name]) for name in figures])

    def _add_errors(self, rows: pa.RecordBatch, model: pa.Array) -> None:
        codes = rows.column("error_type")
        if codes.null_count == len(rows):
            return
        told = pc.coalesce(rows.column("unsampled_errors"), rows.column("unsampled_calls"))
        counts = pa.table({"model": model, "code": codes, "calls": told.fill_null(1)})
        failed = counts.filter(codes.is_valid()).group_by(["model", "code"])
        for row in failed.aggregate([("calls", "sum")]).to_pylist():
            self._errors.add([row["model"], row["code"]], [row["calls_sum"]])

    def _add_times(self, rows: pa.RecordBatch, model: pa.Array) -> None:
        single = pc.and_(
            rows.column("unsampled_calls").is_null(), rows.column("duration_nano").is_valid()
        )
        timed = _only(rows.select(_TIMES).append_column("model", model), single)
        if len(timed) == 0:
            return
        nanos = integers(timed.column("duration_nano"))
        seconds = np.maximum(nanos, 0) / 1e9
        keys = Keys(len(timed))
        for name in ("model", "service_tier"):
            keys.add(timed.column(name))
        for code, labels in enumerate(keys.distinct()):
            of_key = seconds[keys.of_row == code]
            counts = np.bincount(np.searchsorted(DURATIONS, of_key), minlength=len(DURATIONS) + 1)
            self._durations.add(labels, [*counts.tolist(), float(of_key.sum())])
        ended = integers(timed.column("start_time_unix_nano")) + nanos
        lags = np.maximum(integers(timed.column("committed")) - ended, 0) / 1e9
        self._lags += np.bincount(np.searchsorted(LAGS, lags), minlength=len(LAGS) + 1)
        self._lag_seconds += float(lags.sum())

    def _add_starts(self, rows: pa.RecordBatch) -> None:
        starts = pa.table(
            {"service": rows.column("service_name"), "start": rows.column("start_time_unix_nano")}
        )
        for row in starts.group_by("service").aggregate([("start", "max")]).to_pylist():
            service, start = row["service"] or "", row["start_max"]
            self._newest = max(self._newest, start)
            if len(service) > LONGEST_LABEL:  # some other program's idea of a name
                continue
            if service in self._last_start or len(self._last_start) < MOST_SERVICES:
                self._last_start[service] = max(self._last_start.get(service, 0), start)

    def _text(self) -> Iterator[str]:
        calls = list(self._calls.items())
        yield from lines(CALLS, (Sample(totals[0], labels) for labels, totals in calls))
        yield from lines(
            TOKENS,
            (
                Sample(totals[2 + index], (*labels, ("cell", cell)))
                for labels, totals in calls
                for index, cell in enumerate(CELLS)
            ),
        )
        yield from lines(COST, (Sample(totals[1] / 1e12, labels) for labels, totals in calls))
        yield from lines(ERRORS, (Sample(each[0], labels) for labels, each in self._errors.items()))
        yield from lines(
            DURATION,
            (
                sample
                for labels, totals in self._durations.items()
                for sample in histogram(DURATIONS, map(int, totals[:-1]), totals[-1], labels)
            ),
        )
        yield from lines(LAG, histogram(LAGS, self._lags.tolist(), self._lag_seconds))
        yield from lines(NEWEST, [Sample(self._newest / 1e9)])
        folded = {CALLS: self._calls, ERRORS: self._errors, DURATION: self._durations}
        yield from lines(
            FOLDED,
            (
                Sample(each.folded, (("metric", metric.full_name),))
                for metric, each in folded.items()
            ),
        )


def _only(rows: pa.RecordBatch, chosen: pa.Array) -> pa.RecordBatch:
    """The chosen rows; nearly always that is all of them, and copying them costs more than all else here."""
    return rows if chosen.true_count == len(rows) else rows.filter(chosen)


def _cells(rows: pa.RecordBatch) -> dict[str, Integers]:
    """Tokens of each row by cell. On the wire input includes cache_read and tool_use, output includes thoughts."""
    told = {name: integers(rows.column(f"{name}_tokens")) for name in CELLS}
    inside = {"input": told["cache_read"] + told["tool_use"], "output": told["thoughts"]}
    return {
        name: np.maximum(each - inside[name], 0) if name in inside else each
        for name, each in told.items()
    }
