"""Every metric of every group is what the calls themselves say, out of minutes and out of slots."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.jobs import ask, write_payloads
from support.otlp import NOON, SECOND, call, call_attributes, payload
from support.revising import opened

from gemledger_collector.alerts.alert import Watch
from gemledger_collector.alerts.rules import RuleWatcher
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.storage.store import Store

MINUTE = 60 * SECOND
NOW = NOON + 3 * 60 * MINUTE + 7 * MINUTE + 20 * SECOND
WINDOWS = ("1m", "5m", "1h", "2h", "3h")
Row = Mapping[str, float]
COLUMNS = (
    "start_time_unix_nano, team, calls, errors, error_type, input_tokens, output_tokens, cache_read_tokens, "
    "thoughts_tokens, cost_pico_usd, (cost_status = 'unpriced')::int as unpriced, duration_ms, time_to_first_chunk_ms"
)


def share(upper: Callable[[Row], float], lower: str) -> Callable[[Sequence[Row]], float | None]:
    """A sum by a sum, in billionths."""

    def told(rows: Sequence[Row]) -> float | None:
        below = sum(row[lower] for row in rows)
        return int(sum(map(upper, rows))) * 10**9 // int(below) if below else None

    return told


def percentile(percent: int, column: str) -> Callable[[Sequence[Row]], float | None]:
    """The time at that rank, in microseconds."""

    def told(rows: Sequence[Row]) -> float | None:
        times = sorted(row[column] for row in rows if row[column] is not None)
        rank = math.ceil(percent * len(times) / 100)
        return times[rank - 1] * 1000 if times else None

    return told


def number(column: str) -> Callable[[Row], float]:
    """A column of a row."""
    return lambda row: row[column]


REFERENCE: Mapping[str, Callable[[Sequence[Row]], float | None]] = {
    "cost": lambda rows: sum(row["cost_pico_usd"] for row in rows),
    "cost_of_one_call": lambda rows: max((row["cost_pico_usd"] for row in rows), default=0),
    "calls": lambda rows: sum(row["calls"] for row in rows),
    "tokens": lambda rows: sum(row["input_tokens"] + row["output_tokens"] for row in rows),
    "cost_per_call": lambda rows: (
        sum(row["cost_pico_usd"] for row in rows) // len(rows) if rows else None
    ),
    "thinking_share": share(number("thoughts_tokens"), "output_tokens"),
    "cache_hit_share": share(number("cache_read_tokens"), "input_tokens"),
    "error_share": share(number("errors"), "calls"),
    "unpriced_share": share(number("unpriced"), "calls"),
    "latency_p50": percentile(50, "duration_ms"),
    "latency_p95": percentile(95, "duration_ms"),
    "latency_p99": percentile(99, "duration_ms"),
    "first_chunk_p50": percentile(50, "time_to_first_chunk_ms"),
    "first_chunk_p95": percentile(95, "time_to_first_chunk_ms"),
    "first_chunk_p99": percentile(99, "time_to_first_chunk_ms"),
}


@st.composite
def made(draw: st.DrawFn) -> list[Span]:
    """Calls of the last four hours, many of them of the last minutes."""
    ago = st.one_of(st.integers(-1, 8), st.integers(0, 240))
    return [
        call(
            index,
            start=NOW - draw(ago) * MINUTE - draw(st.integers(0, 59)) * SECOND,
            seconds=draw(st.sampled_from([0.2, 1.0, 3.0, 9.0])),
            attributes=call_attributes(
                attribution_team=draw(st.sampled_from(["search", "growth", None])),
                response_model=draw(st.sampled_from(["gemini-2.5-flash", "unheard-of"])),
                input_tokens=draw(st.integers(100, 10**6)),
                cache_read_input_tokens=draw(st.integers(0, 100)),
                output_tokens=draw(st.integers(10, 10**5)),
                reasoning_output_tokens=draw(st.integers(0, 10)),
                error_type=draw(st.sampled_from([None, None, "429", "503"])),
                time_to_first_chunk_seconds=draw(st.sampled_from([None, 0.3, 2.0])),
            ),
        )
        for index in range(1, draw(st.integers(1, 40)) + 1)
    ]


def rows_by_team(store: Store) -> dict[str | None, list[Row]]:
    """What the calls themselves say."""
    names = [column.split(" as ")[-1] for column in COLUMNS.split(", ")]
    found = defaultdict(list)
    for values in ask(store, f"select {COLUMNS} from charges"):
        row = dict(zip(names, values, strict=True))
        row["cost_pico_usd"] = row["cost_pico_usd"] or 0
        found[row["team"]].append(row)
    return found  # type: ignore[return-value]  # as asked


def expected(metric: str, window: str, rows: Sequence[Row]) -> float | None:
    """The highest of all windows that are not over, on the clock's minutes, or quarters of an hour."""
    seconds = int(window[:-1]) * (60 if window.endswith("m") else 3600)
    grain = (60 if seconds <= 3600 else 900) * SECOND
    ends = range(
        (NOW - 2 * MINUTE) // grain * grain + grain, NOW // grain * grain + grain + 1, grain
    )
    told = [
        REFERENCE[metric](
            [row for row in rows if end - seconds * SECOND <= row["start_time_unix_nano"] < end]
        )
        for end in ends
    ]
    return max((value for value in told if value is not None), default=None)


@settings(max_examples=12, deadline=None)
@given(made())
def test_every_metric_is_what_the_calls_say(spans: list[Span]) -> None:
    """Totals, shares and the dearest call exactly, percentiles within the width of a bucket."""
    rules = [
        RuleConfig.model_validate(
            {"name": f"{metric}.{window}", "metric": metric, "window": window, "min_calls": 0}
            | {"above": "1h" if "_p" in metric and "per" not in metric else 1, "group_by": ["team"]}
        )
        for metric in REFERENCE
        for window in WINDOWS
    ]
    with TemporaryDirectory() as folder:
        store = opened(folder)
        write_payloads(store, [payload(spans)])
        watcher = RuleWatcher(rules, Minutes(store))
        teams = rows_by_team(store)
        with store.reading() as snapshot:
            for rule, said in watcher.verdicts(snapshot, Watch(NOW, 2 * MINUTE)):
                metric, window = rule.name.split(".")
                told = {
                    group[0]: value
                    for group, value, silent in zip(
                        said.groups, said.values, said.silent, strict=True
                    )
                    if not silent
                }
                for team, rows in teams.items():
                    wanted = expected(metric, window, rows)
                    if wanted is not None:
                        assert told.get(team, 0) == pytest.approx(
                            wanted, rel=0.026 if "_p" in metric and "per" not in metric else 0
                        ), (metric, window, team)
        store.close()
