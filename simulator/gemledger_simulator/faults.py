"""What can go wrong, and Google's JSON for saying so."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeGuard

from . import draw, quota_errors
from .quota_errors import Exceeded

Json = dict[str, Any]


class Fault(StrEnum):
    """Names of faults, as in the header ``x-simulator-fault`` and in the settings."""

    BAD_REQUEST = "400"
    UNAUTHENTICATED = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    QUOTA = "429"
    """Too many requests in a minute, as ``QuotaFailure`` and ``RetryInfo`` say."""
    QUOTA_TOKENS = "429-tokens"
    """Too many input tokens in a minute."""
    QUOTA_DAY = "429-day"
    """Too many requests in a day."""
    QUOTA_BARE = "429-bare"
    """A 429 without details: nobody can tell which limit it was."""
    INTERNAL = "500"
    UNAVAILABLE = "503"
    DEADLINE = "504"
    DISCONNECT = "disconnect"
    """The connection is dropped before the first byte of an answer."""
    MIDSTREAM = "midstream"
    """A stream breaks off with an error event; a unary call gets 500."""
    MIDSTREAM_DISCONNECT = "midstream-disconnect"
    """The connection is dropped in the middle of the answer."""
    SAFETY = "safety"
    """The answer is withheld: finish reason SAFETY, no parts; the prompt is billed."""
    BLOCK = "block"
    """The prompt is blocked: promptFeedback, no candidates; the prompt is billed."""
    NO_USAGE = "no-usage"
    """The answer comes without usageMetadata."""
    MALFORMED = "malformed"
    """Status 200, and a body that is not JSON."""


# status -> (canonical status name, message, reason of the ErrorInfo detail)
_ERRORS: dict[int, tuple[str, str, str]] = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument.", "INVALID_ARGUMENT"),
    401: (
        "UNAUTHENTICATED",
        (
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie"
            " or other valid authentication credential."
        ),
        "ACCESS_TOKEN_TYPE_UNSUPPORTED",
    ),
    403: (
        "PERMISSION_DENIED",
        (
            "Method doesn't allow unregistered callers. Please use API Key or other form of API consumer"
            " identity to call this API."
        ),
        "CONSUMER_INVALID",
    ),
    404: ("NOT_FOUND", "The requested entity was not found.", "RESOURCE_NOT_FOUND"),
    429: ("RESOURCE_EXHAUSTED", "You exceeded your current quota.", "RATE_LIMIT_EXCEEDED"),
    500: ("INTERNAL", "An internal error has occurred. Please retry.", "INTERNAL"),
    503: (
        "UNAVAILABLE",
        "The model is overloaded. Please try again later.",
        "MODEL_OVERLOADED",
    ),
    504: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete.", "DEADLINE"),
}


class UnknownFault(ValueError):  # noqa: N818 - it is the fault that is unknown
    """No fault has this name; the text lists those there are."""


def named(name: str) -> Fault:
    """The fault of this name. Raises UnknownFault."""
    try:
        return Fault(name.strip().lower())
    except ValueError:
        raise UnknownFault(f"fault {name!r} is not one of {', '.join(Fault)}") from None


def is_known(status: object) -> TypeGuard[int]:
    """Whether ``error_body`` has words for this status."""
    return isinstance(status, int) and status in _ERRORS


def error_body(status: int, message: str | None = None, reason: str | None = None) -> Json:
    """The body of an error answer: code, message, status and details as Google words them."""
    name, usual_message, usual_reason = _ERRORS[status]
    error: Json = {"code": status, "message": message or usual_message, "status": name}
    if status == 429:
        error["details"] = quota_errors.requests_per_minute().details(None)
    elif status in (400, 401, 403):
        error["details"] = [_error_info(reason or usual_reason)]
    return {"error": error}


def _error_info(reason: str) -> Json:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": "generativelanguage.googleapis.com"},
    }


def quota_body(exceeded: Exceeded, model: str) -> Json:
    """The body of a 429 that names the limit."""
    error: Json = {"code": 429, "message": exceeded.message(model), "status": "RESOURCE_EXHAUSTED"}
    return {"error": error | {"details": exceeded.details(model)}}


def fault_body(fault: Fault, model: str) -> Json | None:
    """The body of a fault that is an error answer; None for the others."""
    if fault in _EXCEEDED:
        return quota_body(_EXCEEDED[fault], model)
    if fault is Fault.QUOTA_BARE:
        return {"error": {"code": 429, "message": _ERRORS[429][1], "status": _ERRORS[429][0]}}
    return error_body(int(fault)) if fault.isdigit() else None


_EXCEEDED = {
    Fault.QUOTA: quota_errors.requests_per_minute(),
    Fault.QUOTA_TOKENS: quota_errors.input_tokens_per_minute(),
    Fault.QUOTA_DAY: quota_errors.requests_per_day(),
}


def drawn(rates: Sequence[tuple[Fault, float]], *words: draw.Word) -> Fault | None:
    """The fault that ``words`` draw under ``rates``, usually none."""
    left = draw.chance("fault", *words)
    for fault, rate in rates:
        if left < rate:
            return fault
        left -= rate
    return None
