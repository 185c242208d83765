"""uvicorn as the collector runs it: it says when it is ready, and leaves signals to the service."""

import socket
import ssl
from collections.abc import Callable
from contextlib import nullcontext

import uvicorn

from gemledger_collector.api.hosts import App
from gemledger_collector.receivers.slow_clients import Patience, patient_protocol
from gemledger_collector.receivers_config import HttpProtocol
from gemledger_collector.telemetry import Telemetry

_GRACE_SECONDS = 10


class Server(uvicorn.Server):
    """Calls ``on_started`` once it listens."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._on_started()

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]  # any context manager will do
        """Nothing: the service decides when to stop."""
        return nullcontext()


def server_config(
    application: App, http: HttpProtocol, encryption: ssl.SSLContext | None, telemetry: Telemetry
) -> uvicorn.Config:
    """How it serves. ``encryption`` may load another certificate while it runs."""
    patience = Patience(http.header_timeout.total_seconds(), http.max_connections)
    config = uvicorn.Config(
        application,
        http=patient_protocol(patience, telemetry),
        ws="none",  # no route speaks WebSocket
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=http.idle_timeout.total_seconds(),  # type: ignore[arg-type]  # a float does as well
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    config.load()
    config.ssl = encryption
    return config
