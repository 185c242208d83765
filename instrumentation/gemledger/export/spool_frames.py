"""How spans lie in a spool file: frames that prove themselves, so that damage costs no more than what it hit.

A file begins with a prologue: what it is, and the number below which every frame is done with. Frames follow in any
order, each with its number, its count of spans and checksums of its header and its payload; one that does not check
out is not there, and reading goes on at the next that does. Pure: bytes in, values out.
"""

import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

_FILE_MAGIC = b"GEMSPL1\n"
_FRAME_MAGIC = b"\xf6GLS"
_PROLOGUE = struct.Struct("<8sQI")
_HEADER = struct.Struct("<4sQIII")
_CHECK = struct.Struct("<I")
PROLOGUE_BYTES = 32
"""Where the first frame begins; what the prologue does not need is left for later versions."""
HEADER_BYTES = _HEADER.size + _CHECK.size
_BLOCK = 65_536

Read = Callable[[int, int], bytes]
"""``read(count, offset)``: up to so many bytes of the file from there, as ``os.pread`` does."""


class Frame(NamedTuple):
    """Where a frame lies: ``size`` bytes from ``offset``, header included; ``number`` gives the order of all frames."""

    number: int
    spans: int
    offset: int
    size: int


def prologue(first: int) -> bytes:
    """The start of a file whose frames below the number ``first`` are done with."""
    fields = _PROLOGUE.pack(_FILE_MAGIC, first, zlib.crc32(first.to_bytes(8, "little")))
    return fields.ljust(PROLOGUE_BYTES, b"\0")


def first_number(start: bytes) -> int:
    """The number below which every frame is done with; 0 where the prologue is damaged: rather sent twice than lost."""
    if len(start) < _PROLOGUE.size:
        return 0
    magic, first, check = _PROLOGUE.unpack_from(start)
    intact = magic == _FILE_MAGIC and check == zlib.crc32(first.to_bytes(8, "little"))
    return int(first) if intact else 0


def encode(number: int, spans: int, payload: bytes) -> bytes:
    """One frame."""
    header = _HEADER.pack(_FRAME_MAGIC, number, spans, len(payload), zlib.crc32(payload))
    return header + _CHECK.pack(zlib.crc32(header)) + payload


def decode(content: bytes) -> tuple[int, int, bytes] | None:
    """Number, spans and payload of what should be exactly one frame, or None where it is damaged."""
    header = _header(content)
    if header is None:
        return None
    number, spans, length, check = header
    payload = content[HEADER_BYTES : HEADER_BYTES + length]
    if len(payload) != length or zlib.crc32(payload) != check:
        return None
    return number, spans, payload


def scan(read: Read, end: int) -> list[Frame]:
    """Every intact frame of a file of ``end`` bytes, in the order of their numbers."""
    found: dict[int, Frame] = {}
    first, offset = first_number(read(PROLOGUE_BYTES, 0)), 0
    while (offset := _next_magic(read, offset, end)) >= 0:
        frame = _frame_at(read, offset, end)
        if frame is None:
            offset += 1
        else:
            if frame.number >= first:
                found[frame.number] = frame
            offset += frame.size
    return [found[number] for number in sorted(found)]


def _header(content: bytes) -> tuple[int, int, int, int] | None:
    """Number, spans, length and checksum of a payload, or None where this is no intact header."""
    if len(content) < HEADER_BYTES or not content.startswith(_FRAME_MAGIC):
        return None
    if _CHECK.unpack_from(content, _HEADER.size)[0] != zlib.crc32(content[: _HEADER.size]):
        return None
    _, number, spans, length, check = _HEADER.unpack_from(content)
    return number, spans, length, check


def _frame_at(read: Read, offset: int, end: int) -> Frame | None:
    header = _header(read(HEADER_BYTES, offset))
    if header is None or offset + HEADER_BYTES + header[2] > end:
        return None
    size = HEADER_BYTES + header[2]
    whole = decode(read(size, offset))
    return None if whole is None else Frame(whole[0], whole[1], offset, size)


def _next_magic(read: Read, offset: int, end: int) -> int:
    """Where the next frame may begin, or -1."""
    while offset < end:
        block = read(_BLOCK, offset)
        if not block:
            return -1  # shorter than it was: somebody cut it
        at = block.find(_FRAME_MAGIC)
        if at >= 0:
            return offset + at
        if len(block) < len(_FRAME_MAGIC):
            return -1
        offset += len(block) - len(_FRAME_MAGIC) + 1  # the magic may lie across two blocks
    return -1
