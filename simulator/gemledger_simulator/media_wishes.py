"""What a test wants of images, videos and tuned models: the header ``x-simulator-media``, JSON of a `Wishes`."""

import json
from dataclasses import dataclass, fields

HEADER = "x-simulator-media"


class WishError(ValueError):
    """The header cannot be read; the text says why and what to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How an answer comes out."""

    filtered: int = 0
    """How many images or videos are withheld."""
    pending_looks: int = 0
    """How often a video, or a tuning job, is looked at before it is done."""
    error: int = 0
    """The status code with which making it fails; 0: it does not."""

    @classmethod
    def from_header(cls, text: str | None) -> "Wishes":
        """Reads the header. Raises WishError."""
        if text is None:
            return cls()
        known = [spec.name for spec in fields(cls)]
        try:
            message = json.loads(text)
        except ValueError as error:
            raise WishError(f"{HEADER} is not JSON: {error}") from None
        if not isinstance(message, dict) or not set(message) <= set(known):
            raise WishError(f"{HEADER}: send an object of {', '.join(known)}; got {message}")
        return cls(**message)
