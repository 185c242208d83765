"""Quantities for reading: the collector sends integers of a unit, as decimal strings."""

from decimal import Decimal


def in_words(value: str, unit: str) -> str:
    """$1.20, 4.5 %, 3.2 s or 1,200."""
    number = int(value)
    if unit == "pico_usd":
        return usd(value)
    if unit == "billionths":
        return f"{number / 10**7:.4g} %"
    if unit == "microseconds":
        return f"{number / 10**6:,.3g} s" if number < 600 * 10**6 else f"{number / 6e7:,.0f} min"
    return f"{number:,}"


def usd(pico_usd: str) -> str:
    """Dollars with a sign; four digits where there are no cents to see."""
    amount = Decimal(pico_usd).scaleb(-12)
    sign, size = "-" if amount < 0 else "", abs(amount)
    digits = f"{size:,.2f}" if size >= Decimal("0.1") or size == 0 else f"{float(size):.4g}"
    return f"{sign}${digits}"
