"""What the process is and what it holds: version, start, memory, open files; Linux tells the last two."""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from gemledger_collector.exposition import Metric, Sample, lines

BUILD = Metric("build_info", "gauge", "1, with the versions as labels.", label="version")
START = Metric(
    "process_start_time_seconds", "gauge", "Unix time at which the collector started.", prefix=""
)
UPTIME = Metric("uptime_seconds", "gauge", "Since the collector started.")
MEMORY = Metric("process_resident_memory_bytes", "gauge", "Memory of the process.", prefix="")
FILES = Metric("process_open_fds", "gauge", "Open files and connections.", prefix="")
METRICS = (BUILD, START, UPTIME, MEMORY, FILES)

_PROC = Path("/proc/self")


@dataclass(frozen=True, slots=True)
class Build:
    """Versions of what runs."""

    collector: str
    price_book: str


def render(build: Build, started_unix_nano: int, now_unix_nano: int) -> str:
    """In Prometheus text format 0.0.4."""
    return "".join(_text(build, started_unix_nano, now_unix_nano))


def resident_bytes() -> int | None:
    """Memory that the process has resident; None where /proc does not tell."""
    try:
        pages = int((_PROC / "statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _text(build: Build, started: int, now: int) -> Iterator[str]:
    labels = (
        ("version", build.collector),
        ("price_book", build.price_book),
        ("python", platform.python_version()),
        ("duckdb", version("duckdb")),
    )
    yield from lines(BUILD, [Sample(1, labels)])
    yield from lines(START, [Sample(started / 1e9)])
    yield from lines(UPTIME, [Sample((now - started) / 1e9)])
    memory = resident_bytes()
    if memory is not None:
        yield from lines(MEMORY, [Sample(memory)])
        yield from lines(FILES, [Sample(len(list((_PROC / "fd").iterdir())))])
