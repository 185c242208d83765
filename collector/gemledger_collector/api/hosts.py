"""The Host header check: a web page in somebody's browser must not reach the collector under a name of its own."""

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from gemledger_collector.errors import HostRefused, status_of

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class HostCheck:
    """ASGI middleware: only requests for a known name come through."""

    def __init__(self, app: App, allowed: Iterable[str]) -> None:
        self._app = app
        self.renew(allowed)

    def renew(self, allowed: Iterable[str]) -> None:
        """From now on these names, and those of this machine."""
        self._allowed = {name.lower() for name in (*LOOPBACK_NAMES, *allowed)}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on, or answer 421."""
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            name = host_name(headers.get(b"host", b"").decode("latin-1"))
            if name not in self._allowed:
                await _refuse(send, name)
                return
        await self._app(scope, receive, send)


def host_name(header: str) -> str:
    """The name in a Host header, without port and brackets, lower case."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


async def _refuse(send: Send, name: str) -> None:
    error = HostRefused(
        f"this collector does not answer for host {name!r}; use 127.0.0.1 or localhost, "
        "or add the name to extensions.api.allowed_hosts"
    )
    body = json.dumps({"error": {"type": error.kind, "message": str(error)}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status_of(error), "headers": headers})
    await send({"type": "http.response.body", "body": body})
