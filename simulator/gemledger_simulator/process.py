"""A simulator in a child process, for the demo, the replay, tests and benchmarks."""

import json
import select
import subprocess
import sys
import tempfile
from contextlib import suppress
from types import TracebackType
from typing import IO, Self

from .settings import Settings


class SimulatorError(RuntimeError):
    """The simulator did not start; the text holds what it said."""


class SimulatorProcess:
    """Starts ``python -m gemledger_simulator`` and waits until it answers; ends with the parent, too.

    Use it as a context manager, or call ``stop``. Raises SimulatorError if it does not start in time.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        port: int = 0,
        tls: bool = False,
        timeout_seconds: float = 30,
    ) -> None:
        flags = [*(settings or Settings()).as_flags(), *(["--tls-port=0"] if tls else [])]
        self._complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `stop`
        self._process = subprocess.Popen(  # noqa: S603 - our own module in our own interpreter
            [sys.executable, "-m", __package__, f"--port={port}", "--until-stdin-closes", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,  # a file: nobody empties a pipe, and a full one would stop the child
            text=True,
        )
        addresses = self._await_addresses(timeout_seconds)
        self.url = addresses["url"]
        """The base URL for ``HttpOptions(base_url=…)``."""
        self.tls_url = addresses.get("tls_url", "")
        """The same over TLS, where ``tls`` was asked for: Live sessions need it."""
        self.certificate = addresses.get("certificate", "")
        """Path of what a client has to trust then, as ``SSL_CERT_FILE`` for example."""

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def _await_addresses(self, timeout_seconds: float) -> dict[str, str]:
        output = _pipe(self._process.stdout)
        ready, _, _ = select.select([output], [], [], timeout_seconds)
        line = output.readline() if ready else ""
        if not line:
            self._process.kill()
            self._process.wait()
            self._complaints.seek(0)
            said = self._complaints.read().strip()
            self.stop()
            raise SimulatorError(
                f"the simulator did not start in {timeout_seconds} s: {said or 'no word'}"
            )
        return dict(json.loads(line))

    def stop(self, timeout_seconds: float = 5) -> None:
        """Ends the child, gently at first. Calling it again does nothing."""
        self._process.terminate()
        try:
            self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (_pipe(self._process.stdin), _pipe(self._process.stdout), self._complaints):
            with suppress(BrokenPipeError):
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None  # every pipe was asked for in the constructor
    return pipe
