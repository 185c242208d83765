"""How much of a rate limit is left, as far as this process knows: measured by itself, once any limit is known.

A limit is configured (``GEMLEDGER_RATE_LIMITS``) or learned from a 429, which also says that nothing is left of it
until it begins anew: a minute at the next one, a day at midnight in Google's own time zone. Other processes of the
same account use the same limits: what all of them use together, the collector knows.
"""

import logging
import os
import re
import threading
import weakref
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from gemledger import semconv
from gemledger.pricing import model_id
from gemledger.quotas import DAY, INPUT_TOKENS, MINUTE, REQUESTS, Refusal
from gemledger.settings import RATE_LIMITS

if TYPE_CHECKING:
    from gemledger.attributes import Request
    from gemledger.call import CallRecorder
    from gemledger.recorded_call import Call

_logger = logging.getLogger("gemledger")

_MEASURES = {
    "rpm": (REQUESTS, MINUTE),
    "tpm": (INPUT_TOKENS, MINUTE),
    "rpd": (REQUESTS, DAY),
    "tpd": (INPUT_TOKENS, DAY),
}
_ONE = re.compile(r"([^\s:=,;]+):((?:[rt]p[md]=\d{1,15})(?:,[rt]p[md]=\d{1,15})*)")
_MOST_MODELS = 1_000
"""Accounts times models that are kept count of; a process that asks for more has other worries."""
_MINUTE_NS = 60 * 10**9

Measured = tuple[str, str]
"""A unit and a window."""


class Limit(NamedTuple):
    """What a model's account may use: so many of ``unit`` in each ``window``."""

    model: str
    unit: str
    window: str
    limit: int


def parsed(text: str) -> tuple[Limit, ...]:
    """Limits as in ``gemini-3.8-flash:rpm=2000,tpm=4000000,rpd=10000;gemini-2.5-pro:rpm=150``.

    What is not understood is a warning and no limit, never an error: this runs inside somebody's application.
    """
    limits = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        found = _ONE.fullmatch(part)
        if found is None:
            _logger.warning(
                "%s: %s is not understood and sets no limit; write MODEL:rpm=N,tpm=N,rpd=N, models apart by ;",
                RATE_LIMITS,
                part,
            )
            continue
        for measure in found[2].split(","):
            name, _, count = measure.partition("=")
            limits.append(Limit(model_id(found[1]), *_MEASURES[name], int(count)))
    return tuple(limits)


class Limits:
    """Known limits, and what this process has used of them. Thread-safe."""

    def __init__(self, configured: Sequence[Limit] = ()) -> None:
        self._configured = configured
        self._lock = threading.RLock()  # a signal handler may ask Gemini, too
        _living.add(self)
        self._windows: dict[tuple[object, ...], dict[Measured, _Window]] = {}

    def note(
        self, request: "Request", at_ns: int, used: tuple[int, int], refusal: Refusal | None
    ) -> float | None:
        """Take in what a call used (requests, input tokens); the share left of its tightest limit, None without any."""
        requests, input_tokens = used
        with self._lock:
            windows = self._of(request)
            if refusal is not None:
                self._learn(windows, refusal, at_ns)
            shares = [
                window.use(requests if unit == REQUESTS else input_tokens, at_ns)
                for (unit, _), window in windows.items()
            ]
        return min(shares, default=None)

    def _of(self, request: "Request") -> "dict[Measured, _Window]":
        """The windows of an account's model, made at first sight."""
        endpoint, model = request.endpoint, model_id(request.model)
        key = (endpoint.project, endpoint.location, endpoint.key_digest, model)
        known = self._windows.get(key)
        if known is None:
            known = {
                (one.unit, one.window): _Window(one.limit, one.window, configured=True)
                for one in self._configured
                if one.model == model
            }
            if len(self._windows) < _MOST_MODELS:
                self._windows[key] = known
        return known

    def _learn(self, windows: "dict[Measured, _Window]", refusal: Refusal, at_ns: int) -> None:
        """The limits that a 429 named: nothing is left of them. One that is configured stays as it is."""
        for quota in refusal.quotas:
            if quota.limit is None or quota.window not in (MINUTE, DAY):
                continue
            known = windows.get((quota.unit, quota.window))
            if known is None or not known.configured:
                window = windows[quota.unit, quota.window] = _Window(quota.limit, quota.window)
                window.use(quota.limit, at_ns)


_living: "weakref.WeakSet[Limits]" = weakref.WeakSet()


def _unlock_in_child() -> None:
    """After a fork: a lock may be held by a thread that is not there."""
    for limits in tuple(_living):
        limits._lock = threading.RLock()  # noqa: SLF001 - the same module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock_in_child)


class _Window:
    """One limit, and what was used of it since it began anew."""

    __slots__ = ("_ends_ns", "_length", "_limit", "_used", "configured")

    def __init__(self, limit: int, length: str, *, configured: bool = False) -> None:
        self.configured = configured
        self._limit = limit
        self._length = length
        self._ends_ns = 0
        self._used = 0

    def use(self, amount: int, at_ns: int) -> float:
        """So much more is used; the share that is left."""
        if at_ns >= self._ends_ns:
            self._used = 0
            self._ends_ns = next_minute(at_ns) if self._length == MINUTE else next_day(at_ns)
        self._used += amount
        return max(0.0, 1 - self._used / self._limit) if self._limit else 0.0


def next_minute(at_ns: int) -> int:
    """When the limits of a minute begin anew, in nanoseconds since the epoch."""
    return (at_ns // _MINUTE_NS + 1) * _MINUTE_NS


def next_day(at_ns: int) -> int:
    """When the limits of a day begin anew: at midnight Pacific time, 23 to 25 hours after the last."""
    zone = _pacific()
    today = datetime.fromtimestamp(at_ns // 10**9, UTC).astimezone(zone).date()
    midnight = datetime.combine(today + timedelta(days=1), time(), zone)
    return int(midnight.timestamp()) * 10**9


def _pacific() -> tzinfo:
    """Google's own time zone; without its clock changes where no time zones are installed."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - for those whose limits are known

    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:
        return timezone(timedelta(hours=-8))


def measure(call: "Call", recorder: "CallRecorder") -> float | None:
    """What is left after a call that is about to end, for its span; None where no limit is known."""
    request = call.request
    if request.operation not in semconv.RATE_LIMITED_OPERATIONS:
        return None
    if recorder.limits is None:
        recorder.limits = Limits()
    readings = [one.reading for one in call.exchanges if one.reading is not None]
    tokens = sum(reading.usage.input_tokens for reading in readings)
    return recorder.limits.note(request, recorder.clock(), (call.admitted, tokens), call.refusal)
