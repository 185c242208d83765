"""Undoing the compression of a request body, within a bound on what comes out: bombs are refused half-way."""

import zlib
from collections.abc import Iterator

import pyarrow as pa

from gemledger_collector.errors import Rejected, TooLarge, UnsupportedMedia

ENCODINGS = ("gzip", "deflate", "zstd", "identity")
"""What ``Content-Encoding`` may say."""
_WINDOW_BITS = {"gzip": 31, "deflate": 15}
_MOST_MEMBERS = 100
"""Of one gzip body. Each costs a copy of what follows it, and no exporter sends more than one."""
_PIECE_BYTES = 2**18


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """The body as its sender meant it. Raises UnsupportedMedia, TooLarge (bombs) or Rejected (broken)."""
    if encoding in ("", "identity"):
        if len(body) > limit:
            raise _bomb(limit)
        return body
    if encoding in _WINDOW_BITS:
        return _inflated(body, encoding, limit)
    if encoding == "zstd":
        return _unzstd(body, limit)
    raise UnsupportedMedia(
        f"Content-Encoding {encoding[:40]!r} is not spoken here; send {', '.join(ENCODINGS)}"
    )


def _inflated(body: bytes, encoding: str, limit: int) -> bytes:
    parts: list[bytes] = []
    room, rest = limit, body
    try:
        while rest:  # a gzip body may be several members in a row
            if len(parts) == _MOST_MEMBERS:
                raise Rejected(f"the {encoding} body has more than {_MOST_MEMBERS} members")
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


def _unzstd(body: bytes, limit: int) -> bytes:
    """Frame after frame, read no further than one byte beyond the limit."""
    if not body:
        return b""
    try:
        with pa.CompressedInputStream(pa.BufferReader(body), "zstd") as stream:
            pieces = list(_pieces(stream, limit + 1))
    except OSError as error:
        told = str(error).partition("\n")[0].removeprefix("ZSTD decompress failed: ")
        raise Rejected(f"the body is not zstd, or cut off ({told})") from None
    if sum(len(piece) for piece in pieces) > limit:
        raise _bomb(limit)
    return b"".join(pieces)


def _pieces(stream: pa.NativeFile, most: int) -> Iterator[pa.Buffer]:
    """What the stream holds, ``most`` bytes of it."""
    while most:
        wanted = min(most, _PIECE_BYTES)
        # Not read(): pyarrow never frees the bytes it made for a read that fails, so that each broken body would
        # cost the limit for good.
        piece = stream.read_buffer(wanted)
        yield piece
        if len(piece) < wanted:
            return
        most -= wanted


def _bomb(limit: int) -> TooLarge:
    return TooLarge(f"the body decompresses to more than {limit} bytes; send smaller batches")
