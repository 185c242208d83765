"""One point of the accuracy checklist that one call can show, and short ways to write it down."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from end_to_end.exact_bill.asking import NOON, answer
from support.gemini import Json

LITE_3_5 = "gemini-3.5-flash-lite"
IMAGE, SPEECH = "gemini-3.1-flash-image", "gemini-3.8-flash-tts"
GOOGLE_MAPS: dict[str, Any] = {"tools": [{"google_maps": {}}]}
BOTH_KINDS: dict[str, Any] = {"tools": [{"google_search": {}}, {"url_context": {}}]}
ENTERPRISE: dict[str, Any] = {"tools": [{"enterprise_web_search": {}}]}
FLEX, PRIORITY = {"service_tier": "flex"}, {"service_tier": "priority"}
NO_HEADER: dict[str, str | None] = {"x-gemini-service-tier": None}


class Point(NamedTuple):
    """One call and what its bill must be, in dollars; ``location`` makes it one of Vertex AI."""

    model: str
    step: Json
    usd: str | None
    reasons: tuple[str, ...] = ()
    status: str = "exact"
    upper_usd: str | None = None
    config: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple's default, never written to
    at: datetime = NOON
    location: str | None = None


def estimated(model: str, step: Json, usd: str, *reasons: str, **more: Any) -> Point:
    """A bill that may be off either way."""
    return Point(model, step, usd, reasons, "estimated", **more)


def at_least(model: str, step: Json, usd: str, *reasons: str, **more: Any) -> Point:
    """A bill that may be higher."""
    return Point(model, step, usd, reasons, "lower_bound", **more)


def unpriced(model: str, step: Json, *reasons: str, **more: Any) -> Point:
    """A call without a bill."""
    return Point(model, step, None, reasons, "unpriced", **more)


def day(year: int, month: int, day: int, hour: int = 12) -> datetime:
    """A time in UTC."""
    return datetime(year, month, day, hour, tzinfo=UTC)


def traffic(kind: str) -> Json:
    """10,000 tokens and 1,000 under a traffic type of Vertex AI."""
    return answer(10_000, 1_000, trafficType=kind)
