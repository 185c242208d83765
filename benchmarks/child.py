"""A collector as a child process with its default limits, and what it took of the machine."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

from gemledger_collector.config import Config
from gemledger_collector.service import Ready, serve


class Collector:
    """A collector in a child process over ``folder/bench.duckdb``; ``ready_seconds`` is how long it took to start."""

    def __init__(self, folder: Path, extensions: Mapping[str, object] | None = None) -> None:
        here, there = multiprocessing.get_context("spawn").Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=run_collector, args=(folder, there, extensions or {})
        )
        self._process.start()
        started = float(here.recv())  # after its imports: those are Python's, not the file's
        self.port, self.grpc_port = here.recv()
        self.ready_seconds = time.time() - started

    def resident_megabytes(self) -> int:
        """Memory the process has resident now."""
        return self._memory("VmRSS")

    def peak_megabytes(self) -> int:
        """Most memory the process ever had resident."""
        return self._memory("VmHWM")

    def _memory(self, figure: str) -> int:
        assert self._process.pid is not None
        return process_megabytes(self._process.pid, figure)

    def stop(self) -> None:
        """End it as a person would."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGTERM)
        self._process.join()


def process_megabytes(pid: int, figure: str) -> int:
    """A figure of memory that the system keeps of a process, such as VmRSS."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return (
        next(int(line.split()[1]) for line in status.splitlines() if line.startswith(figure))
        // 1000
    )


def run_collector(folder: Path, ready: Connection, extensions: Mapping[str, object]) -> None:
    """The child: defaults, but for ports, file, and what the benchmark is about."""
    ready.send(time.time())
    free = {"endpoint": "127.0.0.1:0"}
    config = Config.model_validate(
        {
            "receivers": {"otlp": {"protocols": {"http": free, "grpc": free}}},
            "exporters": {"duckdb": {"path": str(folder / "bench.duckdb")}},
            "extensions": extensions,
        }
    )

    def announce(where: Ready) -> None:
        http, grpc = (
            int(url.rpartition(":")[2]) if url else None for url in (where.url, where.grpc_address)
        )
        ready.send((http, grpc))

    sys.exit(serve(config, on_ready=announce))
