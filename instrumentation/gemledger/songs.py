"""Songs, which Lyria is billed by: one for each candidate in whose parts there is sound. Pure."""

from collections.abc import Iterable
from typing import Any

SINGER = "lyria"
"""In the name of every model that is billed by the song."""


def heard(candidates: Iterable[Any], before: set[int] | None) -> set[int]:
    """Positions of the candidates that sing, here or in earlier chunks of a stream."""
    found = set() if before is None else before
    found.update(position for position, one in enumerate(candidates) if _sings(one))
    return found


def _sings(candidate: Any) -> bool:  # noqa: ANN401 - the SDK's Candidate
    parts = getattr(candidate.content, "parts", None) or ()
    return any(_is_sound(part.inline_data) or _is_sound(part.file_data) for part in parts)


def _is_sound(data: Any) -> bool:  # noqa: ANN401 - the SDK's Blob or FileData, or nothing
    return str(getattr(data, "mime_type", None) or "").startswith("audio/")
