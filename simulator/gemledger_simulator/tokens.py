"""How many tokens a part of a prompt has, by simple rules.

Text: one token per four UTF-8 bytes, rounded up. Images: 258. Audio: 32 a second. Video: 295 a second.
PDF: 258 a page. Seconds and pages are guessed from the size; a file given by URI counts as one minute or page.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

from . import draw
from .fields import Json, field

BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Medium:
    """A modality's rate: tokens per unit, and how many bytes make one unit (0: always one unit)."""

    modality: str
    tokens_per_unit: int
    bytes_per_unit: int
    units_by_uri: int = 1


_MEDIA: dict[str, Medium] = {
    "image": Medium("IMAGE", 258, 0),
    "audio": Medium("AUDIO", 32, 16_000, units_by_uri=60),  # 128 kbit/s
    "video": Medium("VIDEO", 295, 250_000, units_by_uri=60),  # 258 a frame, one a second, + audio
    "application/pdf": Medium("DOCUMENT", 258, 50_000),
}
_OTHER = Medium("DOCUMENT", 258, 50_000)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part as tokens: ``payload`` holds four bytes a token, so that equal prompts have equal bytes."""

    modality: str
    tokens: int
    payload: bytes


def text_tokens(text: str) -> int:
    """Tokens of a text: its UTF-8 bytes divided by four, rounded up."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def text_segment(text: str) -> Segment:
    """A text as tokens."""
    payload = text.encode()
    payload += b"\0" * (-len(payload) % BYTES_PER_TOKEN)
    return Segment("TEXT", len(payload) // BYTES_PER_TOKEN, payload)


def part_segment(part: Json) -> Segment:
    """A part of a content as tokens, whatever its kind."""
    text = field(part, "text")
    if isinstance(text, str):
        return text_segment(text)
    inline = field(part, "inlineData")
    if isinstance(inline, dict):
        return _inline_segment(inline)
    by_uri = field(part, "fileData")
    if isinstance(by_uri, dict):
        medium = _medium(str(field(by_uri, "mimeType") or ""))
        tokens = medium.tokens_per_unit * medium.units_by_uri
        return _filled(medium.modality, tokens, str(field(by_uri, "fileUri")))
    return text_segment(json.dumps(part, sort_keys=True))  # function calls and results, code


def _inline_segment(inline: Json) -> Segment:
    mime_type, encoded = str(field(inline, "mimeType") or ""), str(field(inline, "data") or "")
    size = len(encoded) * 3 // 4 - encoded[-2:].count("=")
    if mime_type.startswith("text/"):
        return _filled("TEXT", -(-size // BYTES_PER_TOKEN), encoded)
    medium = _medium(mime_type)
    units = math.ceil(size / medium.bytes_per_unit) if medium.bytes_per_unit else 1
    return _filled(medium.modality, medium.tokens_per_unit * max(units, 1), encoded)


def _medium(mime_type: str) -> Medium:
    return _MEDIA.get(mime_type) or _MEDIA.get(mime_type.partition("/")[0], _OTHER)


def _filled(modality: str, tokens: int, content: str) -> Segment:
    mark = draw.digest(content)
    payload = mark * (-(-tokens * BYTES_PER_TOKEN // len(mark)))
    return Segment(modality, tokens, payload[: tokens * BYTES_PER_TOKEN])


def by_modality(segments: Iterable[Segment], limit: int | None = None) -> dict[str, int]:
    """Tokens per modality, of the first ``limit`` tokens if given."""
    left = math.inf if limit is None else limit
    counts: dict[str, int] = {}
    for segment in segments:
        taken = int(min(segment.tokens, left))
        if taken <= 0:
            continue
        counts[segment.modality] = counts.get(segment.modality, 0) + taken
        left -= taken
    return counts
