"""A Streamlit app as a process, and what it asked while a page was opened."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from child import process_megabytes

from gemledger_dashboard.frame import process

HERE = Path(__file__).parent
BARE = HERE / "bare" / "app.py"
START_SECONDS, FORGOTTEN_SECONDS = 60, 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asked: how many questions, and how long it waited for answers."""

    questions: int
    milliseconds: float


@dataclass
class Served:
    """A running app."""

    url: str
    pid: int
    answers: Path
    _read: int = field(default=0)

    def forget(self) -> None:
        """Empty its caches, so that the next page has to ask; and what it asked until now."""
        os.kill(self.pid, signal.SIGUSR1)
        time.sleep(FORGOTTEN_SECONDS)
        self.asked()

    def asked(self) -> Asked:
        """What was asked since this was last called."""
        lines = self.answers.read_text(encoding="utf-8").splitlines()[self._read :]
        self._read += len(lines)
        said = [json.loads(line) for line in lines]
        return Asked(len(said), _awaited([(each["began"], each["ended"]) for each in said]) * 1000)

    def megabytes(self) -> int:
        """Memory it has resident now."""
        return process_megabytes(self.pid, "VmRSS")

    def peak_megabytes(self) -> int:
        """The most memory it ever had resident."""
        return process_megabytes(self.pid, "VmHWM")


def _awaited(answers: list[tuple[float, float]]) -> float:
    """Seconds in which at least one answer was awaited: what is asked at once is waited for once."""
    seconds, until = 0.0, 0.0
    for began, ended in sorted(answers):
        seconds += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return seconds


@contextmanager
def serving(folder: Path, collector_port: int, app: Path | None = None) -> Iterator[Served]:
    """The dashboard over a collector, or another app with the same settings, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    name = app.parent.name if app else "dashboard"
    answers = folder / f"{name}.jsonl"
    answers.touch()
    command = process.command(port=port, collector_url=f"http://127.0.0.1:{collector_port}")
    if app:
        command[command.index("run") + 1] = str(app)
    watched = [sys.executable, str(HERE / "watched_streamlit.py"), str(answers), *command[2:]]
    with (folder / f"{name}.log").open("wb") as log:
        child = subprocess.Popen(watched, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, child)
        yield Served(url, child.pid, answers)
    finally:
        child.terminate()
        child.wait()


def _wait_for(url: str, child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        try:
            httpx.get(f"{url}/_stcore/health", trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{url} did not answer within {START_SECONDS} s")
