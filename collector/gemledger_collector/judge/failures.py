"""Why there is no verdict: kinds of failures, and what each of them says about asking again; pure."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

PER_DAY_SECONDS = 3600.0
"""Wait after a quota of the day: the delay that Google names with it is that of a minute's."""
LONGEST_HINT_SECONDS = 3600.0


class Kind(StrEnum):
    """Kinds of error rows; the metric counts by them."""

    NOTHING = "nothing_said"
    BLOCKED = "blocked"
    CUT_OFF = "cut_off"
    NOT_JSON = "not_json"
    SHAPE = "wrong_shape"
    LABEL = "unknown_label"
    SCORE = "wrong_score"
    LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    BAD_REQUEST = "bad_request"
    NO_TEXT = "no_text"
    NO_CONTEXT = "no_context"
    TOO_LONG = "too_long"
    CHECK_FAILED = "check_failed"
    CHECK_TIMEOUT = "check_timeout"


NEVER_AGAIN = frozenset({Kind.BLOCKED, Kind.NO_TEXT, Kind.NO_CONTEXT, Kind.TOO_LONG})
"""The same material will always end so."""
ONCE_MORE = frozenset(
    {
        Kind.NOTHING,
        Kind.CUT_OFF,
        Kind.NOT_JSON,
        Kind.SHAPE,
        Kind.LABEL,
        Kind.SCORE,
        Kind.BAD_REQUEST,
    }
)
"""At temperature 0 a judge hardly ever says something else the third time."""
CONCERNS_ALL = frozenset({Kind.LIMITED, Kind.REFUSED})
"""Whatever else were asked now would fail as well."""


def attempts_after(kind: Kind, attempts: int, most: int) -> int:
    """How many of the ``most`` attempts at an answer are used up once it has failed in this way."""
    if kind in NEVER_AGAIN:
        return most
    if kind in ONCE_MORE:
        return min(most, max(attempts + 1, most - 1))
    return attempts + 1


def kind_of(error: BaseException) -> Kind:
    """The kind of an exception of google-genai, or of the HTTP client below it."""
    code = getattr(error, "code", None)
    if code == 429:
        return Kind.LIMITED
    if code in (408, 504):
        return Kind.TIMEOUT
    if isinstance(code, int):
        if code >= 500:
            return Kind.UNAVAILABLE
        return Kind.REFUSED if code in (401, 403, 404) else Kind.BAD_REQUEST
    names = " ".join(each.__name__ for each in type(error).__mro__)
    return Kind.TIMEOUT if "Timeout" in names else Kind.UNREACHABLE


def may_be_billed(error: BaseException) -> bool:
    """Whether the call may have cost something that nobody told us: no answer came to a request that was sent.

    Google bills no answer of an error, and what was never connected never arrived.
    """
    if isinstance(getattr(error, "code", None), int):
        return False
    return not any("Connect" in each.__name__ for each in type(error).__mro__)


def wait_hint_seconds(error: BaseException) -> float:
    """How long Google asks to wait (``RetryInfo``); 0 where it does not say."""
    details = list(_details(getattr(error, "details", None)))
    if any("PerDay" in str(detail.get("violations")) for detail in details):
        return PER_DAY_SECONDS
    delays = (_seconds(detail.get("retryDelay")) for detail in details)
    return min(max(delays, default=0.0), LONGEST_HINT_SECONDS)


def _details(body: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - JSON of an error's body
    if isinstance(body, list) and body:
        body = body[0]
    error = body.get("error") if isinstance(body, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    if isinstance(details, list):
        yield from (each for each in details if isinstance(each, Mapping))


def _seconds(written: object) -> float:
    """``34.07s`` in seconds; 0 for anything else."""
    if not isinstance(written, str) or not written.endswith("s"):
        return 0.0
    try:
        return max(0.0, float(written[:-1]))
    except ValueError:
        return 0.0
