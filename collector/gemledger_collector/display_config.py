"""``extensions.dashboard`` of the configuration file: how a company reads its figures."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from gemledger_collector.config_values import Listed, Strict, Zone

LEDGER_CURRENCY = "USD"


def _parse_day(written: object) -> date:
    if isinstance(written, date):  # what YAML reads without quotes
        return written
    try:
        return date.fromisoformat(str(written))
    except ValueError:
        raise ValueError(f"{written!r} is not a day; write 2026-11-01") from None


def _parse_rate(written: object) -> Decimal:
    try:
        rate = Decimal(str(written))
    except ArithmeticError:
        raise ValueError(f"{written!r} is not a rate; write a number, such as '0.9231'") from None
    if isinstance(written, bool) or not rate.is_finite() or not 0 < rate < 10**9:
        raise ValueError(f"{written} is not a rate; give what one US dollar is worth, above 0")
    return rate


class ExchangeRate(Strict):
    """What one US dollar is worth ``from_day`` on, until the next entry, and who says so."""

    from_day: Annotated[date, BeforeValidator(_parse_day), Field(alias="from")]
    per_usd: Annotated[Decimal, BeforeValidator(_parse_rate)]
    source: Annotated[str, Field(min_length=1, max_length=200)]


class SecondCurrency(Strict):
    """Amounts are shown in it beside US dollars; the ledger stays in dollars, as Google's prices are."""

    code: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    rates: Annotated[Listed[ExchangeRate], Field(min_length=1)]

    @field_validator("code")
    @classmethod
    def _is_another(cls, code: str) -> str:
        if code == LEDGER_CURRENCY:
            raise ValueError("USD is what the ledger is kept in; name another currency")
        return code

    @field_validator("rates")
    @classmethod
    def _follow_each_other(cls, rates: Sequence[ExchangeRate]) -> Sequence[ExchangeRate]:
        days = [rate.from_day for rate in rates]
        doubled = sorted({day for day in days if days.count(day) > 1})
        if doubled:
            raise ValueError(f"two rates begin on {doubled[0]}; leave one of them out")
        return tuple(sorted(rates, key=lambda rate: rate.from_day))


class DashboardConfig(Strict):
    """All of ``extensions.dashboard``: the zone of days unless a link says otherwise, when a month begins, a currency.

    ``month_starts_on`` is the day of the calendar month; a month is named after the one it begins in.
    """

    timezone: Zone | None = None
    month_starts_on: Annotated[int, Field(ge=1, le=28)] = 1
    currency: SecondCurrency | None = None
