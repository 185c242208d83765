"""Reading a request body within limits, and undoing its compression within limits."""

import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from gemledger_collector.errors import Rejected, TooLarge, UnsupportedMedia

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_WINDOW_BITS = {"gzip": 31, "deflate": 15}


class Disconnected(Exception):  # noqa: N818 - not an error, an end
    """The sender went away before its body was complete."""


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], limit: int) -> bytes:
    """The whole body. Raises TooLarge as soon as it must, Disconnected when the sender is gone."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(
            f"the body has {int(declared)} bytes, at most {limit} are taken; send smaller batches"
        )
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"the body is larger than {limit} bytes; send smaller batches")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """The body as its sender meant it. Raises UnsupportedMedia, TooLarge (bombs) or Rejected (broken)."""
    if encoding in ("", "identity"):
        if len(body) > limit:
            raise _bomb(limit)
        return body
    if encoding not in _WINDOW_BITS:
        raise UnsupportedMedia(
            f"Content-Encoding {encoding!r} is not spoken here; send gzip, deflate or identity"
        )
    parts: list[bytes] = []
    room, rest = limit, body
    try:
        while rest:  # a gzip body may be several members in a row
            stream = zlib.decompressobj(_WINDOW_BITS[encoding])
            part = stream.decompress(rest, room + 1)
            room -= len(part)
            if room < 0:
                raise _bomb(limit)
            if not stream.eof:
                raise Rejected(f"the {encoding} body ends too early; it was cut off on the way")
            parts.append(part)
            rest = stream.unused_data
    except zlib.error as error:
        raise Rejected(f"the body is not {encoding} ({error}); check Content-Encoding") from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _bomb(limit: int) -> TooLarge:
    return TooLarge(f"the body decompresses to more than {limit} bytes; send smaller batches")
