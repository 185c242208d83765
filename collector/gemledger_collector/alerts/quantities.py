"""Quantities in words: money, shares, times and counts, each an integer of its unit; pure."""

from datetime import UTC, datetime

from gemledger_collector.alerts_config import Unit

_MICROSECONDS = 10**6


def usd(pico_usd: int) -> str:
    """An amount for reading: cents, or four digits where there are no cents to see."""
    dollars = pico_usd / 10**12
    return f"${dollars:,.2f}" if abs(dollars) >= 0.1 or pico_usd == 0 else f"${dollars:.4g}"


def in_words(value: int, unit: Unit) -> str:
    """A quantity as people write it: $1.20, 4.5 %, 3.2 s, 1,200."""
    if unit == "pico_usd":
        return usd(value)
    if unit == "billionths":
        return f"{value / 10**7:.4g} %"
    if unit == "microseconds":
        return _time(value)
    return f"{value:,}"


def _time(microseconds: int) -> str:
    if microseconds >= 60 * _MICROSECONDS:
        return duration(microseconds // _MICROSECONDS)
    if microseconds >= _MICROSECONDS:
        return f"{microseconds / _MICROSECONDS:.3g} s"
    return f"{microseconds / 1000:.3g} ms"


def duration(seconds: int) -> str:
    """A length of time in its largest whole unit, such as 1h or 45m."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def iso(at_unix_nano: int) -> str:
    """A moment as ISO 8601 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(at_unix_nano / 10**9, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
