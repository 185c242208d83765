"""A day that passes when a test says so: one clock for the simulated Gemini, the app and the collector."""

import threading
from types import TracebackType
from typing import Self

from gemledger_simulator.server import create_app
from gemledger_simulator.serving import HOST, SimulatorServer
from gemledger_simulator.settings import Settings


class Clock:
    """Unix nanoseconds that stand still, but for a microsecond a reading, until they are told to go on."""

    def __init__(self, start_unix_nano: int) -> None:
        self._now = start_unix_nano
        self._lock = threading.Lock()

    def __call__(self) -> int:
        """Now."""
        with self._lock:
            self._now += 1000
            return self._now

    def go_on(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._now += int(seconds * 1e9)


class SimulatorInThread:
    """A Gemini that costs nothing and reads this clock, over real HTTP, while the block runs."""

    def __init__(
        self, clock: Clock, settings: Settings | None = None, *, tls: bool = False
    ) -> None:
        self._server = SimulatorServer(settings or Settings(), tls_port=0 if tls else None)
        self._server.config.app = create_app(settings, clock)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="simulator")
        self.url = self._server.url
        self.tls_url = self.certificate = ""
        """For Live sessions, as `SimulatorProcess` has them."""

    def _serve(self) -> None:
        self._server.serve_until_stopped(self._started)

    def _started(self, addresses: dict[str, str]) -> None:
        self.tls_url = addresses.get("tls_url", "")
        self.certificate = addresses.get("certificate", "")
        self._ready.set()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20), f"the simulator at {HOST} did not become ready"
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
