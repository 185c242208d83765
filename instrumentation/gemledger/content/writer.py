"""Described parts as JSON: redacted, and within a cap. Pure."""

import json
from collections.abc import Callable, Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any

from gemledger.redaction import redact as without_a_key

Redact = Callable[[str], str]
"""Takes a text and gives it back without secrets."""

MARGIN = 512
"""Characters beyond the cap that are redacted too, so that a secret across the cut is seen whole."""
_FRAME = 4_096
_PER_PART, _PER_VALUE = 48, 8
"""Characters of JSON around a part, and around a value inside one."""
_AS_IT_IS = frozenset(("type", "modality", "mime_type", "sha256"))
"""Fields with words of our own or of a standard, not of the user's."""
_SHORTEST_NUMBER = 10**6
"""A smaller number is nobody's card or telephone."""


def kept_of(word: str, most: int = 256) -> str:
    """A name, cut where it is no name any more."""
    return word if len(word) <= most else word[:most] + "…"


class Writer:
    """Writes one attribute. Its text is never longer than the cap, all of it never than twice the cap and 8 kB.

    ``room`` is how much of a text is worth reading at all.
    """

    def __init__(self, max_characters: int, redact: Redact | None = None) -> None:
        self.room = max_characters + MARGIN
        self._redact = redact if redact is not None else without_a_key
        self._text_left = max_characters
        self._frame_left = max_characters + _FRAME

    @property
    def is_full(self) -> bool:
        """Whether there is no room for even an empty part."""
        return self._frame_left <= 0

    def parts(self, parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The parts as they are to be written; as many as there is room for, and the number of the rest."""
        written, omitted = [], 0
        for part in parts:
            if self.is_full:
                omitted += 1
                continue
            self._frame_left -= _PER_PART
            written.append(self._part(part))
        if omitted:
            written.append({"type": "omitted", "parts": omitted})
        return written

    def _part(self, part: Mapping[str, Any]) -> dict[str, Any]:
        missing = part.get("missing_characters", 0)
        written = {}
        for name, value in part.items():
            if name in _AS_IT_IS:
                self._frame_left -= len(value)
                written[name] = value
            elif name in ("name", "id"):
                self._frame_left -= len(value)
                written[name] = self._redact(value)
            elif name == "content" and isinstance(value, str):
                written[name] = self._text(value, missing)
            elif name not in ("missing_characters", "pieces"):
                written[name] = self._value(value)
        return written

    def _value(self, value: Any) -> Any:  # noqa: ANN401 - plain values of JSON
        """A value inside a part, with every text in it redacted, keys and long numbers included."""
        self._frame_left -= _PER_VALUE
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {
                self._redact(key): self._value(each)
                for key, each in value.items()
                if self._has_room_for(key)
            }
        if isinstance(value, list):
            return [self._value(each) for each in value if self._has_room_for("")]
        if isinstance(value, int) and abs(value) >= _SHORTEST_NUMBER:
            digits = str(value)
            clean = self._redact(digits)
            return value if clean == digits else clean
        return value

    def _has_room_for(self, key: str) -> bool:
        self._frame_left -= len(key)
        return not self.is_full

    def _text(self, text: str, missing: int = 0) -> str:
        """The text, redacted, as far as there is room for it; says how much is missing, here and before."""
        read = text[: self._text_left + MARGIN]
        clean = self._redact(read)
        is_cut = missing > 0 or len(read) < len(text)
        # What is read last may be the beginning of a secret, seen too little of to be known as one.
        kept = clean[: min(self._text_left, len(clean) - MARGIN if is_cut else len(clean))]
        written = len(encode_basestring(kept)) - 2
        while written > self._text_left:  # escaped, a control character is six
            kept = kept[: len(kept) * self._text_left // written]
            written = len(encode_basestring(kept)) - 2
        self._text_left -= written
        if not is_cut and len(kept) == len(clean):
            return kept
        self._frame_left -= 32
        return f"{kept}[… {max(len(text) + missing - len(kept), 1)} more characters]"

    @staticmethod
    def json(value: object) -> str:
        """As JSON. A lone surrogate becomes a question mark: no exporter can encode it, and a batch would be lost."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text if text.isascii() else text.encode("utf-8", "replace").decode()
