"""``make fuzz``: a real collector is sent hundreds of thousands of spoiled bodies, and must not mind.

Every body follows from the seed and its number, so that a finding can be repeated: ``--first NUMBER --count 1``.
Each round of bodies has a collector of its own in a child process. Every body must be answered, with a status that is
documented for it and never for an error of the collector's own; at the end of a round `charges` must sum to `ledger`,
and the process must end well. Memory is printed three times a round. A state file makes a long run resumable. Exit
code 1: something was found.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from support.fuzz_corpus import Body, body
from support.processes import CollectorProcess

from gemledger_cli.addresses import free_port
from gemledger_cli.children import ChildError

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPECTED = {
    "/v1": {200, 400, 404, 413, 415},
    "/api": {200, 400, 403, 422, 503},  # 503: another question is being answered
}
OWN_FAULT = (b"could not be stored", b"error of its own", b"being reopened")
"""What the collector says when the fault is its own."""
CONNECTIONS = 100
ROUND = 50_000
SUMS = (
    "select (select coalesce(sum(cost_pico_usd), 0)::hugeint::varchar from charges) as charged, "
    "(select coalesce(sum(cost_pico_usd), 0)::hugeint::varchar from ledger) as booked, "
    "(select coalesce(sum(calls), 0)::bigint from charges) as calls, "
    "(select coalesce(sum(calls), 0)::bigint from ledger) as booked_calls"
)


@dataclass
class State:
    """How far a run has come."""

    seed: int
    done: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    seconds: float = 0
    growth_percent: list[float] = field(default_factory=list)


def read_state(path: Path | None, seed: int) -> State:
    """The state in the file where it is of the same seed, else a new one."""
    if path is not None and path.exists():
        state = State(**json.loads(path.read_text(encoding="utf-8")))
        if state.seed == seed:
            return state
    return State(seed)


class Sender:
    """Sends bodies over keep-alive connections and notes what is odd about the answers."""

    def __init__(self, port: int, seed: int, numbers: range) -> None:
        self._port = port
        self._seed = seed
        self._numbers: Iterator[int] = iter(numbers)
        self.statuses: Counter[str] = Counter()
        self.findings: list[str] = []
        self.answered = 0

    async def send_all(self) -> None:
        """Every body, over several connections."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CONNECTIONS):
                tasks.create_task(self._one_connection())

    async def _one_connection(self) -> None:
        connection = None
        for number in self._numbers:
            sent = body(self._seed, number)
            try:
                if connection is None:
                    connection = await asyncio.open_connection("127.0.0.1", self._port)
                status, answer = await asyncio.wait_for(ask(*connection, sent), 300)
            except (OSError, EOFError, asyncio.IncompleteReadError, TimeoutError) as error:
                self.findings.append(f"{number} {sent.path}: no answer ({type(error).__name__})")
                if connection is not None:
                    connection[1].close()
                connection = None
                if len(self.findings) > 3 * CONNECTIONS:
                    return  # the collector is gone
                continue
            self._judge(number, sent, status, answer)
        if connection is not None:
            connection[1].close()

    def _judge(self, number: int, sent: Body, status: int, answer: bytes) -> None:
        self.answered += 1
        self.statuses[f"{sent.path} {status}"] += 1
        family = "/v1" if sent.path.startswith("/v1") else "/api"
        if status not in EXPECTED[family] or any(fault in answer for fault in OWN_FAULT):
            self.findings.append(f"{number} {sent.path}: {status} {answer[:300]!r}")


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: Body
) -> tuple[int, bytes]:
    """One request and its answer."""
    encoding = f"Content-Encoding: {sent.encoding}\r\n" if sent.encoding else ""
    head = (
        f"POST {sent.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {sent.media}\r\n{encoding}"
        f"Content-Length: {len(sent.content)}\r\n\r\n"
    )
    writer.write(head.encode() + sent.content)
    answer = await reader.readuntil(b"\r\n\r\n")
    status = int(answer.split(b" ", 2)[1])
    lines = answer.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
    return status, await reader.readexactly(length)


def resident_megabytes(pid: int) -> float:
    """Memory a process has now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


def collector(folder: Path) -> CollectorProcess:
    """A collector on a free port with a file of its own."""
    port = free_port()
    config = folder / "fuzz.yaml"
    http = {"endpoint": f"127.0.0.1:{port}", "max_decompressed_bytes": "4MiB"}
    duckdb = {
        "path": str(folder / "fuzz.duckdb"),
        "retention": {"spans": None},  # spans from 1970 are welcome
    }
    document = {
        "receivers": {"otlp": {"protocols": {"http": http, "grpc": {"endpoint": "127.0.0.1:0"}}}},
        "exporters": {"duckdb": duckdb},
    }
    config.write_text(json.dumps(document), encoding="utf-8")
    return CollectorProcess(f"http://127.0.0.1:{port}", config)


def one_round(state: State, count: int) -> None:
    """A collector, ``count`` bodies, and the sums."""
    with tempfile.TemporaryDirectory() as folder:
        running = collector(Path(folder))
        try:
            running.start()
        except ChildError:
            print(running.log.read_text(errors="replace"))
            raise
        assert running.process is not None
        started, memory = time.perf_counter(), []
        try:
            for first in range(state.done, state.done + count, max(1, -(-count // 3))):
                last = min(first + max(1, -(-count // 3)), state.done + count)
                sender = Sender(int(running.url.rpartition(":")[2]), state.seed, range(first, last))
                asyncio.run(sender.send_all())
                state.statuses = dict(Counter(state.statuses) + sender.statuses)
                state.findings += sender.findings
                memory.append(resident_megabytes(running.process.pid))
            state.findings += unequal_sums(running)
            running.stop()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            last_words = running.log.read_text(errors="replace")[-5000:]
            state.findings.append(f"round from {state.done}: {error!r}: {last_words}")
            running.kill()
        state.seconds += time.perf_counter() - started
        state.done += count
        if memory:
            growth = 100 * (memory[-1] - memory[0]) / memory[0]
            state.growth_percent.append(round(growth, 1))
            report(state, count, memory)


def unequal_sums(running: CollectorProcess) -> list[str]:
    """What the charges and the ledger disagree about."""
    sums = running.query(SUMS)[0]
    agree = sums["charged"] == sums["booked"] and sums["calls"] == sums["booked_calls"]
    return [] if agree else [f"charges do not sum to the ledger: {sums}"]


def report(state: State, count: int, memory: list[float]) -> None:
    """One line a round."""
    sizes = " ".join(f"{size:.0f}" for size in memory)
    print(
        f"{state.done:>9} bodies  {state.done / state.seconds:6.0f}/s  {len(state.findings)} findings  "
        f"memory {sizes} MB in {count} bodies",
        flush=True,
    )


def main(arguments: list[str]) -> int:
    """Run, print, and say by the exit code whether anything was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100_000, help="bodies in all")
    parser.add_argument("--first", type=int, default=0, help="number of the first body")
    parser.add_argument("--round", type=int, default=ROUND, help="bodies for each collector")
    parser.add_argument("--state", type=Path, help="file that makes the run resumable")
    options = parser.parse_args(arguments)
    state = read_state(options.state, options.seed)
    state.done = max(state.done, options.first)
    end = options.first + options.count
    while state.done < end:
        one_round(state, min(options.round, end - state.done))
        if options.state is not None:
            options.state.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
    for key, count in sorted(state.statuses.items()):
        print(f"{count:>9}  {key}")
    print(*state.findings[:20], sep="\n")
    return 1 if state.findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
