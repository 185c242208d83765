"""The collector's own counters, in Prometheus text. They never pass through the pipeline they measure."""

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator

from gemledger_collector.collector_metrics import METRICS
from gemledger_collector.exposition import PREFIX, Metric, Sample, clean, escaped, histogram, lines

__all__ = ["METRICS", "PREFIX", "Metric", "Telemetry", "escaped"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the buckets of every histogram here."""
MOST_REASONS = 400
"""Values of labels over all metrics; a new one beyond them is told as ``other``."""
OTHER = "other"

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
