"""Real parts as child processes."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from gemledger_cli.children import Child, gemledger


@dataclass
class Asked:
    """A running collector, asked as its users ask."""

    url: str

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Ask as a user does: with ``gemledger query --json``."""
        answer = run_gemledger("query", sql, "--json", "--url", self.url)
        assert answer.returncode == 0, answer.stderr
        rows: list[dict[str, Any]] = httpx.Response(200, content=answer.stdout).json()
        return rows

    def get(self, path: str, **parameters: Any) -> Any:
        """GET a path of the read API and return its JSON."""
        return self._ok(path, parameters).json()

    def get_text(self, path: str) -> str:
        """GET a path and return its text."""
        return self._ok(path, {}).text

    def _ok(self, path: str, parameters: dict[str, Any]) -> httpx.Response:
        answer = httpx.get(f"{self.url}{path}", params=parameters, trust_env=False, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer


@dataclass
class CollectorProcess(Asked):
    """A collector in a child process, which can be killed and started again over the same file."""

    config: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What it says on standard error."""
        return self.config.with_suffix(".log")

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                gemledger("serve", "--config", str(self.config)),
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        Child("collector", self.process).wait_until_ready(f"{self.url}/readyz")

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it politely; fail when it does not end well."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(20) == 0


def run_gemledger(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run one ``gemledger`` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "gemledger_cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )
