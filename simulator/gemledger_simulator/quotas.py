"""Rate limits that are really kept.

They hold per API key (or Vertex project) and model: requests and input tokens in a minute of the clock, requests in a
day that begins at midnight Pacific time. What was refused uses nothing up.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .fields import Json, submessage
from .quota_errors import (
    Exceeded,
    input_tokens_per_minute,
    requests_per_day,
    requests_per_minute,
)
from .settings import Settings

_MINUTE_NS = 60 * 10**9
_PACIFIC = ZoneInfo("America/Los_Angeles")


@dataclass(slots=True)
class _Used:
    """What an account has used of one model."""

    minute: int = -1
    requests: int = 0
    input_tokens: int = 0
    day_ends_ns: int = 0
    requests_today: int = 0

    def turn(self, at_ns: int) -> None:
        """Begin anew what has begun anew."""
        if at_ns // _MINUTE_NS != self.minute:
            self.minute, self.requests, self.input_tokens = at_ns // _MINUTE_NS, 0, 0
        if at_ns >= self.day_ends_ns:
            self.day_ends_ns, self.requests_today = _next_midnight(at_ns), 0


@dataclass(slots=True)
class Quotas:
    """Keeps the limits of the settings; 0 is no limit."""

    settings: Settings
    _used: dict[tuple[str, str], _Used] = field(default_factory=dict)

    def admit(self, account: str, model: str, at_ns: int) -> Exceeded | None:
        """One more request at this time: None where it may pass, else the limit that it would break."""
        limits = self.settings
        used = self._used.setdefault((account, model), _Used())
        used.turn(at_ns)
        delay = _seconds((used.minute + 1) * _MINUTE_NS - at_ns)
        if 0 < limits.requests_per_day <= used.requests_today:
            return requests_per_day(limits.requests_per_day, _seconds(used.day_ends_ns - at_ns))
        if 0 < limits.requests_per_minute <= used.requests:
            return requests_per_minute(limits.requests_per_minute, delay)
        if 0 < limits.input_tokens_per_minute <= used.input_tokens:
            return input_tokens_per_minute(limits.input_tokens_per_minute, delay)
        used.requests += 1
        used.requests_today += 1
        return None

    def read(self, account: str, answer: Json) -> None:
        """What was read for a request that was admitted, as its answer says."""
        used = self._used.get((account, str(answer.get("modelVersion"))))
        if used is not None:
            used.input_tokens += submessage(answer, "usageMetadata").get("promptTokenCount", 0)


def _seconds(nanoseconds: int) -> str:
    """A ``google.protobuf.Duration`` in whole seconds, rounded up."""
    return f"{-(-nanoseconds // 10**9)}s"


def _next_midnight(at_ns: int) -> int:
    """When the next Pacific day begins."""
    today = datetime.fromtimestamp(at_ns // 10**9, UTC).astimezone(_PACIFIC).date()
    midnight = datetime.combine(today + timedelta(days=1), time(), _PACIFIC)
    return int(midnight.timestamp()) * 10**9
