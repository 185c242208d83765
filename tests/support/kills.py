"""A collector that is killed under load, and the ledger of what it had acknowledged by then."""

import asyncio
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.jobs import ONE_ANSWER
from support.otlp import NOON, call, request

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

SPANS = 100
"""Of one request, which is a batch: its spans are numbered from 100 x its own number."""
READY_SECONDS = 60.0
_FORKS = multiprocessing.get_context("forkserver")
"""Each collector is a process of its own, forked from one that has imported everything: it is ready in a moment."""


def _serve(path: str, ready: Connection) -> None:
    """The child: a whole collector over the file, as ``gemledger serve`` runs it."""
    from gemledger_collector.config import Config  # noqa: PLC0415 - in the child alone
    from gemledger_collector.service import Ready, serve  # noqa: PLC0415

    def announce(where: Ready) -> None:
        ready.send(where.url)

    http, grpc = {"endpoint": "127.0.0.1:0"}, {"endpoint": "127.0.0.1:0"}
    document = {
        "receivers": {"otlp": {"protocols": {"http": http, "grpc": grpc}}},
        "exporters": {"duckdb": {"path": path, "retention": {"spans": None}}},
    }
    serve(Config.model_validate(document), on_ready=announce)


class Victim:
    """A collector process over a file."""

    def __init__(self, path: Path) -> None:
        _FORKS.set_forkserver_preload(["gemledger_collector.service"])
        self.path = path
        self._ready, there = _FORKS.Pipe(duplex=False)
        self.process: BaseProcess = _FORKS.Process(target=_serve, args=(str(path), there))
        self.process.start()
        there.close()
        self.url = ""

    def wait_until_ready(self) -> None:
        """Fails when it ends, or takes long."""
        assert self._ready.poll(READY_SECONDS), "the collector did not become ready"
        self.url = self._ready.recv()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.join()

    def terminate(self) -> None:
        """Ask it to end; does not wait."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGTERM)

    def ask(self, sql: str) -> list[Any]:
        """The one row of a SELECT."""
        answer = httpx.post(
            f"{self.url}/api/v1/query", json={"sql": sql}, trust_env=False, timeout=60
        )
        assert answer.status_code == 200, answer.text
        row: list[Any] = answer.json()["rows"][0]
        return row

    @property
    def wal(self) -> Path:
        """The write-ahead log."""
        return self.path.with_name(self.path.name + ".wal")


def size_of(path: Path) -> int:
    """Bytes; 0 where there is no file."""
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def written_at(path: Path) -> int:
    """When the file was last written; 0 where there is none."""
    with suppress(FileNotFoundError):
        return path.stat().st_mtime_ns
    return 0


def wait_for_change(look: Callable[[], int], seconds: float) -> bool:
    """Whether what is looked at changed in time; looks as often as it can."""
    before, give_up = look(), time.monotonic() + seconds
    while time.monotonic() < give_up:
        if look() != before:
            return True
    return False


def encoded(batch: int, template: Span) -> bytes:
    """The request of a batch: the same bytes whenever it is sent."""
    spans = []
    for number in range(batch * SPANS, (batch + 1) * SPANS):
        span = Span()
        span.CopyFrom(template)
        span.span_id = (number + 1).to_bytes(8, "big")
        span.start_time_unix_nano = NOON + number * 1000
        spans.append(span)
    return request(spans).SerializeToString()


@dataclass
class Ledger:
    """What was sent, and what was acknowledged: known outside the collector."""

    next_batch: int = 0
    acknowledged: set[int] = field(default_factory=set)
    open: set[int] = field(default_factory=set)
    """Sent and not answered: they may be there or not, whole."""

    def save(self, path: Path) -> None:
        """Keep it for a run that goes on."""
        known = {
            "next_batch": self.next_batch,
            "acknowledged": sorted(self.acknowledged),
            "open": sorted(self.open),
        }
        path.write_text(json.dumps(known), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Ledger":
        """The ledger of a run before, or a new one."""
        if not path.exists():
            return cls()
        known = json.loads(path.read_text(encoding="utf-8"))
        return cls(known["next_batch"], set(known["acknowledged"]), set(known["open"]))

    def batches(self, again: list[int]) -> Iterator[int]:
        """Those to send again, then new ones for ever."""
        yield from again
        while True:
            self.next_batch += 1
            yield self.next_batch - 1


def load(
    victim: Victim,
    ledger: Ledger,
    again: list[int],
    connections: int,
    meanwhile: Callable[[], None],
) -> None:
    """Send over several connections until ``meanwhile``, in a thread of its own, has killed the collector."""
    asyncio.run(_load(victim, ledger, again, connections, meanwhile))


async def _load(
    victim: Victim,
    ledger: Ledger,
    again: list[int],
    connections: int,
    meanwhile: Callable[[], None],
) -> None:
    template, batches = call(1), ledger.batches(again)
    port = int(victim.url.rpartition(":")[2])
    senders = [
        asyncio.create_task(_send(port, ledger, batches, template)) for _ in range(connections)
    ]
    try:
        await asyncio.to_thread(meanwhile)
        await asyncio.wait(senders, timeout=10)
    finally:
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)


async def _send(port: int, ledger: Ledger, batches: Iterator[int], template: Span) -> None:
    """One keep-alive connection; ends when the collector does."""
    with suppress(OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for batch in batches:
                ledger.open.add(batch)
                body = encoded(batch, template)
                writer.write(
                    b"POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\n"
                    b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
                )
                answer = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line[15:])
                    for line in answer.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                )
                await reader.readexactly(length)
                if answer.startswith(b"HTTP/1.1 200"):
                    ledger.acknowledged.add(batch)
                    ledger.open.discard(batch)
        finally:
            writer.close()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the store holds against the ledger; all must be zero."""

    lost: int
    doubled: int
    unbooked_pico_usd: int

    @property
    def good(self) -> bool:
        """Nothing lost, nothing twice, and the ledger sums to the charges."""
        return self == Verdict(0, 0, 0)


_PRESENT = f"""
select coalesce(string_agg(batch::varchar, ',') filter (n = {SPANS} and d = {SPANS}), ''),
       coalesce(sum(n - d), 0)::bigint,
       count(*) filter (d <> {SPANS})::bigint,
       (select coalesce(sum(cost_pico_usd), 0)::hugeint::varchar from charges),
       (select coalesce(sum(cost_pico_usd), 0)::hugeint::varchar from ledger),
       (select coalesce(sum(calls), 0)::bigint from ledger)
from (
    select (span_id - 1)::bigint // {SPANS} as batch, count(*) as n, count(distinct span_id) as d from spans group by 1
)
"""


def judge(victim: Victim, ledger: Ledger) -> Verdict:
    """Compare; what is found of open batches counts as there from now on."""
    batches, doubled, torn, charged, booked, calls = victim.ask(_PRESENT)
    present = {int(batch) for batch in batches.split(",") if batch}
    lost = len(ledger.acknowledged - present) * SPANS + torn
    bill = len(present) * SPANS * ONE_ANSWER
    unbooked = abs(int(charged) - int(booked)) + abs(int(charged) - bill)
    strangers = len(present - ledger.acknowledged - ledger.open)
    ledger.acknowledged |= present & ledger.open
    ledger.open -= present
    return Verdict(lost, doubled + strangers + abs(calls - len(present) * SPANS), unbooked)
