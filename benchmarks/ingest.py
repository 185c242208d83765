"""Spans a second through OTLP into DuckDB, against a bare insert of the identical tables in the same run.

The collector is a real child process with its default limits; the sender shares the machine's cores with it.
Requests are made before the clock starts, every span with random ids of its own. Over HTTP they are gzipped
beforehand, over gRPC by gRPC within the time measured.

    python benchmarks/ingest.py [--spans 400000] [--only http:512:16]
"""

import argparse
import asyncio
import gzip
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from child import Collector
from otlp_load import Load, bodies
from senders import send_grpc, send_http

from gemledger.pricing import load_book
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.storage.spans import stored_columns
from gemledger_collector.storage.store import Store

GROUP_SPANS = 8192
BARE_SPANS = 200_000


@dataclass(frozen=True, slots=True)
class Case:
    """One way of sending, and the bar it has (spans a second; 0: none)."""

    protocol: str
    batch: int
    connections: int
    bar: int = 0

    @property
    def name(self) -> str:
        """As ``--only`` takes it."""
        return f"{self.protocol}:{self.batch}:{self.connections}"


CASES = (
    Case("http", 1, 64, bar=2_000),
    Case("http", 64, 16),
    Case("http", 512, 1, bar=10_000),
    Case("http", 512, 16, bar=40_000),
    Case("http", 8192, 4),
    Case("grpc", 1, 64),
    Case("grpc", 64, 16),
    Case("grpc", 512, 16),
    Case("grpc", 8192, 4),
)
RATIO_BAR, MEMORY_BAR_MB, DISK_BAR_BYTES = 0.25, 600, 110


@dataclass(frozen=True, slots=True)
class Result:
    """What a case measured."""

    spans_per_second: float
    failures: int
    peak_megabytes: int
    bytes_per_span: float


def spans_of(case: Case, most: int) -> int:
    """Single spans take their time: fewer of them say as much."""
    return min(most, case.batch * 20_000) if case.batch < 64 else most


def measured(case: Case, most: int) -> Result | None:
    """Send a case to a fresh collector; None where it does not speak the protocol."""
    load = Load(spans_of(case, most), case.batch, case.connections)
    raw = list(bodies(load, time.time_ns()))
    requests = [gzip.compress(body, 6) for body in raw] if case.protocol == "http" else raw
    spans = load.batches * load.batch
    with tempfile.TemporaryDirectory() as folder:
        collector = Collector(Path(folder))
        try:
            port = collector.port if case.protocol == "http" else collector.grpc_port
            if port is None:
                return None
            send = send_http if case.protocol == "http" else send_grpc
            started = time.perf_counter()
            failures = asyncio.run(send(port, requests, load.connections))
            rate = spans / (time.perf_counter() - started)
            memory = collector.peak_megabytes()
        finally:
            collector.stop()
        disk = (Path(folder) / "bench.duckdb").stat().st_size / spans
    return Result(rate, failures, memory, disk)


def bare_insert() -> float:
    """Rows a second of inserting the finished wide tables of batches of 512, and nothing else."""
    raw = list(bodies(Load(BARE_SPANS, 512, 1), time.time_ns()))
    tables = finished_tables(raw, GROUP_SPANS // 512)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "bare.duckdb")
        started = time.perf_counter()
        for table in tables:
            with store.writing() as transaction:
                transaction.append("spans", table)
        elapsed = time.perf_counter() - started
        store.close()
    return sum(len(table) for table in tables) / elapsed


def finished_tables(raw: Sequence[bytes], requests: int) -> list[pa.Table]:
    """The spans processed as the collector does, in groups as large as its commits may be."""
    chain = Chain(load_book())
    groups = (raw[first : first + requests] for first in range(0, len(raw), requests))
    return [stored_columns(chain.run(decode(group).batch).spans) for group in groups]


def verdict(value: float, bar: float, *, at_most: bool = False) -> str:
    """A figure's bar and whether it holds."""
    if not bar:
        return ""
    holds = value <= bar if at_most else value >= bar
    return f"bar {'<=' if at_most else '>='} {bar:,g}: {'holds' if holds else 'MISSED'}"


def report(case: Case, found: Result | None, bare: float) -> None:
    """One line of the table."""
    if found is None:
        print(f"{case.name:14} not spoken by this collector")
        return
    rate = found.spans_per_second
    print(
        f"{case.name:14} {rate:9,.0f} spans/s  {rate / bare:5.2f} x bare  {found.peak_megabytes:4} MB  "
        f"{found.bytes_per_span:5.0f} B/span  {found.failures} failed  {verdict(rate, case.bar)}"
    )
    if case.batch == 512 and case.connections == 16 and case.protocol == "http":
        print(f"{'':14} {rate / bare:9.2f} x bare    {verdict(rate / bare, RATIO_BAR)}")
        megabytes, size = found.peak_megabytes, found.bytes_per_span
        print(f"{'':14} {megabytes:9} MB at most {verdict(megabytes, MEMORY_BAR_MB, at_most=True)}")
        print(f"{'':14} {size:9.0f} B a span   {verdict(size, DISK_BAR_BYTES, at_most=True)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spans", type=int, default=400_000, help="spans of a case (%(default)s)")
    parser.add_argument("--only", default="", help="one case, as PROTOCOL:BATCH:CONNECTIONS")
    arguments = parser.parse_args()
    bare = bare_insert()
    print(f"bare insert    {bare:9,.0f} spans/s  of the same columns, in groups of {GROUP_SPANS}")
    for case in CASES:
        if arguments.only in ("", case.name):
            report(case, measured(case, arguments.spans), bare)


if __name__ == "__main__":
    main()
