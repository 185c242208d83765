"""The simulator on a socket: uvicorn with uvloop and httptools, and a way to cut connections."""

import asyncio
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from .server import create_app
from .settings import Settings
from .wire import DROP

HOST = "127.0.0.1"


class _CuttableProtocol(HttpToolsProtocol):
    """Puts into each request's scope a function that closes its connection: ASGI has no such thing."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {DROP: {"close": self.transport.close}}


class _CuttableSocketProtocol(WebSocketsSansIOProtocol):
    """The same for a WebSocket."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:  # else it was refused, and there is no scope
            self.scope["extensions"][DROP] = {"close": self.transport.abort}


class _Tls(NamedTuple):
    """A second port, with a certificate."""

    listener: socket.socket
    folder: tempfile.TemporaryDirectory[str]
    """Where the certificate lies while the server lives."""


class SimulatorServer(uvicorn.Server):
    """One engine on one loopback port; 0 picks a free one. ``url`` is known at once.

    With ``tls_port`` the same engine answers on a second port over TLS, as the SDK wants it for Live sessions.
    Raises OSError if a port is taken. ``run()`` returns after SIGINT, SIGTERM or ``should_exit = True``.
    """

    def __init__(self, settings: Settings, port: int = 0, tls_port: int | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(settings),
                http=_CuttableProtocol,
                ws=_CuttableSocketProtocol,
                loop="uvloop",
                lifespan="off",
                log_level="error",
                access_log=False,
                # A client keeps idle connections for minutes; if the server closes one first,
                # the next request on it fails as if the network were at fault.
                timeout_keep_alive=600,
                timeout_graceful_shutdown=1,
                server_header=False,
                date_header=False,  # up to a second old; whoever is billed by it dates its own answers
            )
        )
        self._listener = socket.create_server((HOST, port), backlog=2048)
        self._tls: _Tls | None = None
        if tls_port is not None:
            folder = tempfile.TemporaryDirectory(prefix="gemledger-simulator-")
            self._tls = _Tls(socket.create_server((HOST, tls_port), backlog=2048), folder)
        self._on_ready: Callable[[dict[str, str]], None] = lambda _addresses: None

    @property
    def url(self) -> str:
        """The base URL for ``HttpOptions(base_url=…)``."""
        return f"http://{HOST}:{self._listener.getsockname()[1]}"

    def serve_until_stopped(self, on_ready: Callable[[dict[str, str]], None]) -> None:
        """Serves; ``on_ready`` gets ``url`` once requests are answered, and of TLS ``tls_url`` and ``certificate``."""
        self._on_ready = on_ready
        try:
            self.run(sockets=[self._listener])
        finally:
            if self._tls is not None:
                self._tls.folder.cleanup()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to listen, then says so."""
        addresses = {"url": self.url}
        await super().startup(sockets)
        if self._tls is not None:
            addresses |= await self._start_tls(self._tls)
        self._on_ready(addresses)

    async def _start_tls(self, tls: _Tls) -> dict[str, str]:
        """The second port: the same protocol, the same application."""
        from .certificate import Certificate  # noqa: PLC0415 - cryptography takes 60 ms, for those who want TLS

        certificate = Certificate(Path(tls.folder.name))

        def create_protocol() -> asyncio.Protocol:
            return _CuttableProtocol(self.config, self.server_state, self.lifespan.state)

        loop = asyncio.get_running_loop()
        self.servers.append(
            await loop.create_server(create_protocol, sock=tls.listener, ssl=certificate.context)
        )
        port = tls.listener.getsockname()[1]
        return {"tls_url": f"https://{HOST}:{port}", "certificate": str(certificate.path)}
