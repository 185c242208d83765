"""Reading a request body within limits of size and time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from gemledger_collector.errors import TooLarge, TooSlow

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Disconnected(Exception):  # noqa: N818 - not an error, an end
    """The sender went away before its body was complete."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Most bytes of a body as it is sent, and most seconds until it is complete."""

    request_bytes: int
    seconds: float = 30


async def read_body(
    receive: Receive,
    headers: Mapping[bytes, bytes],
    limits: BodyLimits,
    grow: Callable[[int], None] = lambda _: None,
) -> bytes:
    """The whole body. Raises TooLarge as soon as it must, TooSlow, or Disconnected when the sender is gone.

    ``grow`` is told of each chunk, and may raise.
    """
    limit = limits.request_bytes
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared[:20]) > limit:
        raise TooLarge(
            f"the body has {int(declared[:20])} bytes, at most {limit} are taken; send smaller batches"
        )
    try:
        async with asyncio.timeout(limits.seconds):
            return await _chunks(receive, limit, grow)
    except TimeoutError:
        raise TooSlow(
            f"the body was not complete after {limits.seconds:g} s; send smaller batches"
        ) from None


async def _chunks(receive: Receive, limit: int, grow: Callable[[int], None]) -> bytes:
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
        grow(len(chunk))
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)
