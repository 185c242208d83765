"""Frozen settings of the instrumentation, read once from ``OTEL_*`` and ``GEMLEDGER_*``."""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gemledger import sampling

if TYPE_CHECKING:
    from gemledger.headroom import Limit

_logger = logging.getLogger("gemledger")

CAPTURE_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
CONTENT_SAMPLE = "GEMLEDGER_CONTENT_SAMPLE"
CONTENT_MAX_CHARACTERS = "GEMLEDGER_CONTENT_MAX_CHARACTERS"
RATE_LIMITS = "GEMLEDGER_RATE_LIMITS"
REDACTION_KEY = "GEMLEDGER_REDACTION_KEY"
REDACTION_KEEP = "GEMLEDGER_REDACTION_KEEP"
_ON = ("SPAN_ONLY", "SPAN_AND_EVENT")
_OFF = ("", "NO_CONTENT", "EVENT_ONLY", "FALSE")
"""EVENT_ONLY is off: we emit no content events."""
_WEAK_KEY = 16
"""Bytes below which a key can be guessed, and with it every telephone number behind a hash."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How calls are recorded.

    ``capture_content``: prompts and answers go onto the span, redacted; off unless asked for.
    ``content_max_characters``: cap on the text of each content attribute.
    ``content_sample``: the share of traces (0 to 1) whose content is captured; the judge draws the same ones.
    ``redaction_key``: of the hash beside each redacted value; None leaves the kind alone.
    ``redaction_keep``: kinds that are not redacted.
    ``rate_limits``: what is known of them beforehand; more is learned from refusals.
    """

    capture_content: bool = False
    content_max_characters: int = 32_768
    content_sample: float = 1.0
    redaction_key: bytes | None = field(default=None, repr=False)
    redaction_keep: frozenset[str] = frozenset()
    rate_limits: "tuple[Limit, ...]" = ()

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
        if not capture_content:  # the rest is about content, and a warning about it would be noise
            return cls(rate_limits=_rate_limits(environ))
        return cls(
            capture_content,
            _positive(environ, CONTENT_MAX_CHARACTERS, 32_768),
            _share(environ, CONTENT_SAMPLE),
            redaction_key(environ),
            _kinds(environ, REDACTION_KEEP),
            _rate_limits(environ),
        )

    @property
    def redactor(self) -> Callable[[str], str]:
        """What takes secrets and personal data out of a text."""
        from gemledger.redaction import Redactor  # noqa: PLC0415 - 15 ms to load, for the few apps that capture content

        return Redactor(self.redaction_key, self.redaction_keep)

    def captures(self, trace_id: int, conversation_id: str | None = None) -> bool:
        """Whether the content of a call in this trace and conversation is captured.

        A judge rule goes by the trace or by the conversation; the app does not know which, so either will do. What a
        rule picks at a rate up to ``content_sample`` has its content.
        """
        if not self.capture_content or self.content_sample >= 1:
            return self.capture_content
        return sampling.chosen(sampling.trace_key(trace_id), self.content_sample) or (
            conversation_id is not None and sampling.chosen(conversation_id, self.content_sample)
        )


def redaction_key(environ: Mapping[str, str]) -> bytes | None:
    """The key of an environment; None where there is none. A short one is used, and warned about."""
    key = environ.get(REDACTION_KEY, "").strip().encode("utf-8", "surrogateescape")
    if key and len(key) < _WEAK_KEY:
        _logger.warning(
            "%s has only %d bytes: whoever guesses it can look up what was redacted; use %d random ones or more",
            REDACTION_KEY,
            len(key),
            _WEAK_KEY,
        )
    return key or None


def _rate_limits(environ: Mapping[str, str]) -> "tuple[Limit, ...]":
    """Rate limits that somebody knows beforehand."""
    text = environ.get(RATE_LIMITS, "").strip()
    if not text:
        return ()
    from gemledger.headroom import parsed  # noqa: PLC0415 - only where somebody set the variable

    return parsed(text)


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
    if text.isascii() and text.isdecimal() and len(text) < 12 and int(text) > 0:
        return int(text)
    _logger.warning("%s=%s is not a whole number above 0; using %d", name, text, default)
    return default


def _share(environ: Mapping[str, str], name: str) -> float:
    """A share from 0 to 1 from the environment; 1 where there is none, and with a warning 0 where it is no share."""
    text = environ.get(name, "").strip()
    if not text:
        return 1.0
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if 0 <= share <= 1:
        return share
    _logger.warning(
        "%s=%s is not a share from 0 to 1, such as 0.01; no content is captured", name, text
    )
    return 0.0


def _kinds(environ: Mapping[str, str], name: str) -> frozenset[str]:
    """Kinds of redaction from a list with commas; what is no kind is warned about and left out."""
    text = environ.get(name, "").strip()
    if not text:
        return frozenset()
    from gemledger.redaction import KINDS  # noqa: PLC0415 - only where somebody set the variable

    asked = {word.strip().lower() for word in text.split(",") if word.strip()}
    unknown = asked.difference(KINDS)
    if unknown:
        _logger.warning(
            "%s names %s, which is redacted by no rule; there are %s",
            name,
            ", ".join(sorted(unknown)),
            ", ".join(KINDS),
        )
    return frozenset(asked.intersection(KINDS))
