"""Figures as the dashboard shows them: money from integers, an unknown never as a zero; pure."""

from datetime import date, datetime

from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.reports.content import Amount

PICO_PER_USD = 10**12
MISSING = "\N{EN DASH}"
UNPRICED = "unpriced"
MINUS = "\N{MINUS SIGN}"
_DIGITS = 12


def usd(pico_usd: int | None) -> str:
    """An amount to read: cents from one dollar on, four decimals below, never a false zero."""
    if pico_usd is None:
        return MISSING
    return f"{MINUS if pico_usd < 0 else ''}{_amount(abs(pico_usd))}"


def cost(amount: Amount | None) -> str:
    """What calls cost; where none has a price, that instead of a zero."""
    if amount is None:
        return MISSING
    return UNPRICED if amount.is_unknown else usd(amount.pico_usd)


def cost_change(now: Amount, before: Amount | None) -> str:
    """By how much, and how much of what was before; the dash where one of the two is not known."""
    if before is None or now.is_unknown or before.is_unknown:
        return MISSING
    percent = change(now.pico_usd, before.pico_usd)
    in_percent = "" if percent == MISSING else f" ({percent})"
    return f"{usd_change(now.pico_usd - before.pico_usd)}{in_percent}"


def usd_change(pico_usd: int | None) -> str:
    """An amount with its sign."""
    if pico_usd is None:
        return MISSING
    sign = "" if pico_usd == 0 else MINUS if pico_usd < 0 else "+"
    return f"{sign}{_amount(abs(pico_usd))}"


def change(now: int, before: int | None) -> str:
    """By how much of what was before: +12.3 %; the dash where there was nothing."""
    if before is None or before <= 0:
        return MISSING
    tenths = ((now - before) * 2000 + before) // (2 * before)
    sign = "" if tenths == 0 else MINUS if tenths < 0 else "+"
    return f"{sign}{abs(tenths) // 10:,}.{abs(tenths) % 10} %"


def count(number: int) -> str:
    """A whole number with its thousands set apart."""
    return f"{number:,}"


def plural(number: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def share(part: int, whole: int) -> str:
    """`part` of `whole`; 0 % and 100 % only when that is exactly so."""
    if whole <= 0:
        return MISSING
    if part in (0, whole):
        return "100 %" if part else "0 %"
    if part * 1_000 < whole:
        return "<0.1 %"
    if whole * 999 < part * 1_000 < whole * 1_000:
        return ">99.9 %"
    tenths = (part * 2_000 + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10} %"


def ratio(value: float | None) -> str:
    """A ratio between 0 and 1 as a percentage with one decimal."""
    return MISSING if value is None else f"{value * 100:.1f} %"


def rate(estimate: Estimate | None) -> str:
    """A rate, never without its interval."""
    if estimate is None:
        return MISSING
    return f"{ratio(estimate.value)} ({estimate.low * 100:.1f} to {estimate.high * 100:.1f} %)"


def probability(value: float | None) -> str:
    """How likely something is, in whole percent; never sure where it is not."""
    if value is None:
        return MISSING
    if 0 < value < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 <= value < 1 else f"{value * 100:.0f} %"


def milliseconds(value: float | None) -> str:
    """A short length of time: 12 ms, 3.4 s."""
    if value is None:
        return MISSING
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"


def day_name(day: date) -> str:
    """Saturday, 28 November 2026."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def clock(moment: datetime) -> str:
    """14:03; whose clock it is stands at the top of the report."""
    return f"{moment:%H:%M}"


def _amount(pico_usd: int) -> str:
    if 0 < pico_usd < PICO_PER_USD // 10_000:
        return "<$0.0001"
    places = 4 if 0 < pico_usd < PICO_PER_USD else 2
    unit = 10 ** (_DIGITS - places)
    quotient, rest = divmod(pico_usd, unit)
    if rest * 2 > unit or (rest * 2 == unit and quotient % 2):
        quotient += 1
    whole, decimals = divmod(quotient, 10**places)
    return f"${whole:,}.{decimals:0{places}d}"
