"""OTLP over HTTP: ``POST /v1/traces`` with protobuf, answered once the spans are committed.

Statuses are those of the OTLP specification: 400 never comes back better, 503 with Retry-After does.
Error bodies are google.rpc.Status in protobuf, as senders expect.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # publishes none

from gemledger_collector.errors import (
    CollectorError,
    MethodRefused,
    Overloaded,
    TooLarge,
    UnsupportedMedia,
    status_of,
)
from gemledger_collector.pipeline import Accepted, Sink
from gemledger_collector.processors.otlp_schema import message_class
from gemledger_collector.receivers.bodies import (
    Disconnected,
    Message,
    Receive,
    Send,
    decompress,
    read_body,
)
from gemledger_collector.telemetry import Telemetry

_PROTOBUF = "application/x-protobuf"
_JSON = "application/json"
_INVALID_ARGUMENT, _RESOURCE_EXHAUSTED, _INTERNAL, _UNAVAILABLE = 3, 8, 13, 14  # google.rpc.Code
_LEFT_OUT = (
    "left out: spans whose trace id has not 16 bytes, whose span id has not 8, "
    "or that start after 2262"
)
_TOO_OLD = (
    "older_than_retention: spans that start before what the collector keeps, for it could not tell "
    "whether it had them (exporters.duckdb.retention)"
)
_INLINE_BYTES = 16 * 2**10
"""A body up to this size is decompressed at once; a larger one in a thread, so that others are served meanwhile."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Most bytes of a body, as sent and after decompression."""

    request_bytes: int = 8 * 2**20
    decompressed_bytes: int = 64 * 2**20


class OtlpHttp:
    """An ASGI application for ``/v1/traces``."""

    def __init__(self, sink: Sink, telemetry: Telemetry, sizes: Sizes) -> None:
        self._sink = sink
        self._telemetry = telemetry
        self._sizes = sizes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        media = _media_type(headers)
        try:
            payload = await self._payload(scope["method"], headers, receive)
            accepted = await self._sink.accept(payload)
        except Disconnected:
            return
        except CollectorError as error:
            await _answer_error(send, error, as_json=media == _JSON)
        else:
            await _answer(send, 200, _success(accepted), [])

    async def _payload(
        self, method: str, headers: Mapping[bytes, bytes], receive: Receive
    ) -> bytes:
        try:
            if method != "POST":
                raise MethodRefused(f"{method} is not for /v1/traces; send spans with POST")
            _require_protobuf(headers)
            body = await read_body(receive, headers, self._sizes.request_bytes)
            encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
            if len(body) <= _INLINE_BYTES or not encoding:
                return decompress(body, encoding, self._sizes.decompressed_bytes)
            return await asyncio.to_thread(
                decompress, body, encoding, self._sizes.decompressed_bytes
            )
        except CollectorError as error:
            self._telemetry.add("requests_rejected_total", reason=error.kind)
            raise


def _media_type(headers: Mapping[bytes, bytes]) -> str:
    return headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


def _require_protobuf(headers: Mapping[bytes, bytes]) -> None:
    media = _media_type(headers)
    if media == _JSON:
        raise UnsupportedMedia(
            "OTLP as JSON is not spoken here; send protobuf (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf)"
        )
    if media not in ("", _PROTOBUF, "application/protobuf"):
        raise UnsupportedMedia(f"Content-Type {media!r} is not spoken here; send {_PROTOBUF}")


def _success(accepted: Accepted) -> bytes:
    """ExportTraceServiceResponse; empty when everything was taken."""
    rejected = accepted.invalid_spans + accepted.too_old_spans
    if not rejected:
        return b""
    reasons = ((accepted.invalid_spans, _LEFT_OUT), (accepted.too_old_spans, _TOO_OLD))
    response = message_class("ExportTraceServiceResponse")()
    response.partial_success.rejected_spans = rejected
    response.partial_success.error_message = "; ".join(text for count, text in reasons if count)
    encoded: bytes = response.SerializeToString()
    return encoded


async def _answer_error(send: Send, error: CollectorError, *, as_json: bool) -> None:
    headers = []
    if isinstance(error, Overloaded):
        headers.append((b"retry-after", str(error.retry_after_seconds).encode()))
    status, message = status_of(error), str(error)
    if as_json:
        body = json.dumps({"code": _code(error), "message": message}).encode()
        await _answer(send, status, body, headers, media=_JSON)
    else:
        body = Status(code=_code(error), message=message).SerializeToString()
        await _answer(send, status, body, headers)


def _code(error: CollectorError) -> int:
    if isinstance(error, Overloaded):
        return _UNAVAILABLE
    if isinstance(error, TooLarge):
        return _RESOURCE_EXHAUSTED
    return _INVALID_ARGUMENT if status_of(error) < 500 else _INTERNAL


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
