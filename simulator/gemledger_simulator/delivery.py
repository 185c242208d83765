"""How an answer is delivered: in its own time, whole or in chunks, and broken off if it is to fail so."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response

from . import faults, streaming, wire
from .engine import SimulatedResponse, error
from .faults import Fault
from .wire import Ending

_BREAKS = (Fault.MIDSTREAM, Fault.MIDSTREAM_DISCONNECT, Fault.MALFORMED)


class Delivery:
    """Delivers answers; ``latency_scale`` stretches or shrinks a real model's latency, 0 waits for nothing."""

    def __init__(self, latency_scale: float) -> None:
        self._latency_scale = latency_scale

    async def whole(self, response: SimulatedResponse) -> Response:
        """All at once, when it is time."""
        await self._wait(response.latency_ms)
        if response.fault is Fault.DISCONNECT:
            return wire.Dropped(b"")
        if response.fault is Fault.MIDSTREAM:
            return sent(error(500))
        if response.fault is Fault.MIDSTREAM_DISCONNECT:
            return wire.Dropped(wire.encoded(response.body)[:40])
        if response.fault is Fault.MALFORMED:
            return Response(wire.encoded(response.body)[:-9], media_type="application/json")
        return sent(response)

    async def streamed(self, response: SimulatedResponse, *, as_events: bool) -> Response:
        """In chunks: as server-sent events, or as one array."""
        if response.fault is Fault.DISCONNECT:
            return wire.Dropped(b"")
        if response.status != 200:
            return sent(response)
        if not as_events:  # without alt=sse the chunks come as one JSON array
            await self._wait(response.latency_ms)
            chunks = wire.encoded(streaming.chunks(response.body))
            return Response(chunks, headers=response.headers, media_type="application/json")
        return wire.Events(self._events(response), response.headers)

    async def _events(self, response: SimulatedResponse) -> AsyncIterator[bytes | Ending]:
        """The stream's events in time, and how the connection breaks if it does."""
        events = streaming.chunks(response.body)
        pause_ms = (response.latency_ms - response.time_to_first_chunk_ms) / len(events)
        await self._wait(response.time_to_first_chunk_ms)
        break_at = (len(events) + 1) // 2 if response.fault in _BREAKS else len(events)
        for number, body in enumerate(events[:break_at]):
            if number:
                await self._wait(pause_ms)
            yield wire.event(body)
        if response.fault is Fault.MIDSTREAM:
            yield wire.event(faults.error_body(503))
        elif response.fault is Fault.MALFORMED:
            yield b'data: {"candidates": [\r\n\r\n'
        elif response.fault is Fault.MIDSTREAM_DISCONNECT:
            yield Ending.DISCONNECT

    async def _wait(self, milliseconds: float) -> None:
        if self._latency_scale:
            await asyncio.sleep(milliseconds * self._latency_scale / 1000)


def sent(response: SimulatedResponse) -> Response:
    """The answer as JSON, at once."""
    return Response(
        wire.encoded(response.body),
        status_code=response.status,
        headers=response.headers,
        media_type="application/json; charset=UTF-8",
    )
