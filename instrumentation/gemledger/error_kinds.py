"""What went wrong, in the words of those who must act on it: one vocabulary for app and collector. Pure.

The app says it as ``gemledger.error.kind``, where it has the exception at hand; the collector works it out from
``error.type`` where a sender did not say it.
"""

import re
from collections.abc import Collection
from functools import lru_cache

BAD_REQUEST = "bad_request"
UNAUTHENTICATED = "unauthenticated"
PERMISSION_DENIED = "permission_denied"
NOT_FOUND = "not_found"
CONFLICT = "conflict"
RATE_LIMITED = "rate_limited"
"""429 of which nobody can tell which limit it was."""
RATE_LIMITED_PER_MINUTE = "rate_limited_per_minute"
RATE_LIMITED_PER_DAY = "rate_limited_per_day"
SERVER_ERROR = "server_error"
UNAVAILABLE = "unavailable"
TIMEOUT = "timeout"
"""Gave up waiting, either side."""
NETWORK = "network"
SAFETY = "safety"
"""Answered with 200 and withheld: prompt or answer was blocked. Billed as reported, and no ``error.type``."""
CANCELLED = "cancelled"
OTHER = "other"

ERROR_KINDS = (
    BAD_REQUEST,
    UNAUTHENTICATED,
    PERMISSION_DENIED,
    NOT_FOUND,
    CONFLICT,
    RATE_LIMITED,
    RATE_LIMITED_PER_MINUTE,
    RATE_LIMITED_PER_DAY,
    SERVER_ERROR,
    UNAVAILABLE,
    TIMEOUT,
    NETWORK,
    SAFETY,
    CANCELLED,
    OTHER,
)

WITHHELD = frozenset(
    {
        "safety",
        "recitation",
        "blocklist",
        "prohibited_content",
        "spii",
        "image_safety",
        "image_prohibited_content",
        "image_recitation",
        "model_armor",
        "escalation",
        "content_filter",  # OpenTelemetry's word, of senders that translate
    }
)
"""Finish reasons, in lower case, of an answer that was made and then withheld."""

_KIND_OF_STATUS = {
    401: UNAUTHENTICATED,
    403: PERMISSION_DENIED,
    404: NOT_FOUND,
    408: TIMEOUT,
    409: CONFLICT,
    429: RATE_LIMITED,
    499: CANCELLED,
    502: UNAVAILABLE,
    503: UNAVAILABLE,
    504: TIMEOUT,
    1006: NETWORK,  # of a WebSocket: closed without a word
    1007: BAD_REQUEST,
    1011: SERVER_ERROR,
}

_WORDS = {
    TIMEOUT: (
        "timeout timeouterror timeoutexception readtimeout readtimeouterror connecttimeout writetimeout pooltimeout"
        " connecttimeouterror connectiontimeouterror servertimeouterror sockettimeouterror apitimeouterror"
        " deadlineexceeded gatewaytimeout"
    ),
    NETWORK: (
        "connecterror readerror writeerror closeerror networkerror transporterror remoteprotocolerror proxyerror"
        " localprotocolerror connectionerror connectionreseterror connectionrefusederror connectionabortederror"
        " brokenpipeerror gaierror sslerror sslcertverificationerror newconnectionerror protocolerror"
        " chunkedencodingerror incompleteread clientconnectorerror clientconnectionerror clientoserror"
        " clientpayloaderror serverdisconnectederror clientconnectorsslerror clientconnectordnserror"
        " connectionclosed connectionclosederror connectionclosedok apiconnectionerror invalidstatus"
    ),
    CANCELLED: "cancelled cancellederror keyboardinterrupt generatorexit systemexit",
    UNAUTHENTICATED: "unauthenticated unauthorized authenticationerror refresherror defaultcredentialserror",
    PERMISSION_DENIED: "permissiondenied permissiondeniederror forbidden",
    NOT_FOUND: "notfound notfounderror",
    CONFLICT: "conflicterror alreadyexists aborted",
    RATE_LIMITED: "resourceexhausted toomanyrequests ratelimiterror",
    SERVER_ERROR: "servererror internal internalservererror unknown dataloss",
    UNAVAILABLE: "unavailable serviceunavailable badgateway",
    BAD_REQUEST: (
        "badrequest badrequesterror invalidargument failedprecondition outofrange unprocessableentityerror"
    ),
}
"""Names of exceptions of whatever HTTP client, and of Google's canonical codes, in lower case without separators."""
_KIND_OF_WORD = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_SEPARATORS = re.compile(r"[^a-z0-9]")
_LONGEST = 200


def kind_of_status(status: int) -> str:
    """What an HTTP status (or, from 1000 on, the code a WebSocket was closed with) says alone."""
    known = _KIND_OF_STATUS.get(status)
    if known is not None:
        return known
    if 400 <= status < 500:
        return BAD_REQUEST
    return SERVER_ERROR if 500 <= status < 600 else OTHER


@lru_cache(maxsize=1024)
def kind_of_type(error_type: str) -> str:
    """What an ``error.type`` says: a status, an exception's name, or one of Google's canonical codes."""
    text = error_type.strip()[:_LONGEST]
    if text.isascii() and text.isdigit() and len(text) <= 4:
        return kind_of_status(int(text))
    return _KIND_OF_WORD.get(_SEPARATORS.sub("", text.rpartition(".")[2].lower()), OTHER)


def kind_of_exception(error: BaseException) -> str:
    """What an exception that carries no status says, by its class or the nearest class it derives from."""
    for kind in type(error).__mro__:
        found = kind_of_type(kind.__name__)
        if found != OTHER:
            return found
    return OTHER


def is_withheld(finish_reasons: Collection[str], block_reason: str | None) -> bool:
    """Whether an answer was withheld for safety: its prompt blocked, or every one of its candidates."""
    return block_reason is not None or (
        bool(finish_reasons) and WITHHELD.issuperset(finish_reasons)
    )
