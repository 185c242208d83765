"""How a call went besides its answers: errors, and what of them may be told; the course of a stream. Pure."""

import re
from typing import Any, NamedTuple

from opentelemetry.trace import Status, StatusCode

from gemledger import error_kinds, quotas, semconv
from gemledger.attributes import field
from gemledger.quotas import Refusal

COMPLETE, ABANDONED, CANCELLED, ERROR = "complete", "abandoned", "cancelled", "error"
"""States of a stream."""

_WORD = re.compile("[A-Z_]{2,40}")
_NEVER_SENT = frozenset(
    {
        "ConnectError",  # httpx, httpx2
        "ConnectTimeout",
        "PoolTimeout",
        "UnsupportedProtocol",
        "ClientConnectorError",  # aiohttp, name resolution and TLS included
        "ConnectionTimeoutError",
        "ConnectionRefusedError",
        "gaierror",
        "RefreshError",  # google.auth: no token, no request
    }
)
"""Errors of a request that never reached Gemini, by class name: none of these libraries is imported for it."""


class Failure(NamedTuple):
    """What is kept of an exception. Never the exception: it holds its frames, which hold the call, and the prompt."""

    error_type: str
    word: str | None
    """Google's word for it, such as ``RESOURCE_EXHAUSTED``; never the message, which may quote the prompt."""
    left_open: bool
    kind: str = error_kinds.OTHER
    refusal: Refusal | None = None
    """What a 429 told."""

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        """What may be told of an error."""
        kind, refusal = _told(error)
        return cls(error_type(error), _word(error), left_open(error), kind, refusal)

    @property
    def status(self) -> Status:
        """The span's status."""
        return Status(StatusCode.ERROR, self.word)


def status_code(error: BaseException) -> int | None:
    """The HTTP status of an API error; None for anything else. Interactions have errors, and a word, of their own."""
    code = getattr(error, "code", None)
    if type(code) is not int:
        code = getattr(error, "status_code", None)
    return code if type(code) is int and code >= 400 else None


def error_type(error: BaseException) -> str:
    """``error.type``: the API's status code, else the exception's class."""
    code = status_code(error)
    return str(code) if code is not None else type(error).__qualname__


def refused(error: BaseException) -> Refusal | None:
    """What a 429 told; None for any other error."""
    return quotas.refusal_of(error) if status_code(error) == 429 else None


def _told(error: BaseException) -> tuple[str, Refusal | None]:
    """An error's kind, and of a 429 what it told: the limit's window makes the kind."""
    status = status_code(error)
    if status is None:
        return error_kinds.kind_of_exception(error), None
    if status == 429:
        refusal = quotas.refusal_of(error)
        return _RATE_LIMITED.get(refusal.window or "", error_kinds.RATE_LIMITED), refusal
    if status == 400 and quotas.reason_of(error) in _BAD_KEYS:
        return error_kinds.UNAUTHENTICATED, None
    return error_kinds.kind_of_status(status), None


_RATE_LIMITED = {
    quotas.MINUTE: error_kinds.RATE_LIMITED_PER_MINUTE,
    quotas.DAY: error_kinds.RATE_LIMITED_PER_DAY,
}
_BAD_KEYS = ("API_KEY_INVALID", "API_KEY_EXPIRED")
"""Reasons for which the Gemini API answers 400 where others answer 401."""


def left_open(error: BaseException) -> bool:
    """Whether a request that ended so may have been billed: it went out, and Gemini neither answered nor refused."""
    if status_code(error) is not None:
        return False
    # Interactions say that it was the connection, and what about it behind that.
    causes = (error, error.__cause__)
    kinds = (kind for cause in causes if cause is not None for kind in type(cause).__mro__)
    return not any(kind.__name__ in _NEVER_SENT for kind in kinds)


def _word(error: BaseException) -> str | None:
    """Google's word for an error: its status, or in the body of one of interactions'. Nothing that is no such word."""
    word = getattr(error, "status", None)
    if isinstance(word, str):
        return word
    body = getattr(error, "body", None)
    word = field(field(body, "error"), "status") if isinstance(body, dict) else None
    return word if isinstance(word, str) and _WORD.fullmatch(word) else None


class Course:
    """How a stream went. Times are nanoseconds since the epoch."""

    __slots__ = ("asked_ns", "chunks", "first_chunk_ns", "longest_gap_ns")

    def __init__(self) -> None:
        self.chunks = 0
        self.asked_ns = 0
        self.first_chunk_ns: int | None = None
        self.longest_gap_ns = 0

    def arrived(self, now_ns: int) -> None:
        """A chunk was handed over that had been asked for at ``asked_ns``; the consumer's own time is no gap."""
        self.chunks += 1
        if self.first_chunk_ns is None:
            self.first_chunk_ns = now_ns
        elif now_ns - self.asked_ns > self.longest_gap_ns:
            self.longest_gap_ns = now_ns - self.asked_ns

    def write(self, into: dict[str, Any], start_ns: int, state: str) -> None:
        """As span attributes."""
        into[semconv.STREAM_STATE] = state
        into[semconv.STREAM_CHUNKS] = self.chunks
        if self.first_chunk_ns is not None:
            into[semconv.TIME_TO_FIRST_CHUNK_SECONDS] = (self.first_chunk_ns - start_ns) / 1e9
        if self.chunks > 1:
            into[semconv.STREAM_MAX_GAP_SECONDS] = self.longest_gap_ns / 1e9
