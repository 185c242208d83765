"""Spans a second through OTLP/HTTP into DuckDB, against a bare insert of the identical table in the same run.

The collector is a real child process with its default limits; the sender shares the machine's cores with it.
Bodies are made before the clock starts (every span has its own random ids) and sent gzipped.

    python benchmarks/ingest.py [--spans 400000] [--batch 512] [--connections 16]
"""

import argparse
import asyncio
import gzip
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow as pa
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from gemledger import semconv
from gemledger.pricing import load_book
from gemledger_collector.config import Config
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.service import Ready, serve
from gemledger_collector.storage.spans import TRANSIENT
from gemledger_collector.storage.store import Store

RESOURCE = {
    "service.name": "shop",
    "telemetry.sdk.language": "python",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": "1.45.2",
}
GROUP_SPANS = 8192
TEMPLATES = 64


@dataclass(frozen=True, slots=True)
class Load:
    """How much is sent, and how."""

    spans: int
    batch: int
    connections: int

    @property
    def batches(self) -> int:
        """Requests of a run."""
        return self.spans // self.batch


def attributes(chance: random.Random) -> dict[str, str | int | list[str]]:
    """The 24 attributes of one ordinary call."""
    input_tokens, output_tokens = chance.randrange(10, 8000), chance.randrange(10, 900)
    cost = input_tokens * 300_000 + output_tokens * 2_500_000
    return {
        semconv.OPERATION_NAME: "generate_content",
        semconv.PROVIDER_NAME: semconv.PROVIDER_GEMINI,
        semconv.REQUEST_MODEL: "gemini-2.5-flash",
        semconv.RESPONSE_MODEL: "gemini-2.5-flash",
        semconv.RESPONSE_ID: f"{chance.getrandbits(80):020x}",
        semconv.RESPONSE_FINISH_REASONS: ["stop"],
        semconv.SERVER_ADDRESS: "generativelanguage.googleapis.com",
        semconv.SERVER_PORT: 443,
        semconv.INPUT_TOKENS: input_tokens,
        semconv.OUTPUT_TOKENS: output_tokens,
        semconv.CACHE_READ_INPUT_TOKENS: 0,
        semconv.REASONING_OUTPUT_TOKENS: output_tokens // 3,
        semconv.COST_PICO_USD: cost,
        semconv.COST_STATUS: "exact",
        semconv.PRICE_BOOK: load_book().version,
        semconv.PLATFORM: "gemini_api",
        semconv.SERVICE_TIER: "standard",
        semconv.EXCHANGES: 1,
        semconv.ATTEMPTS: 1,
        semconv.ATTRIBUTION_TEAM: chance.choice(["search", "growth", "support"]),
        semconv.ATTRIBUTION_FEATURE: chance.choice(
            ["doc-search", "chat", "mail", "titles", "tags"]
        ),
        semconv.ATTRIBUTION_USER_ID: f"user-{int(chance.paretovariate(1)) % 5000}",
        semconv.ATTRIBUTION_ENVIRONMENT: "production",
        semconv.ATTRIBUTION_PROMPT_VERSION: chance.choice(["v7", "v8"]),
    }


def fill(value: AnyValue, given: str | int | list[str]) -> None:
    """Write one attribute value."""
    if isinstance(given, str):
        value.string_value = given
    elif isinstance(given, int):
        value.int_value = given
    else:
        for word in given:
            value.array_value.values.add(string_value=word)


def bodies(load: Load, start_unix_nano: int) -> Iterator[bytes]:
    """Encoded requests. Some templates are built, then only ids and times change from one to the next."""
    chance = random.Random(7)
    templates = [template(load.batch, chance) for _ in range(min(TEMPLATES, load.batches))]
    for index in range(load.batches):
        request = templates[index % len(templates)]
        for offset, span in enumerate(request.resource_spans[0].scope_spans[0].spans):
            span.trace_id, span.span_id = chance.randbytes(16), chance.randbytes(8)
            span.start_time_unix_nano = start_unix_nano + (index * load.batch + offset) * 25_000
            span.end_time_unix_nano = span.start_time_unix_nano + 700_000_000
        yield request.SerializeToString()


