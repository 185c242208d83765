"""What can go wrong, by what the caller can do about it; one table turns an error into an HTTP status.

CollectorError
├── StartupError            the program does not start; str() is one line for a person
│   ├── ConfigError         several lines: one per problem
│   ├── PortInUse  UnsafeAddress
│   └── StoreError          StoreLocked  StoreNewer  StoreCorrupt  StoreUnavailable
├── Rejected                what was sent is wrong; sending it again cannot help
│   ├── TooLarge  TooSlow  UnsupportedMedia  MethodRefused  HostRefused  NotFound  Unverified  Repeated
│   ├── Unauthorized  Forbidden
│   └── QueryRefused        QueryTimeout
└── Overloaded              what was sent is fine; send it again later
    └── RateLimited         this caller asks too often
"""

from collections.abc import Mapping
from typing import ClassVar


class CollectorError(Exception):
    """Any error the collector reports to somebody. ``str()`` says what is wrong and what to do."""

    kind: ClassVar[str] = "internal"
    """Stable word for programs: the ``type`` of an error answer, the ``reason`` of a metric."""


class StartupError(CollectorError):
    """The collector cannot start."""

    kind = "startup"


class ConfigError(StartupError):
    """The configuration is wrong; one line per problem: path, value, remedy."""

    kind = "config"


class PortInUse(StartupError):  # noqa: N818 - says what to do about it, as the design names it
    """Another process listens on the address."""

    kind = "port_in_use"


class UnsafeAddress(StartupError):  # noqa: N818 - says what to do about it, as the design names it
    """The address is reachable from other machines, and there are no tokens to protect it."""

    kind = "unsafe_address"


class StoreError(StartupError):
    """The database file cannot be opened."""

    kind = "store"


class StoreLocked(StoreError):  # noqa: N818 - says what to do about it, as the design names it
    """Another process holds the database file."""

    kind = "store_locked"


class StoreNewer(StoreError):  # noqa: N818 - says what to do about it, as the design names it
    """A newer gemledger or DuckDB wrote the database file."""

    kind = "store_newer"


class StoreCorrupt(StoreError):  # noqa: N818 - says what to do about it, as the design names it
    """The file is not a usable gemledger database."""

    kind = "store_corrupt"


class StoreUnavailable(StoreError):  # noqa: N818 - says what to do about it, as the design names it
    """The file cannot be created or read: missing folder, permissions, a directory."""

    kind = "store_unavailable"


class Rejected(CollectorError):  # noqa: N818 - says what to do about it, as the design names it
    """What was sent is wrong; sending it again cannot help."""

    kind = "invalid"


class TooLarge(Rejected):
    """More bytes than the configured limit."""

    kind = "too_large"


class TooSlow(Rejected):
    """What was begun did not arrive in the time it may take."""

    kind = "too_slow"


class UnsupportedMedia(Rejected):
    """A content type or encoding the collector does not speak."""

    kind = "unsupported_media"


class MethodRefused(Rejected):
    """An HTTP method the path does not have."""

    kind = "method"


class HostRefused(Rejected):
    """The Host header names a machine the collector does not answer for."""

    kind = "host_refused"


class NotFound(Rejected):
    """Nothing lives at that path."""

    kind = "not_found"


class Unverified(Rejected):
    """Nobody we know signed this, or not for us, or not now. ``reason`` is a stable word, for metrics."""

    kind = "unverified"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Unauthorized(Rejected):
    """There is no token, or none that we know."""

    kind = "unauthorized"


class Forbidden(Rejected):
    """The token is good, but not for this. ``caller`` is its name, for the audit."""

    kind = "forbidden"

    def __init__(self, message: str, *, caller: str = "") -> None:
        super().__init__(message)
        self.caller = caller


class Repeated(Rejected):
    """It was taken before, and counts once."""

    kind = "repeated"


class QueryRefused(Rejected):
    """The SQL is not one harmless SELECT, or it does not run."""

    kind = "query"


class QueryTimeout(QueryRefused):
    """The SQL took longer than it may."""

    kind = "query_timeout"


class Overloaded(CollectorError):  # noqa: N818 - says what to do about it, as the design names it
    """What was sent is fine; send it again in ``retry_after_seconds``."""

    kind = "overloaded"

    def __init__(self, message: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RateLimited(Overloaded):
    """One caller asks more often than they may; others are served."""

    kind = "rate_limited"


HTTP_STATUS: Mapping[type[CollectorError], int] = {
    TooLarge: 413,
    TooSlow: 408,
    UnsupportedMedia: 415,
    MethodRefused: 405,
    HostRefused: 421,
    NotFound: 404,
    Unverified: 401,
    Unauthorized: 401,
    Forbidden: 403,
    Repeated: 409,
    QueryRefused: 400,
    Rejected: 400,
    RateLimited: 429,
    Overloaded: 503,
    CollectorError: 500,
}


def status_of(error: CollectorError) -> int:
    """HTTP status of an error: the entry of its nearest listed ancestor."""
    return next(HTTP_STATUS[kind] for kind in type(error).__mro__ if kind in HTTP_STATUS)
