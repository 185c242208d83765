"""Frozen settings of the instrumentation, read once from ``OTEL_*`` and ``GEMLEDGER_*``."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

_logger = logging.getLogger("gemledger")

CAPTURE_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
CONTENT_MAX_CHARACTERS = "GEMLEDGER_CONTENT_MAX_CHARACTERS"
_ON = ("SPAN_ONLY", "SPAN_AND_EVENT")
_OFF = ("", "NO_CONTENT", "EVENT_ONLY", "FALSE")
"""EVENT_ONLY is off: we emit no content events."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How calls are recorded.

    ``capture_content``: prompts and answers go onto the span, redacted; off unless asked for.
    ``content_max_characters``: cap on the text of each content attribute.
    """

    capture_content: bool = False
    content_max_characters: int = 32_768

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str], *, capture_content: bool | None = None
    ) -> "Settings":
        """Settings of an environment; an argument that is not None wins over it.

        A value that is not understood is a warning and the safe default (no content), never an error: this runs
        inside somebody's application.
        """
        if capture_content is None:
            capture_content = _captures(environ.get(CAPTURE_CONTENT, ""))
        return cls(capture_content, _positive(environ, CONTENT_MAX_CHARACTERS, 32_768))


def _captures(value: str) -> bool:
    """Whether a value of the standard variable puts content on spans."""
    word = value.strip().upper()
    if word not in (*_ON, *_OFF):
        _logger.warning(
            "%s=%s is not understood, content stays off; use one of %s, NO_CONTENT",
            CAPTURE_CONTENT,
            value,
            ", ".join(_ON),
        )
    return word in _ON


def _positive(environ: Mapping[str, str], name: str, default: int) -> int:
    """A whole number above 0 from the environment, or the default with a warning."""
    text = environ.get(name, "").strip()
    if not text:
        return default
    if text.isdecimal() and int(text) > 0:
        return int(text)
    _logger.warning("%s=%s is not a whole number above 0; using %d", name, text, default)
    return default
