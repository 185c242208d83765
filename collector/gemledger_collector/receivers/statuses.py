"""Errors as google.rpc.Status, by which OTLP senders decide: send again, or give up."""

from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]  # publishes none
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # publishes none

from gemledger_collector.errors import (
    CollectorError,
    Forbidden,
    Overloaded,
    RateLimited,
    TooLarge,
    TooSlow,
    Unauthorized,
    status_of,
)

INVALID_ARGUMENT, DEADLINE_EXCEEDED, PERMISSION_DENIED = 3, 4, 7
RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, UNAUTHENTICATED = 8, 13, 14, 16
_CODES: tuple[tuple[type[CollectorError], int], ...] = (
    (RateLimited, RESOURCE_EXHAUSTED),
    (Overloaded, UNAVAILABLE),
    (TooLarge, RESOURCE_EXHAUSTED),
    (TooSlow, DEADLINE_EXCEEDED),
    (Unauthorized, UNAUTHENTICATED),
    (Forbidden, PERMISSION_DENIED),
)


def code_of(error: CollectorError) -> int:
    """The google.rpc.Code of an error."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return INVALID_ARGUMENT if status_of(error) < 500 else INTERNAL


def status_message(error: CollectorError) -> Status:
    """The error with, where sending again helps, the time until then: RESOURCE_EXHAUSTED means nothing without."""
    status = Status(code=code_of(error), message=str(error))
    if isinstance(error, Overloaded):
        info = RetryInfo()
        info.retry_delay.seconds = error.retry_after_seconds
        status.details.add().Pack(info)
    return status
