"""OTLP over HTTP: ``POST /v1/traces`` and its siblings, protobuf or JSON, answered once what they hold is committed.

Statuses are those of the OTLP specification: 400 never comes back better, 429 and 503 with Retry-After do.
An answer has the encoding of its request; an error is a google.rpc.Status.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from google.protobuf.json_format import MessageToJson

from gemledger_collector.errors import (
    CollectorError,
    MethodRefused,
    Overloaded,
    UnsupportedMedia,
    status_of,
)
from gemledger_collector.receivers.bodies import (
    BodyLimits,
    Disconnected,
    Message,
    Receive,
    Send,
    read_body,
)
from gemledger_collector.receivers.compression import ENCODINGS, decompress
from gemledger_collector.receivers.otlp_json import to_protobuf
from gemledger_collector.receivers.room import Room, Share
from gemledger_collector.receivers.signals import Signal
from gemledger_collector.receivers.statuses import status_message
from gemledger_collector.telemetry import Telemetry

_PROTOBUF = "application/x-protobuf"
_JSON = "application/json"
_INLINE_BYTES = 16 * 2**10
"""A body up to this size is unpacked at once; a larger one in a thread, so that others are served meanwhile."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Most bytes of a body, as sent and after decompression, and seconds until it is complete."""

    body: BodyLimits
    decompressed_bytes: int = 64 * 2**20
    json_bytes: int = 16 * 2**20
    """JSON becomes many times its size in memory, so less of it is taken."""
    room: Room = field(default_factory=lambda: Room(128 * 2**20))
    """For the bodies of all requests together, until they are answered."""
    json_gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Large JSON is read one body at a time, for the same reason."""


class OtlpHttp:
    """An ASGI application for one signal."""

    def __init__(self, signal: Signal, telemetry: Telemetry, sizes: Sizes) -> None:
        self._signal = signal
        self._telemetry = telemetry
        self._sizes = sizes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        media = _media_type(headers)
        try:
            with self._sizes.room.share() as share:
                payload = await self._payload(scope["method"], headers, receive, share)
                taken = await self._signal.take(payload)
        except Disconnected:
            return
        except CollectorError as error:
            await _answer_error(send, error, as_json=media == _JSON)
        else:
            response = self._signal.answer(taken)
            if media == _JSON:
                body = b"{}" if response is None else MessageToJson(response, indent=None).encode()
                await _answer(send, 200, body, [], media=_JSON)
            else:
                body = b"" if response is None else response.SerializeToString()
                await _answer(send, 200, body, [])

    async def _payload(
        self, method: str, headers: Mapping[bytes, bytes], receive: Receive, share: Share
    ) -> bytes:
        media = _media_type(headers)
        try:
            if method != "POST":
                raise MethodRefused(
                    f"{method} is not for {self._signal.path}; send {self._signal.name} with POST"
                )
            _require_known(media)
            body = await read_body(receive, headers, self._sizes.body, share.grow)
            encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
            payload = await self._unpacked(body, encoding, media)
            share.grow(max(0, len(payload) - len(body)))
        except CollectorError as error:
            refused = isinstance(error, Overloaded)
            metric = "requests_refused_total" if refused else "requests_rejected_total"
            self._telemetry.add(metric, reason="bodies_full" if refused else error.kind)
            raise
        else:
            spoken = "json" if media == _JSON else "protobuf"
            via = f"{self._signal.name} http/{spoken} {encoding or 'identity'}"
            self._telemetry.add("requests_received_total", reason=via)
            return payload

    async def _unpacked(self, body: bytes, encoding: str, media: str) -> bytes:
        """The body as protobuf."""
        sizes = self._sizes
        if media == _JSON:
            limit = min(sizes.json_bytes, sizes.decompressed_bytes)
            plain = await _aside(lambda: decompress(body, encoding, limit), len(body), encoding)
            if len(plain) <= _INLINE_BYTES:
                return to_protobuf(plain, self._signal.request)
            async with sizes.json_gate:
                return await asyncio.to_thread(to_protobuf, plain, self._signal.request)
        limit = sizes.decompressed_bytes
        return await _aside(lambda: decompress(body, encoding, limit), len(body), encoding)


async def _aside(work: Callable[[], bytes], size: int, encoding: str) -> bytes:
    """Done in a thread, when it would take long."""
    if size <= _INLINE_BYTES or encoding in ("", "identity") or encoding not in ENCODINGS:
        return work()
    return await asyncio.to_thread(work)


def _media_type(headers: Mapping[bytes, bytes]) -> str:
    return headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


def _require_known(media: str) -> None:
    if media not in ("", _PROTOBUF, "application/protobuf", _JSON):
        raise UnsupportedMedia(
            f"Content-Type {media[:80]!r} is not spoken here; send {_PROTOBUF} or {_JSON}"
        )


async def _answer_error(send: Send, error: CollectorError, *, as_json: bool) -> None:
    headers = []
    if isinstance(error, Overloaded):
        headers.append((b"retry-after", str(error.retry_after_seconds).encode()))
    if (status := status_of(error)) == 408:
        headers.append((b"connection", b"close"))  # the rest of the body may still come
    message = status_message(error)
    if as_json:
        body = MessageToJson(message, indent=None).encode()
        await _answer(send, status, body, headers, media=_JSON)
    else:
        await _answer(send, status, message.SerializeToString(), headers)


async def _answer(
    send: Send,
    status: int,
    body: bytes,
    headers: list[tuple[bytes, bytes]],
    *,
    media: str = _PROTOBUF,
) -> None:
    length = str(len(body)).encode()
    every = [(b"content-type", media.encode()), (b"content-length", length), *headers]
    await send({"type": "http.response.start", "status": status, "headers": every})
    await send({"type": "http.response.body", "body": body})
