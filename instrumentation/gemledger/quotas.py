"""What Google says when a limit is reached: which one, how much it allows, when to come back. Pure.

A 429 carries ``google.rpc`` details: ``QuotaFailure`` (the limits), ``RetryInfo`` (a delay), ``ErrorInfo``. They come
from outside, so nothing is relied upon: what has another shape is not there.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gemledger import semconv

MINUTE, DAY = "minute", "day"
REQUESTS, INPUT_TOKENS = "requests", "input_tokens"

_WINDOW = re.compile(r"per[ _-]?(second|minute|hour|day)", re.IGNORECASE)
_DELAY = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
_LENGTH = ("second", "minute", "hour", "day")
_MOST = 20
"""Details, and violations in one, that are looked at."""
_LONGEST = 200
_LARGEST = 2**62


class Quota(NamedTuple):
    """One limit that was reached. None is what nobody said."""

    id: str | None = None
    """Such as ``GenerateRequestsPerMinutePerProjectPerModel-FreeTier``."""
    metric: str | None = None
    limit: int | None = None
    unit: str = REQUESTS
    window: str | None = None
    """``minute`` or ``day``; ``second`` and ``hour`` exist elsewhere at Google's."""
    model: str | None = None

    def write(self, into: dict[str, Any]) -> None:
        """As span attributes."""
        known = {
            semconv.QUOTA_ID: self.id,
            semconv.QUOTA_METRIC: self.metric,
            semconv.QUOTA_LIMIT: self.limit,
            semconv.QUOTA_UNIT: self.unit,
            semconv.QUOTA_WINDOW: self.window,
            semconv.QUOTA_MODEL: self.model,
        }
        into.update({name: value for name, value in known.items() if value is not None})


class Refusal(NamedTuple):
    """What a 429 told. ``quotas`` has the limit that lasts longest first; empty where none was named."""

    quotas: tuple[Quota, ...] = ()
    retry_delay_seconds: float | None = None

    @property
    def window(self) -> str | None:
        """How long the limit lasts that was reached, as far as anybody knows."""
        return self.quotas[0].window if self.quotas else None

    def write(self, into: dict[str, Any]) -> None:
        """As span attributes."""
        if self.quotas:
            self.quotas[0].write(into)
        if self.retry_delay_seconds is not None:
            into[semconv.RETRY_DELAY_SECONDS] = self.retry_delay_seconds


def refusal_of(error: BaseException) -> Refusal:
    """What the exception of a 429 tells: ``details`` of an ``APIError``, ``body`` of the Interactions' own errors."""
    details = tuple(_details(error))
    quotas = [quota for detail in details for quota in _quotas(detail)]
    if not quotas:
        quotas = [quota for detail in details for quota in _quotas_of_info(detail)]
    quotas.sort(key=_lasting, reverse=True)
    delays = (_delay(detail.get("retryDelay")) for detail in details)
    return Refusal(tuple(quotas[:_MOST]), next((one for one in delays if one is not None), None))


def reason_of(error: BaseException) -> str | None:
    """The reason of the first ``ErrorInfo``, such as ``API_KEY_INVALID``."""
    return next((found for one in _details(error) if (found := _text(one.get("reason")))), None)


def _details(error: BaseException) -> Iterator[Mapping[Any, Any]]:
    """The ``google.rpc`` details of an error's body."""
    for name in ("details", "body"):
        body = getattr(error, name, None)
        if isinstance(body, list) and len(body) == 1:
            body = body[0]
        if not isinstance(body, Mapping):
            continue
        inner = body.get("error")
        found = (inner if isinstance(inner, Mapping) else body).get("details")
        if isinstance(found, list):
            yield from (one for one in found[:_MOST] if isinstance(one, Mapping))


def _quotas(detail: Mapping[Any, Any]) -> Iterator[Quota]:
    """The limits in a ``QuotaFailure``."""
    violations = detail.get("violations")
    if not isinstance(violations, list):
        return
    for violation in violations[:_MOST]:
        if isinstance(violation, Mapping):
            dimensions = violation.get("quotaDimensions")
            yield _quota(
                _text(violation.get("quotaId")),
                _text(violation.get("quotaMetric")),
                violation.get("quotaValue"),
                _text(dimensions.get("model")) if isinstance(dimensions, Mapping) else None,
                _text(violation.get("description")),
            )


def _quotas_of_info(detail: Mapping[Any, Any]) -> Iterator[Quota]:
    """The limit in the metadata of an ``ErrorInfo``, as older services and Vertex AI have it."""
    metadata = detail.get("metadata")
    if isinstance(metadata, Mapping) and metadata.get("quota_limit"):
        value, metric = metadata.get("quota_limit_value"), _text(metadata.get("quota_metric"))
        yield _quota(_text(metadata.get("quota_limit")), metric, value, None, None)


def _quota(
    quota_id: str | None, metric: str | None, value: object, model: str | None, said: str | None
) -> Quota:
    """A limit, its unit and window found in its names."""
    names = f"{quota_id or ''} {metric or ''}"
    window = _WINDOW.search(names) or _WINDOW.search(said or "")
    return Quota(
        quota_id,
        metric,
        _whole(value),
        INPUT_TOKENS if "token" in names.lower() else REQUESTS,
        None if window is None else window[1].lower(),
        model,
    )


def _lasting(quota: Quota) -> int:
    """How long a limit keeps one waiting, for comparison."""
    return -1 if quota.window is None else _LENGTH.index(quota.window)


def _text(value: object) -> str | None:
    """A text of bounded length; anything else is none."""
    return value[:_LONGEST] if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    """A count, which Google's JSON gives as text."""
    if type(value) is int:
        return value if 0 <= value <= _LARGEST else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return None


def _delay(value: object) -> float | None:
    """Seconds of a ``google.protobuf.Duration`` such as ``34s`` or ``34.074824224s``."""
    found = _DELAY.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else float(found[1])
