"""Values of a database as JSON has them."""

import math
from datetime import date, datetime, time


def sent(value: object) -> object:  # noqa: PLR0911 - a table of types
    """Integers exact, decimals and ids as strings, times in ISO 8601, bytes in hex, NaN and infinities as null."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case datetime() | date() | time():
            return value.isoformat()
        case list() | tuple():
            return [sent(item) for item in value]
        case dict():
            return {str(key): sent(item) for key, item in value.items()}
        case _:  # Decimal, UUID, timedelta
            return str(value)
