"""Every query of the dashboard at 1 and 10 million spans, while 5,000 spans a second arrive.

The store is loaded by SQL, every hundredth answer judged; then a real collector process owns it, a sender keeps it
busy, and each question is asked over HTTP as the dashboard asks it. At 100 million spans only the rollups are asked,
where the disk has 30 GB to spare.

    python benchmarks/query.py [--spans 1000000 10000000 100000000] [--rounds 10]
"""

import argparse
import asyncio
import gzip
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import big_store
import httpx
from child import Collector
from otlp_load import Load, bodies
from senders import send_http

ARRIVING_PER_SECOND, BATCH = 5_000, 500
ROLLUP_BAR_MS, RAW_BAR_MS, READY_BAR_SECONDS, IDLE_BAR_MB = 100, 300, 2, 300
HUGE, HUGE_NEEDS_BYTES = 100_000_000, 30 * 10**9


@dataclass(frozen=True, slots=True)
class Question:
    """One GET. ``raw`` questions look at spans, or answer a whole page; others look at rollups only."""

    name: str
    path: str
    params: Mapping[str, str | list[str]]
    raw: bool = False


def questions(now: int) -> tuple[Question, ...]:
    """What the dashboard's pages ask, over the last 30 days and the last day."""
    month = {"since": iso(now - 30 * 86400), "until": iso(now), "timezone": "Europe/Berlin"}
    day = month | {"since": iso(now - 86400)}
    spans = {name: month[name] for name in ("since", "until")}
    return (
        Question(
            "spend by day and model", "/api/v1/spend", {**month, "bucket": "day", "by": "model"}
        ),
        Question(
            "spend by team, month", "/api/v1/spend", {**month, "bucket": "total", "by": "team"}
        ),
        Question(
            "spend by five keys, by day",
            "/api/v1/spend",
            {
                **month,
                "bucket": "day",
                "by": ["model", "team", "feature", "environment", "prompt_version"],
            },
        ),
        Question("spend by hour, day", "/api/v1/spend", {**day, "bucket": "hour", "by": "feature"}),
        Question(
            "latency by day and model", "/api/v1/latency", {**month, "bucket": "day", "by": "model"}
        ),
        Question("users of a month", "/api/v1/users", spans),
        Question("errors by day", "/api/v1/errors", {**month, "bucket": "day"}),
        Question("filters", "/api/v1/filters", spans),
        Question("services", "/api/v1/services", {}),
        Question("budgets and rules", "/api/v1/budgets", {}),
        Question("alerts", "/api/v1/alerts", spans),
        Question("quality", "/api/v1/quality", {**month, "bucket": "day"}),
        Question("changes", "/api/v1/changes", spans),
        Question("rate limits", "/api/v1/rate-limits", {}),
        Question("status", "/api/v1/status", {}),
        Question("batches", "/api/v1/batches", {}),
        Question("caches", "/api/v1/caches", {}),
        Question("overview", "/api/v1/overview", {"timezone": "Europe/Berlin"}, raw=True),
        Question("waste of a month", "/api/v1/waste", spans, raw=True),
        Question("dearest conversations", "/api/v1/conversations", spans, raw=True),
        Question("alerts' board", "/api/v1/alerts/board", {}, raw=True),
        Question(
            "quality, whole page", "/api/v1/quality/summary", {**month, "bucket": "day"}, raw=True
        ),
        Question("newest calls", "/api/v1/calls", {**spans, "limit": "50"}, raw=True),
        Question(
            "dearest calls",
            "/api/v1/calls",
            {**spans, "limit": "50", "order": "dearest"},
            raw=True,
        ),
        Question(
            "slowest calls of a team",
            "/api/v1/calls",
            {**spans, "limit": "50", "order": "slowest", "team": "search"},
            raw=True,
        ),
        Question(
            "calls of a user",
            "/api/v1/calls",
            {**spans, "limit": "50", "user_id": "user-17"},
            raw=True,
        ),
    )


def iso(seconds: int) -> str:
    """A moment as the API takes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def arriving(port: int) -> Iterator[Callable[[], int]]:
    """5,000 spans a second come in while the block runs; gives how many did so far."""
    load = Load(BATCH * 600, BATCH, 1)
    waiting = [gzip.compress(body) for body in bodies(load, time.time_ns())]
    stop, sent = threading.Event(), [0]

    def keep_sending() -> None:
        started = time.monotonic()
        for body in waiting:
            if stop.wait(max(0.0, started + sent[0] / ARRIVING_PER_SECOND - time.monotonic())):
                return
            asyncio.run(send_http(port, [body], 1))
            sent[0] += BATCH

    sender = threading.Thread(target=keep_sending)
    sender.start()
    try:
        yield lambda: sent[0]
    finally:
        stop.set()
        sender.join()


def asked(client: httpx.Client, question: Question, rounds: int) -> list[float] | None:
    """Milliseconds of each answer; None where the collector has no such route."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        answer = client.get(question.path, params=dict(question.params))
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code != httpx.codes.OK:
            print(f"  {question.name:30} {answer.status_code}: {answer.text[:120]}")
            return None
    return sorted(times)


def measure(spans: int, rounds: int) -> None:
    """One size: load, start, ask."""
    now = int(time.time()) // 900 * 900
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.perf_counter()
        big_store.load(folder / "bench.duckdb", spans, now)
        size = (folder / "bench.duckdb").stat().st_size
        print(
            f"== {spans:,} spans: loaded in {time.perf_counter() - started:.0f} s, {size / spans:.0f} bytes a span"
        )
        collector = Collector(folder)
        try:
            print(
                f"  ready after {collector.ready_seconds:.1f} s (bar {READY_BAR_SECONDS}), idle "
                f"{collector.resident_megabytes()} MB (bar {IDLE_BAR_MB})"
            )
            ask_all(
                collector, [each for each in questions(now) if spans < HUGE or not each.raw], rounds
            )
            print(f"  {collector.peak_megabytes()} MB at most")
        finally:
            collector.stop()


def ask_all(collector: Collector, every: list[Question], rounds: int) -> None:
    """Ask each question some times while spans arrive, and print what it took."""
    base = f"http://127.0.0.1:{collector.port}"
    with (
        httpx.Client(base_url=base, timeout=60, trust_env=False) as client,
        arriving(collector.port) as sent,
    ):
        started = time.perf_counter()
        for question in every:
            times = asked(client, question, rounds)
            if times is None:
                continue
            bar = RAW_BAR_MS if question.raw else ROLLUP_BAR_MS
            median, worst = statistics.median(times), times[-1]
            verdict = "holds" if median <= bar else "MISSED"
            print(
                f"  {question.name:30} {median:7.1f} ms median {worst:7.1f} worst   bar {bar}: {verdict}"
            )
        print(f"  meanwhile {sent() / (time.perf_counter() - started):,.0f} spans/s arrived")


def main() -> None:
    """Measure every size that fits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spans", type=int, nargs="+", default=[1_000_000, 10_000_000, HUGE])
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    for spans in arguments.spans:
        free = shutil.disk_usage(tempfile.gettempdir()).free
        if spans >= HUGE and free < HUGE_NEEDS_BYTES:
            print(
                f"== {spans:,} spans: skipped, {free / 1e9:.0f} GB of disk are free and it needs 30"
            )
            continue
        measure(spans, arguments.rounds)


if __name__ == "__main__":
    main()
