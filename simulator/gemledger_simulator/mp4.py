"""The beginning of an MP4 file: enough of it to tell how long the video is, and how large."""

import struct

_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_TICKS_PER_SECOND = 1_000


def header(seconds: int, width: int, height: int) -> bytes:
    """A file of one empty video track."""
    ticks = seconds * _TICKS_PER_SECOND
    movie = struct.pack(">IIIIIIH10x", 0, 0, 0, _TICKS_PER_SECOND, ticks, 0x10000, 0x100)
    movie += _MATRIX + bytes(24) + struct.pack(">I", 2)
    track = struct.pack(">IIIIIIQHHHH", 7, 0, 0, 1, 0, ticks, 0, 0, 0, 0, 0)
    track += _MATRIX + struct.pack(">II", width << 16, height << 16)
    brand = _box(b"ftyp", b"isom" + bytes(4) + b"isom")
    return brand + _box(b"moov", _box(b"mvhd", movie) + _box(b"trak", _box(b"tkhd", track)))


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body
