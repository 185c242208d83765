"""How a call went besides its answers: tries, chunks, waiting, error; and what of an error may be told."""

from dataclasses import dataclass, field
from typing import Any

from opentelemetry.trace import Status, StatusCode

from gemledger import semconv

COMPLETE, ABANDONED, CANCELLED, ERROR = "complete", "abandoned", "cancelled", "error"
"""States of a stream."""


@dataclass(slots=True)
class Outcome:
    """Filled while a call runs. Times are nanoseconds since the epoch.

    ``unanswered``: a request was sent and no answer came, so nobody can know whether it was billed.
    """

    start_ns: int = 0
    first_chunk_ns: int | None = None
    chunks: int = 0
    attempts: int = 0
    failed_attempts: list[str] = field(default_factory=list)
    unanswered: bool = False
    error: BaseException | None = None

    @property
    def status(self) -> Status | None:
        """The span's status: an error's word, never its message, which may quote the prompt."""
        if self.error is None:
            return None
        word = getattr(self.error, "status", None)
        return Status(StatusCode.ERROR, word if isinstance(word, str) else None)

    def attributes(self, exchanges: int, stream_state: str | None) -> dict[str, Any]:
        """As span attributes; ``stream_state`` is None for a call that is no stream."""
        found: dict[str, Any] = {
            semconv.EXCHANGES: exchanges,
            # An app may be recorded above the HTTP client only: each answer took at least one try.
            semconv.ATTEMPTS: max(self.attempts, exchanges),
        }
        if self.failed_attempts and self.attempts > 1:
            found[semconv.RETRY_STATUSES] = tuple(self.failed_attempts)
        if self.error is not None:
            found[semconv.ERROR_TYPE] = error_type(self.error)
        if stream_state is not None:
            failed = self.error is not None and stream_state == COMPLETE
            found[semconv.STREAM_STATE] = ERROR if failed else stream_state
            found[semconv.STREAM_CHUNKS] = self.chunks
            if self.first_chunk_ns is not None:
                waited_ns = self.first_chunk_ns - self.start_ns
                found[semconv.TIME_TO_FIRST_CHUNK_SECONDS] = waited_ns / 1e9
        return found


def status_code(error: BaseException) -> int | None:
    """The HTTP status of an API error; None for anything else."""
    code = getattr(error, "code", None)
    return code if type(code) is int and code >= 400 else None


def error_type(error: BaseException) -> str:
    """``error.type``: the API's status code, else the exception's class."""
    code = status_code(error)
    return str(code) if code is not None else type(error).__qualname__
