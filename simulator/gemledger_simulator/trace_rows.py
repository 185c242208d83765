"""A row of a recorded trace, and the errors of reading one."""

from dataclasses import dataclass
from pathlib import Path

_MOST = 2**31 - 1
"""Gemini counts in int32."""


class TraceError(ValueError):
    """A trace cannot be read. The text is one line: ``file:line, column NAME: what is wrong; what to do``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """One recorded call. Cached tokens are a part of the prompt's; output is without thoughts."""

    line: int
    """Line in the file, from 1."""
    offset_seconds: float
    """Since the first row."""
    prompt_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    thoughts_tokens: int = 0
    model: str | None = None
    team: str | None = None
    feature: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file we are, for errors."""

    path: Path
    line: int

    def wrong(self, column: str, what: str, remedy: str) -> TraceError:
        """The error for this line."""
        return TraceError(f"{self.path}:{self.line}, column {column}: {what}; {remedy}")

    def count(self, column: str, value: object) -> int:
        """A whole number, 0 or more, from text or JSON. Raises TraceError."""
        number: object = value
        if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int):
            raise self.wrong(column, f"{value!r} is not a whole number", "give one of 0 or more")
        if not 0 <= number <= _MOST:
            raise self.wrong(column, f"{value!r} is out of range", f"give 0 to {_MOST}")
        return number

    def seconds(self, column: str, text: str) -> float:
        """A number of seconds, 0 or more. Raises TraceError."""
        try:
            seconds = float(text)
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < 1e10:
            raise self.wrong(
                column, f"{text!r} is not a number of seconds", "give 0 or more, such as 12.5"
            )
        return seconds
