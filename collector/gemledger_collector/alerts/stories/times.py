"""When things happen in a story: so long after its start, or at a moment of its zone."""

import re
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from gemledger_collector.alerts.periods import unix_nano
from gemledger_collector.config_values import nanoseconds, parse_duration

_PARTS = re.compile(r"-?(?:\d+(?:\.\d+)?(?:ms|s|m|h|d)\s*)+")
_PART = re.compile(r"\d+(?:\.\d+)?(?:ms|s|m|h|d)")


def parse_moment(written: object) -> datetime:
    """ISO 8601, as a text or as YAML reads it; without an offset it is of the story's zone."""
    if isinstance(written, datetime):
        return written
    try:
        return datetime.fromisoformat(str(written))
    except ValueError:
        raise ValueError(f"{written!r} is no time; write 2026-11-10T08:00:00Z") from None


def parse_offset(written: object) -> str:
    """``90m``, ``1h 30m``, ``-9d``, or a moment: as a text that ``at`` understands."""
    text = written.isoformat() if isinstance(written, datetime) else str(written)
    if written == 0 or _PARTS.fullmatch(text):
        return text
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{written!r} is no time; write 10m or 1h 30m after the start, or 2026-11-10T08:10"
        ) from None
    return text


Offset = Annotated[str, BeforeValidator(parse_offset)]


def start_of(moment: datetime, zone: str) -> int:
    """Unix nanoseconds of a moment, of the zone where it has no offset."""
    return unix_nano(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))


def at(offset: str, start: int, zone: str) -> int:
    """Unix nanoseconds of an offset from the start, or of a moment."""
    if offset == "0":
        return start
    if _PARTS.fullmatch(offset):
        sign = -1 if offset.startswith("-") else 1
        return start + sign * sum(
            nanoseconds(parse_duration(part)) for part in _PART.findall(offset)
        )
    return start_of(datetime.fromisoformat(offset), zone)
