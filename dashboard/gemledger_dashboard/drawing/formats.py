"""From the collector's exact values to text for people. Pure; money stays an integer of picoUSD.

A float appears in one place only, `chart_dollars`: what a picture draws is not added up again.
"""

from datetime import datetime, timedelta, tzinfo

PICO_PER_USD = 10**12
MISSING = "\N{EN DASH}"
"""What is shown where there is no value: an unknown is not a zero."""

LINE_NAMES = {
    "input": "Input",
    "cache_read": "Cached input",
    "tool_use": "Tool results",
    "output": "Output",
    "thoughts": "Thinking",
    "grounding": "Web search",
    "maps": "Maps",
    "media": "Images, video, music",
    "storage": "Cache storage",
}
"""The lines of a cost in a reader's words."""

_PICO_DIGITS = 12
_TOKEN_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
_DURATION_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def parse_pico(text: str) -> int:
    """Picodollars of the API's decimal string; ValueError for anything but a whole number."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{text!r} is not a whole number of picodollars")
    return int(text)


def usd(pico_usd: int | None) -> str:
    """An amount to read: cents from one dollar on, four decimals below, never a false zero."""
    if pico_usd is None:
        return MISSING
    sign, amount = ("-" if pico_usd < 0 else ""), abs(pico_usd)
    if 0 < amount < PICO_PER_USD // 10_000:
        return f"{sign}<$0.0001"
    places = 4 if 0 < amount < PICO_PER_USD else 2
    return f"{sign}${_fixed(amount, places)}"


def quantity(value: int, unit: str) -> str:
    """A value of an alert in its unit: money, a share, a time or a count."""
    if unit == "pico_usd":
        return usd(value)
    if unit == "billionths":
        return f"{value / 10**7:.4g} %"
    return seconds(value / 10**6) if unit == "microseconds" else count(value)


def usd_exact(pico_usd: int) -> str:
    """The amount in USD to the last picodollar, at least two decimals, no grouping: for files."""
    whole, rest = divmod(abs(pico_usd), PICO_PER_USD)
    decimals = f"{rest:0{_PICO_DIGITS}d}".rstrip("0").ljust(2, "0")
    return f"{'-' if pico_usd < 0 else ''}{whole}.{decimals}"


def chart_dollars(pico_usd: int) -> float:
    """The nearest float to the amount in USD: to be drawn or ordered by, never to be added."""
    return pico_usd / PICO_PER_USD


def chart_percent(part: int, whole: int) -> float:
    """`part` of `whole` in percent, nothing of nothing being 0: to be drawn, never to be added."""
    return part * 100 / whole if whole else 0.0


def count(number: int) -> str:
    """A whole number with its thousands set apart."""
    return f"{number:,}"


def tokens(number: int) -> str:
    """Tokens in three figures: 22.4 M. Below ten thousand, all of them."""
    if number < 10_000:
        return count(number)
    for unit, name in _TOKEN_UNITS:
        if number >= unit:
            tenths = number * 10 // unit
            shown = f"{tenths // 10}.{tenths % 10}" if tenths < 1_000 else f"{tenths // 10:,}"
            return f"{shown} {name}"
    raise AssertionError("unreachable: the smallest unit is below ten thousand")


def share(part: int, whole: int) -> str:
    """`part` of `whole` as a percentage, above 100 too; 0 % and 100 % only when that is exactly so."""
    if whole == 0:
        return MISSING
    if part in (0, whole):
        return "100 %" if part else "0 %"
    if part * 1_000 < whole:
        return "<0.1 %"
    if whole * 999 < part * 1_000 < whole * 1_000:
        return ">99.9 %"
    tenths = (part * 2_000 + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10} %"


def percent(ratio: float | None) -> str:
    """A ratio between 0 and 1 as a percentage with one decimal; the dash when there is none."""
    return MISSING if ratio is None else f"{ratio * 100:.1f} %"


def percent_interval(low: float | None, high: float | None) -> str:
    """Both ends of an interval of ratios, as percentages."""
    if low is None or high is None:
        return MISSING
    return f"{low * 100:.1f} to {high * 100:.1f} %"


def points(value: float | None, low: float | None, high: float | None) -> str:
    """A difference of shares in percentage points, with its interval."""
    if value is None or low is None or high is None:
        return MISSING
    return f"{value * 100:+.1f} points ({low * 100:+.1f} to {high * 100:+.1f})"


def score(value: float | None) -> str:
    """A mean score between 0 and 1; half a hundredth is rounded up, in whatever order a sum was made."""
    return MISSING if value is None else f"{round(value, 9) + 1e-9:.2f}"


def duration(span: timedelta) -> str:
    """The two largest units of a length of time: 2 h 5 min."""
    left = max(int(span.total_seconds()), 0)
    parts: list[str] = []
    for seconds, unit in _DURATION_UNITS:
        amount, left = divmod(left, seconds)
        if amount:
            parts.append(f"{amount} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"


def seconds(value: float | None) -> str:
    """A short length of time: 12 ms, 3.4 s, 5 min."""
    if value is None:
        return MISSING
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 60 else duration(timedelta(seconds=value))


def size(count_bytes: int | None) -> str:
    """Bytes as disks are sold: 12 kB, 3.4 MB, 250 GB."""
    if count_bytes is None:
        return MISSING
    for factor, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count_bytes >= factor:
            amount = count_bytes / factor
            return f"{amount:.0f} {unit}" if amount >= 100 else f"{amount:.1f} {unit}"
    return f"{count_bytes} B"


def instant(moment: datetime | None, zone: tzinfo) -> str:
    """A moment on the reader's clock, to the minute: 20 Nov 2026, 14:03."""
    if moment is None:
        return MISSING
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def day(moment: datetime) -> str:
    """The day of a moment that is already on the reader's clock: 20 Nov 2026."""
    return f"{moment.day} {moment:%b %Y}"


def plural(number: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def plain(text: str) -> str:
    """Foreign text made harmless where Markdown is read: shown as written, formats nothing."""
    return "".join(
        f"\\{letter}" if letter in r"\`*_{}[]()<>#+-.!|~$:" else letter for letter in text
    )


def _fixed(amount: int, places: int) -> str:
    """A positive amount with so many decimals, halves to even, decided on integers."""
    unit = 10 ** (_PICO_DIGITS - places)
    quotient, rest = divmod(amount, unit)
    if rest * 2 > unit or (rest * 2 == unit and quotient % 2):
        quotient += 1
    whole, decimals = divmod(quotient, 10**places)
    return f"{whole:,}.{decimals:0{places}d}"
