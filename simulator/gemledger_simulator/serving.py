"""The simulator on a socket: uvicorn with uvloop and httptools, and a way to cut connections."""

import socket
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .server import create_app
from .settings import Settings
from .wire import DROP

HOST = "127.0.0.1"


class _CuttableProtocol(HttpToolsProtocol):
    """Puts into each request's scope a function that closes its connection: ASGI has no such thing."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {DROP: {"close": self.transport.close}}


class SimulatorServer(uvicorn.Server):
    """One engine on one loopback port; 0 picks a free one. ``url`` is known at once.

    Raises OSError if the port is taken. ``run()`` returns after SIGINT, SIGTERM or ``should_exit = True``.
    """

    def __init__(self, settings: Settings, port: int = 0) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(settings),
                http=_CuttableProtocol,
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
        self._on_ready: Callable[[str], None] = lambda _url: None

    @property
    def url(self) -> str:
        """The base URL for ``HttpOptions(base_url=…)``."""
        return f"http://{HOST}:{self._listener.getsockname()[1]}"

    def serve_until_stopped(self, on_ready: Callable[[str], None]) -> None:
        """Serves; ``on_ready`` gets the base URL once requests are answered."""
        self._on_ready = on_ready
        self.run(sockets=[self._listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to listen, then says so."""
        url = self.url
        await super().startup(sockets)
        self._on_ready(url)
