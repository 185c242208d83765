"""Series as Prometheus's rule tests write them: ``1x3`` is four ones, ``1+2x3`` is 1 3 5 7, ``_x3`` are three gaps."""

import re
from collections.abc import Iterator
from decimal import Decimal

_NUMBER = r"-?\d+(?:\.\d+)?"
_PART = re.compile(
    rf"(?P<first>{_NUMBER})(?:(?P<step>[+-]\d+(?:\.\d+)?)?x(?P<more>\d+))?|_(?:x(?P<gaps>\d+))?"
)
LONGEST = 200_000

Values = tuple[Decimal | None, ...]
"""One value an interval; None where there is nothing."""


def parse_series(written: object) -> Values:
    """The values, one an interval. Raises ValueError with how a series is written."""
    if isinstance(written, tuple):
        return written
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        raise ValueError(f"{written!r} is no series; write values such as '0.5x10 2x5 _x3'")  # noqa: TRY004 - pydantic reports ValueError only
    values: list[Decimal | None] = []
    for part in str(written).split():
        values.extend(_expanded(part))
        if len(values) > LONGEST:
            raise ValueError(f"the series has more than {LONGEST:,} values; give a longer interval")
    if any(value is not None and value < 0 for value in values):
        raise ValueError(f"{written!r} falls below 0; give other steps")
    return tuple(values)


def _expanded(part: str) -> Iterator[Decimal | None]:
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(f"{part!r} is no part of a series; write 0.5, 0.5x10, 1+0.5x10, _ or _x3")
    if found["first"] is None:
        yield from [None] * min(int(found["gaps"] or 1), LONGEST + 1)
        return
    first, step = Decimal(found["first"]), Decimal(found["step"] or 0)
    for index in range(min(int(found["more"] or 0), LONGEST) + 1):
        yield first + step * index
