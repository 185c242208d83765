"""Clients that send slowly, or nothing, or headers without end: cut off, so that a connection costs them more than us.

uvicorn bounds the silence between two requests only. Here the headers of a request have a time to arrive, the
first one included, and a size, and connections a number; ``BodyDeadline`` does the same for the bodies of the other
routes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gemledger_collector.receivers.bodies import Message, Receive, Send
from gemledger_collector.telemetry import Telemetry

App = Callable[[Message, Receive, Send], Awaitable[None]]
_CLOSING = b"connection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n" + _CLOSING
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _CLOSING
_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n" + _CLOSING

_MOST_HEADER_BYTES = 64 * 1024
"""Of a request; what arrives together with their end is not counted."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that the headers of a request may take, and most connections at once."""

    header_seconds: float
    max_connections: int


def patient_protocol(patience: Patience, telemetry: Telemetry) -> type[HttpToolsProtocol]:
    """The HTTP protocol of uvicorn, with less patience."""

    class PatientProtocol(_Impatient):
        _patience = patience
        _telemetry = telemetry

    return PatientProtocol


class _Impatient(HttpToolsProtocol):
    _patience: Patience
    _telemetry: Telemetry
    _timer: asyncio.TimerHandle | None = None
    _spoke = False
    _header_bytes = 0
    """What came since the last headers or piece of a body were complete: trailers are headers, too."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > self._patience.max_connections:
            self._cut_off("too_many_connections", _TOO_MANY)
        else:
            self._await_headers()

    def data_received(self, data: bytes) -> None:
        self._spoke = True
        self._header_bytes += len(data)
        super().data_received(data)
        if self._header_bytes > _MOST_HEADER_BYTES:
            self._stop_waiting()
            self._cut_off("large_headers", _TOO_LARGE)
            return
        if self._timer is None and self.timeout_keep_alive_task is None and self._between_requests:
            self._await_headers()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._header_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._header_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._header_bytes = 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    @property
    def _between_requests(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _await_headers(self) -> None:
        self._timer = self.loop.call_later(self._patience.header_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        self._cut_off("slow_headers", _TOO_SLOW if self._spoke else b"")

    def _cut_off(self, reason: str, answer: bytes) -> None:
        if not self.transport.is_closing():
            self._telemetry.add("connections_cut_total", reason=reason)
            self.transport.write(answer)
            self.transport.close()


class BodyDeadline:
    """ASGI middleware: a body that is not complete after ``seconds`` ends its request with 408."""

    def __init__(self, app: App, seconds: float, telemetry: Telemetry) -> None:
        self._app = app
        self._seconds = seconds
        self._telemetry = telemetry

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on, and turn what the application says of a body it never got into 408."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + self._seconds
        complete = late = False

        async def receive_in_time() -> Message:
            nonlocal complete, late
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                late = complete = True
                self._telemetry.add("connections_cut_total", reason="slow_body")
                return {"type": "http.disconnect"}
            complete = not message.get("more_body", False)
            return message

        async def send_late(message: Message) -> None:
            if late and message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), (b"connection", b"close")]
                message = {**message, "status": 408, "headers": headers}
            await send(message)

        await self._app(scope, receive_in_time, send_late)
