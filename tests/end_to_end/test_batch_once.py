"""A batch settles once, on its submitter: fetched by one, two and eight processes at once, and again a day later."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import types
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from support.batches import FLASH, NOON, asking, wishing
from support.collector import RunningCollector, config_for
from support.day import Clock, SimulatorInThread
from support.gemini import usage

import gemledger
from gemledger.instrumentor import GeminiInstrumentor

FETCHER = """
import sys
import gemledger
gemledger.init()
from google import genai
from google.genai import types
client = genai.Client(api_key="another-key", http_options=types.HttpOptions(base_url=sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    with gemledger.attribution(team="fetchers"):
        job = client.batches.get(name=line.strip())
    assert job.done
    gemledger.flush()
    print("fetched", flush=True)
"""
"""An app of its own: fetches each batch it is told to."""

LINES = [usage(10_000, 1_000), usage(20_000, 3_000), usage(1_000, 10)]
COST = 31_000 * 375_000 + 4_010 * 1_875_000
"""picoUSD of these lines: 3.8 Flash in a batch, .375 and 1.875 USD a million tokens."""


class Fetcher:
    """A process that fetches batches when told to."""

    def __init__(self, gemini_url: str, environ: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", FETCHER, gemini_url],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._tell, self._told = self._process.stdin, self._process.stdout

    def say(self, job: str) -> None:
        """Tell it to fetch, and do not wait."""
        self._tell.write(f"{job}\n")
        self._tell.flush()

    def hear(self) -> str:
        """Wait for its next word."""
        return self._told.readline().strip()

    def close(self) -> None:
        """Let it end."""
        self._tell.close()
        self._process.wait(30)
        self._told.close()


@pytest.fixture
def clock() -> Clock:
    """Google's, the submitter's and the collector's: noon of 2026-11-20. The fetchers have the real one."""
    return Clock(NOON)


@pytest.fixture
def gemini(clock: Clock) -> Iterator[SimulatorInThread]:
    """A Gemini of that day."""
    with SimulatorInThread(clock) as simulator:
        yield simulator


@pytest.fixture
def collector(tmp_path: Path, clock: Clock) -> Iterator[RunningCollector]:
    """A collector of that day, which gets the spans of this process, the submitter."""
    with RunningCollector(config_for(tmp_path / "ledger.duckdb"), clock) as running:
        provider = TracerProvider(shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{running.url}/v1/traces")
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        GeminiInstrumentor().instrument(tracer_provider=provider, clock=clock)
        yield running
        gemledger.uninstrument()


@pytest.fixture
def fetchers(
    gemini: SimulatorInThread,
    collector: RunningCollector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[list[Fetcher]]:
    """Eight of them, ready."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("GEMLEDGER_SPOOL_DIR", str(tmp_path / "spool"))
    with ExitStack() as ending:
        started = [Fetcher(gemini.url, dict(os.environ)) for _ in range(8)]
        for each in started:
            ending.callback(each.close)
        assert [each.hear() for each in started] == ["ready"] * 8
        yield started


def submit(gemini: SimulatorInThread) -> str:
    """A batch of three lines by the search team; Google's name of it."""
    with (
        genai.Client(
            api_key="test-key", http_options=types.HttpOptions(base_url=gemini.url)
        ) as client,
        gemledger.attribution(team="search", feature="digest"),
    ):
        job = client.batches.create(
            model=FLASH, src=asking(3), config=wishing(LINES, after_seconds=60)
        )
    assert job.name is not None
    return job.name


def spend(collector: RunningCollector) -> tuple[str, str]:
    """Cost and committed spend of the day of submission."""
    totals = collector.get(
        "/api/v1/spend", since="2026-11-20T00:00:00Z", until="2026-11-21T00:00:00Z"
    )["totals"]
    return totals["cost_pico_usd"], totals["committed_pico_usd"]


def bill(collector: RunningCollector, job: str) -> list[Any]:
    """Who pays what for a batch, and on which day."""
    return collector.select(
        "select team, feature, start_time::date::varchar, sum(calls)::bigint, sum(cost_pico_usd)::bigint"
        f" from charges where charge_type = 'batch' and job_name = '{job}' group by all"
    )


def test_a_batch_settles_once_however_many_fetch_it(
    gemini: SimulatorInThread,
    collector: RunningCollector,
    clock: Clock,
    fetchers: list[Fetcher],
) -> None:
    """Committed at once; the search team pays on the day of submission, and nothing comes to it a day later."""
    jobs = {submit(gemini): count for count in (1, 2, 8)}
    cost, committed = spend(collector)
    assert (cost, int(committed) > 0) == ("0", True)
    clock.go_on(60)
    for job, count in jobs.items():
        for each in fetchers[:count]:
            each.say(job)
        assert [each.hear() for each in fetchers[:count]] == ["fetched"] * count
    on_the_submitter = ["search", "digest", "2026-11-20", 3, COST]
    assert [bill(collector, job) for job in jobs] == [[on_the_submitter]] * 3
    assert spend(collector) == (str(3 * COST), "0")
    clock.go_on(24 * 3600)
    for job in jobs:
        fetchers[7].say(job)
        assert fetchers[7].hear() == "fetched"
    assert [bill(collector, job) for job in jobs] == [[on_the_submitter]] * 3
    assert spend(collector) == (str(3 * COST), "0")
    assert collector.metric("gemledger_collector_spans_duplicate_total") > 0
    states = collector.get("/api/v1/batches")["totals"]["by_state"]
    assert states == {"settled": 3}
