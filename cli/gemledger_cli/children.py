"""Child processes of the commands that start several parts: begun together, ended together."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from gemledger_cli.collector_http import http_client

STOP_GRACE_SECONDS = 15.0
POLL_SECONDS = 0.05


class ChildError(Exception):
    """A part did not start, or ended by itself; the text is one line for the person at the terminal."""


@dataclass(slots=True)
class Child:
    """One running part."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path | None = None

    def wait_until_ready(self, url: str, timeout_seconds: float = 60.0) -> None:
        """Poll ``url`` until it answers 200; raise ChildError when the part dies or takes longer than that."""
        deadline = time.monotonic() + timeout_seconds
        with http_client(url, timeout_seconds=1.0) as http:
            while time.monotonic() < deadline:
                if self.process.poll() is not None:
                    raise ChildError(self.last_words("while starting"))
                try:
                    if http.get(url).status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    pass  # not listening yet
                time.sleep(POLL_SECONDS)
        raise ChildError(f"the {self.name} did not answer at {url} within {timeout_seconds:.0f} s")

    def last_words(self, when: str) -> str:
        """How it ended, with the last line it wrote to its log."""
        words = self.log.read_text(errors="replace").strip().splitlines() if self.log else []
        said = f": {words[-1]}" if words else ""
        return f"the {self.name} ended with exit code {self.process.returncode} {when}{said}"

    def stop(self) -> None:
        """Ask it to end, and after a grace period make it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass(slots=True)
class Children:
    """A context in which parts run; leaving it ends them in reverse order."""

    running: list[Child] = field(default_factory=list)

    def start(
        self,
        name: str,
        argv: Sequence[str],
        environ: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> Child:
        """Start one part; its output goes to ``log``, else to this terminal.

        It does not see the terminal's Ctrl-C: this process ends it in order instead.
        """
        with log.open("ab") if log is not None else contextlib.nullcontext() as output:
            process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                argv,
                env={**os.environ, **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(name, process, log)
        self.running.append(child)
        return child

    def first_ended(self) -> Child | None:
        """A part that has ended by itself, if any."""
        return next((child for child in self.running if child.process.poll() is not None), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in reversed(self.running):
            child.stop()


def gemledger(*arguments: str) -> list[str]:
    """The argv of another ``gemledger`` command in this same environment."""
    return [sys.executable, "-m", "gemledger_cli", *arguments]