def template(count: int, chance: random.Random) -> ExportTraceServiceRequest:
    """A request of ``count`` calls."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    for key, text in RESOURCE.items():
        resource.resource.attributes.add(key=key).value.string_value = text
    scope = resource.scope_spans.add()
    scope.scope.name, scope.scope.version = semconv.SCOPE_NAME, "0.1.0"
    for _ in range(count):
        span = scope.spans.add(name="generate_content gemini-2.5-flash", kind=3)
        for key, given in attributes(chance).items():
            fill(span.attributes.add(key=key).value, given)
    return request


class Collector:
    """A collector in a child process."""

    def __init__(self, folder: Path) -> None:
        here, there = multiprocessing.get_context("spawn").Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=run_collector, args=(folder, there)
        )
        self._process.start()
        self.port = int(here.recv())

    def peak_megabytes(self) -> int:
        """Most memory the process ever had resident."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return (
            next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
            // 1000
        )

    def stop(self) -> None:
        """End it as a person would."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGTERM)
        self._process.join()


def run_collector(folder: Path, ready: Connection) -> None:
    """The child: defaults, but for port and file."""
    config = Config.model_validate(
        {
            "receivers": {
                "otlp": {
                    "protocols": {
                        "http": {"endpoint": "127.0.0.1:0"},
                        "grpc": {"enabled": False},
                    }
                }
            },
            "exporters": {"duckdb": {"path": str(folder / "bench.duckdb")}},
        }
    )

    def announce(where: Ready) -> None:
        ready.send(where.url.rpartition(":")[2])

    sys.exit(serve(config, on_ready=announce))


async def send(port: int, requests: Sequence[bytes], connections: int) -> int:
    """Send everything over keep-alive connections; how many answers were not 200."""
    waiting = iter(requests)
    return sum(await asyncio.gather(*(one_connection(port, waiting) for _ in range(connections))))


async def one_connection(port: int, waiting: Iterator[bytes]) -> int:
    """One sender: the next request when the last is answered; 503 is sent again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    failures = 0
    for body in waiting:
        head = (
            f"POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\n"
            f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        status = 503
        while status == 503:
            writer.write(head)
            writer.write(body)
            answer = await reader.readuntil(b"\r\n\r\n")
            status = int(answer.split(b" ", 2)[1])
            length = next(
                int(line.split(b":")[1])
                for line in answer.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            await reader.readexactly(length)
        failures += status != 200
    writer.close()
    return failures


def bare_insert(tables: Sequence[pa.Table], folder: Path) -> float:
    """Rows a second of inserting the finished wide tables, and nothing else."""
    store = Store.open(folder / "bare.duckdb")
    started = time.perf_counter()
    for table in tables:
        with store.writing() as transaction:
            transaction.append("spans", table)
    elapsed = time.perf_counter() - started
    store.close()
    return sum(len(table) for table in tables) / elapsed


def finished_tables(raw: Sequence[bytes], batch: int) -> list[pa.Table]:
    """The same spans, processed, in groups as large as the collector's commits may be."""
    chain = Chain(load_book())
    step = max(1, GROUP_SPANS // batch)
    tables = []
    for first in range(0, len(raw), step):
        spans = chain.run(decode(raw[first : first + step]).batch).spans
        tables.append(pa.Table.from_batches([spans.drop_columns(TRANSIENT)]))
    return tables


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spans", type=int, default=400_000)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--connections", type=int, default=16)
    arguments = parser.parse_args()
    load = Load(arguments.spans, arguments.batch, arguments.connections)
    raw = list(bodies(load, time.time_ns()))
    packed = [gzip.compress(body, 6) for body in raw]
    spans = load.batches * load.batch
    size, zipped = len(raw[0]) / load.batch, len(packed[0]) / load.batch
    print(f"{spans} spans of 24 attributes, {size:.0f} bytes each, {zipped:.0f} gzipped")
    print(f"{load.connections} connections, batches of {load.batch}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        collector = Collector(folder)
        try:
            started = time.perf_counter()
            failures = asyncio.run(send(collector.port, packed, load.connections))
            rate = spans / (time.perf_counter() - started)
            memory = collector.peak_megabytes()
        finally:
            collector.stop()
        on_disk = (folder / "bench.duckdb").stat().st_size
        bare = bare_insert(
            finished_tables(raw[: max(1, 100_000 // load.batch)], load.batch), folder
        )
        print(f"OTLP/HTTP  {rate:10,.0f} spans/s   {failures} failures")
        print(f"bare insert{bare:10,.0f} spans/s   ratio {rate / bare:.2f}")
        print(f"collector  {memory:10,} MB at most, {on_disk / spans:.0f} bytes a span on disk")


if __name__ == "__main__":
    main()
