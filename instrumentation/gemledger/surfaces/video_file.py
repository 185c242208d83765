"""How long a video is, and how large, as the head of its MP4 file says. Pure; what it cannot read it does not know."""

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

_LONGEST_SECONDS = 3_600


class Measured(NamedTuple):
    """What a file says of itself; ``resolution`` is empty where it does not."""

    seconds: int
    resolution: str


def measured(video: Any) -> Measured | None:  # noqa: ANN401 - bytes, or nothing
    """The length in whole seconds, rounded, and the resolution in Google's words."""
    if not isinstance(video, bytes | bytearray):
        return None
    try:
        movie = _find(memoryview(video), b"moov")
        seconds = None if movie is None else _seconds(movie)
    except (struct.error, IndexError):
        return None
    if movie is None or seconds is None or not 0 < seconds <= _LONGEST_SECONDS:
        return None
    return Measured(max(1, round(seconds)), _resolution(movie))


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """The boxes that lie side by side in ``data``: kind and body."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        end = len(data) if size == 0 else at + size
        if end < at + head:
            return
        yield kind, data[at + head : end]
        at = end


def _find(data: memoryview, wanted: bytes) -> memoryview | None:
    return next((body for kind, body in _boxes(data) if kind == wanted), None)


def _seconds(movie: memoryview) -> float | None:
    head = _find(movie, b"mvhd")
    if head is None:
        return None
    layout, at = (">IQ", 20) if head[0] == 1 else (">II", 12)
    ticks_per_second, ticks = struct.unpack_from(layout, head, at)
    return ticks / ticks_per_second if ticks_per_second else None


def _resolution(movie: memoryview) -> str:
    """By the shorter side of the first track that has any, as 1080p also stands upright."""
    for kind, track in _boxes(movie):
        head = _find(track, b"tkhd") if kind == b"trak" else None
        if head is None or len(head) < 8:
            continue
        width, height = (side >> 16 for side in struct.unpack_from(">II", head, len(head) - 8))
        short = min(width, height)
        if short:
            return "4k" if short == 2160 else f"{short}p"
    return ""
