"""How this company reads its figures, as a part of ``GET /api/v1/status``."""

from pydantic import BaseModel, Field

from gemledger_collector.display_config import DashboardConfig, SecondCurrency


class Rate(BaseModel):
    """What one US dollar is worth from a day on."""

    from_day: str
    per_usd: str = Field(description="a decimal number, exact")
    source: str


class Currency(BaseModel):
    """Shown beside US dollars; the rates by the day they begin."""

    code: str
    rates: list[Rate]


class Display(BaseModel):
    """``extensions.dashboard`` of the configuration file."""

    timezone: str | None = Field(description="whose days; null: the reader's own")
    month_starts_on: int
    currency: Currency | None


def display_of(shown: DashboardConfig) -> Display:
    """The zone of days, the day a month begins, and a second currency with dated rates."""
    return Display(
        timezone=shown.timezone,
        month_starts_on=shown.month_starts_on,
        currency=None if shown.currency is None else _currency(shown.currency),
    )


def _currency(currency: SecondCurrency) -> Currency:
    rates = [
        Rate(
            from_day=rate.from_day.isoformat(),
            per_usd=format(rate.per_usd, "f"),
            source=rate.source,
        )
        for rate in currency.rates
    ]
    return Currency(code=currency.code, rates=rates)
