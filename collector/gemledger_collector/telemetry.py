"""The collector's own counters, in Prometheus text. They never pass through the pipeline they measure."""

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator

from gemledger_collector.exposition import PREFIX, Metric, Sample, clean, escaped, histogram, lines

__all__ = ["METRICS", "PREFIX", "Metric", "Telemetry", "escaped"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the buckets of every histogram here."""
MOST_REASONS = 400
"""Values of labels over all metrics; a new one beyond them is told as ``other``."""
OTHER = "other"

METRICS = (
    Metric("spans_accepted_total", "counter", "Spans committed to the store for the first time."),
    Metric("spans_duplicate_total", "counter", "Spans acknowledged that the store already had."),
    Metric("spans_rejected_total", "counter", "Spans left out of a good request, by reason."),
    Metric(
        "spans_superseded_total",
        "counter",
        "Spans of other instrumentations that ours replaced, and calls settled before they came.",
    ),
    Metric(
        "requests_received_total",
        "counter",
        "Export requests whose body could be unpacked, by signal, protocol and compression.",
        label="via",
    ),
    Metric(
        "connections_cut_total",
        "counter",
        "Connections ended: a client slow, one too many, or its headers too large, by reason.",
    ),
    Metric(
        "spans_repaired_total",
        "counter",
        "Spans of other instrumentations mended on arrival, by what was mended.",
    ),
    Metric(
        "log_records_total",
        "counter",
        "Log records taken, by kind; a replay is taken twice.",
        label="kind",
    ),
    Metric("log_records_stored_total", "counter", "Log records stored for the first time."),
    Metric(
        "log_contents_dropped_total",
        "counter",
        "Content from logs whose span did not come in a day.",
    ),
    Metric(
        "feedback_total",
        "counter",
        "What was said of answers, by the verdict; incomplete says nothing, or of nothing.",
        label="kind",
        prefix="gemledger_",
    ),
    Metric("metric_points_total", "counter", "Data points of metrics: counted, not stored."),
    Metric("requests_accepted_total", "counter", "Export requests committed and acknowledged."),
    Metric("requests_rejected_total", "counter", "Export requests that are wrong, by reason."),
    Metric("requests_refused_total", "counter", "Export requests turned away for now, by reason."),
    Metric("price_disagreement_total", "counter", "Calls the app priced otherwise, by reason."),
    Metric("unpriced_calls_total", "counter", "Calls whose cost is unknown, by reason."),
    Metric("estimated_calls_total", "counter", "Calls whose cost may be off, by reason."),
    Metric("lower_bound_calls_total", "counter", "Calls that cost at least so much, by reason."),
    Metric(
        "errors_total",
        "counter",
        "Calls that failed or were withheld, by kind.",
        label="kind",
        prefix="gemledger_",
    ),
    Metric("commits_total", "counter", "Transactions committed for ingest."),
    Metric(
        "commit_seconds", "histogram", "Time from the start of a write transaction to its commit."
    ),
    Metric("decode_seconds", "summary", "Time to decode and process one group of requests."),
    Metric("queue_bytes", "gauge", "Bytes of requests waiting for the writer."),
    Metric("queue_limit_bytes", "gauge", "Bytes beyond which requests are refused."),
    Metric("alert_evaluations_total", "counter", "Times all budgets and rules were evaluated."),
    Metric("reports_sent_total", "counter", "Daily reports that were handed to their channels."),
    Metric(
        "report_failures_total",
        "counter",
        "Daily reports that could not be made, and are tried again.",
    ),
    Metric(
        "alert_evaluation_failures_total",
        "counter",
        "Evaluations that failed; the next one tries again.",
    ),
    Metric(
        "budget_checks_total",
        "counter",
        "Times an app asked before it spent, by answer.",
        label="answer",
        prefix="gemledger_",
    ),
    Metric(
        "notifications_delivered_total",
        "counter",
        "Messages about alerts that a channel took.",
        label="channel",
        prefix="gemledger_",
    ),
    Metric(
        "notifications_failed_total",
        "counter",
        "Attempts to send that failed: to be retried, or given up.",
        label="channel",
        prefix="gemledger_",
    ),
    Metric(
        "notifications_given_up_total",
        "counter",
        "Messages about alerts that a channel never took.",
        label="channel",
        prefix="gemledger_",
    ),
    Metric("answers_judged_total", "counter", "Answers graded by the judge, one a dimension."),
    Metric("answers_checked_total", "counter", "Findings of checks, one a check."),
    Metric(
        "judge_errors_total",
        "counter",
        "Gradings and checks that ended without a verdict, by kind.",
    ),
    Metric(
        "judge_halts_total",
        "counter",
        "Rounds of judging that stopped while answers waited, by reason.",
    ),
    Metric(
        "cache_storage_charges_total",
        "counter",
        "Hours of cache storage billed, corrections included.",
    ),
    Metric("settle_failures_total", "counter", "Rounds of settling that failed and came again."),
    Metric("webhooks_accepted_total", "counter", "Webhooks taken, by type of event."),
    Metric("webhooks_refused_total", "counter", "Webhooks that changed nothing, by reason."),
    Metric("settle_fetches_total", "counter", "Attempts to fetch a job, by what came of it."),
    Metric(
        "rows_deleted_total",
        "counter",
        "Rows deleted because they were old or the file too large, by table.",
        label="table",
    ),
    Metric("rollup_rows_merged_total", "counter", "Rows of rollups that merging made unnecessary."),
    Metric(
        "upkeep_failures_total",
        "counter",
        "Steps of upkeep that failed and come again.",
        label="step",
    ),
    Metric(
        "config_reloads_total",
        "counter",
        "Times the configuration was read again, by outcome.",
        label="outcome",
    ),
    Metric(
        "config_last_reload_success_timestamp_seconds",
        "gauge",
        "Unix time at which the configuration in effect was read.",
    ),
    Metric("callers_refused_total", "counter", "Requests refused at the door, by reason."),
    Metric("store_bytes", "gauge", "Size of the database file and its log."),
    Metric(
        "last_commit_timestamp_seconds",
        "gauge",
        "Unix time of the last commit, 0 before the first.",
    ),
)
_BY_NAME = {metric.name: metric for metric in METRICS}


class Telemetry:
    """Counters and gauges by name; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[tuple[str, str | None], float] = {}
        self._seconds: dict[str, list[int]] = defaultdict(lambda: [0] * (len(SECONDS) + 1))
        self._gauges: dict[str, Callable[[], float]] = {}
        self._reasons = 0

    def add(self, name: str, amount: float = 1, *, reason: str | None = None) -> None:
        """Count ``amount`` more. A name that is not in METRICS raises KeyError."""
        self._add(_BY_NAME[name].name, reason, amount)

    def observe(self, name: str, seconds: float) -> None:
        """One more observation of a summary or histogram."""
        if _BY_NAME[name].kind == "histogram":
            with self._lock:
                self._seconds[name][bisect_left(SECONDS, seconds)] += 1
        self._add(f"{name}_sum", None, seconds)
        self._add(f"{name}_count", None, 1)

    def gauge(self, name: str, read: Callable[[], float]) -> None:
        """Ask ``read`` for the value whenever somebody looks."""
        self._gauges[_BY_NAME[name].name] = read

    def read(self, name: str) -> float:
        """A gauge's value now; 0 where nobody tells it."""
        read = self._gauges.get(_BY_NAME[name].name)
        return read() if read else 0

    def total(self, name: str) -> int:
        """A counter's value over all reasons."""
        with self._lock:
            return int(sum(value for (each, _), value in self._values.items() if each == name))

    def by_reason(self, name: str) -> dict[str, int]:
        """A counter's value for each reason, the largest first."""
        with self._lock:
            found = {
                reason: int(value)
                for (each, reason), value in self._values.items()
                if each == name and reason is not None
            }
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    def mean(self, name: str) -> float | None:
        """The mean of what was observed; None before the first."""
        with self._lock:
            count = self._values.get((f"{name}_count", None), 0)
            return self._values[f"{name}_sum", None] / count if count else None

    def render(self) -> str:
        """Everything in Prometheus text format 0.0.4."""
        return "".join(line for metric in METRICS for line in lines(metric, self._samples(metric)))

    def _add(self, name: str, reason: str | None, amount: float) -> None:
        with self._lock:
            if reason is not None and (name, reason) not in self._values:
                reason = clean(reason) if self._reasons < MOST_REASONS else OTHER
                self._reasons += (name, reason) not in self._values
            self._values[name, reason] = self._values.get((name, reason), 0) + amount

    def _samples(self, metric: Metric) -> Iterator[Sample]:
        if metric.kind == "gauge":
            yield Sample(self.read(metric.name))
            return
        with self._lock:
            counts = list(self._seconds[metric.name]) if metric.kind == "histogram" else []
            values = dict(self._values)
        if metric.kind == "histogram":
            yield from histogram(SECONDS, counts, values.get((f"{metric.name}_sum", None), 0.0))
        elif metric.kind == "summary":
            for suffix in ("_sum", "_count"):
                yield Sample(values.get((f"{metric.name}{suffix}", None), 0), (), suffix)
        else:
            found = [
                (reason, value) for (name, reason), value in values.items() if name == metric.name
            ]
            for reason, value in found or [(None, 0)]:
                yield Sample(value, ((metric.label, reason),) if reason else ())
