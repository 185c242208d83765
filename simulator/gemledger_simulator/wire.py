"""Answers on the wire, those that break off included."""

import json
from collections.abc import AsyncIterator
from enum import StrEnum

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

DROP = "gemledger_simulator.drop"
"""Scope extension (see `serving.py`) whose `close` cuts the connection at once."""


class Ending(StrEnum):
    """How an answer ends."""

    COMPLETE = "complete"
    DISCONNECT = "disconnect"
    """The connection is cut."""
    STALL = "stall"
    """Nothing more comes; the client has to give up."""


def encoded(body: object) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def event(body: object) -> bytes:
    """One server-sent event."""
    return b"data: " + encoded(body) + b"\r\n\r\n"


class Events(Response):
    """A server-sent event stream that may break off."""

    def __init__(self, events: AsyncIterator[bytes | Ending], headers: dict[str, str]) -> None:
        super().__init__(headers=headers, media_type="text/event-stream")
        del self.headers["content-length"]
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the events as they come."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async for event in self._events:
            if isinstance(event, Ending):
                await (_drop(scope, receive) if event is Ending.DISCONNECT else _left(receive))
                return
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Dropped(Response):
    """A connection that is cut before the answer is complete; with no bytes, before it begins."""

    def __init__(self, sent: bytes) -> None:
        super().__init__(media_type="application/json")
        self._sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends what there is, then cuts."""
        if self._sent or DROP not in scope.get("extensions", {}):
            headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": self._sent, "more_body": True})
        await _drop(scope, receive)


class Silence(Response):
    """No answer at all, until the client gives up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Waits for the client to go."""
        await _left(receive)


async def _drop(scope: Scope, receive: Receive) -> None:
    """Cuts the connection where the server lets us; elsewhere an unfinished answer makes it do so."""
    cut = scope.get("extensions", {}).get(DROP)
    if cut is None:
        return
    cut["close"]()
    await _left(receive)


async def _left(receive: Receive) -> None:
    """Waits until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
