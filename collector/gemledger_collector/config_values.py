"""What configuration is written in: durations, amounts, shares, zones, names; strictly parsed, with the remedy."""

import re
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

DURATION = re.compile(r"(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h|d)")
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST_SECONDS = 100 * 365 * 86400
"""Of a duration: unix nanoseconds end in 2262."""
PICO_USD = 10**12


def nanoseconds(duration: timedelta) -> int:
    """A duration in whole nanoseconds, without a float on the way."""
    return duration // timedelta(microseconds=1) * 1000


def parse_duration(written: object) -> timedelta:
    """``500ms``, ``15s``, ``5m``, ``1h`` or ``1d`` as a timedelta; ValueError says what would be accepted."""
    if isinstance(written, timedelta):
        return written
    found = DURATION.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None:
        raise ValueError(
            f"{written!r} is not a duration; write a number and a unit, such as 15s, 5m, 1h or 1d"
        )
    seconds = float(found["amount"]) * SECONDS[found["unit"]]
    if seconds > LONGEST_SECONDS:
        raise ValueError(f"{written!r} is longer than 100 years; give a shorter duration")
    return timedelta(seconds=seconds)


def parse_usd(written: object) -> Decimal:
    """An amount above zero in US dollars, at most nine million, exact to the picodollar."""
    if isinstance(written, bool) or not isinstance(written, int | float | str | Decimal):
        raise ValueError(f"{written!r} is not an amount; write US dollars, such as 25.00")  # noqa: TRY004 - pydantic reports ValueError only
    try:
        amount = Decimal(str(written))
    except ArithmeticError:
        raise ValueError(f"{written!r} is not an amount; write US dollars, such as 25.00") from None
    if (
        not amount.is_finite() or not 0 < amount <= 9_000_000
    ):  # a BIGINT of picoUSD ends at 9.2 million dollars
        raise ValueError(
            f"{written} is not between 0 and 9,000,000 US dollars; give an amount above 0"
        )
    if amount * PICO_USD != int(amount * PICO_USD):
        raise ValueError(f"{written} is finer than a picodollar; give at most 12 decimals")
    return amount


def parse_share(written: object) -> Fraction:
    """``5 %``, ``"0.5%"`` or ``0.05`` as an exact share between 0 and 1."""
    text = str(written).strip()
    number, percent = (text[:-1].strip(), 100) if text.endswith("%") else (text, 1)
    try:
        share = Fraction(number) / percent
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{written!r} is not a share; write 5% or 0.05") from None
    if isinstance(written, bool) or not 0 <= share <= 1:
        raise ValueError(f"{written} is not between 0 and 100 percent; write 5% or 0.05")
    return share


def parse_zone(written: object) -> str:
    """The name of a time zone that exists, such as ``Europe/Berlin``."""
    try:
        return ZoneInfo(str(written)).key
    except (
        KeyError,
        ValueError,
        OSError,
    ):  # a lookup of a folder of the zone database is an OSError
        raise ValueError(
            f"{written!r} is no time zone; give an IANA name such as UTC or Europe/Berlin"
        ) from None


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Usd = Annotated[Decimal, BeforeValidator(parse_usd)]
Zone = Annotated[str, BeforeValidator(parse_zone)]
Item = TypeVar("Item")
Listed = Annotated[
    tuple[Item, ...], Field(strict=False)
]  # YAML knows lists only; what is frozen holds tuples
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
Severity = Literal["info", "warning", "critical"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
"""From Monday on, as ``date.weekday()`` counts them."""


class Strict(BaseModel):
    """An unknown key or a wrong type is an error, and what was parsed does not change."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
