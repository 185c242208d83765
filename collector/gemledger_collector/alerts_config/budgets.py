"""Budgets: an amount per period; and balances: an amount that runs out."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from gemledger_collector.alerts_config.matching import Dimension
from gemledger_collector.alerts_config.rules import SLOT, Watched
from gemledger_collector.config_values import (
    PICO_USD,
    Duration,
    Listed,
    Name,
    Severity,
    Strict,
    Usd,
    Weekday,
    Zone,
)

Percents = Annotated[Listed[Annotated[int, Field(ge=1, le=1000)]], Field()]
LONGEST_ROLLING = timedelta(days=92)


class BudgetConfig(Watched):
    """An amount per period; each threshold (percent of it) alerts once per period.

    With ``each`` the amount is every group's own: ``each: [team]`` is one budget per team. ``rolling`` makes the
    period the time before now; otherwise it is the calendar's, in ``timezone``, months beginning on ``month_starts_on``
    and weeks on ``week_starts_on``. ``forecast`` are thresholds of what the period will probably have cost at its end.
    ``burn_rates`` warns by the speed of spending, in four window pairs. ``refuse_at`` is the percentage from which
    an app that asks before it spends is refused.
    """

    limit_usd: Usd
    period: Literal["day", "week", "month"] = "month"
    rolling: Duration | None = None
    timezone: Zone = "UTC"
    month_starts_on: Annotated[int, Field(ge=1, le=28)] = 1
    week_starts_on: Weekday = "monday"
    each: Listed[Dimension] = ()
    thresholds: Annotated[Listed[Annotated[int, Field(ge=1, le=1000)]], Field(min_length=1)] = (
        50,
        75,
        90,
        100,
    )
    forecast: Percents = ()
    burn_rates: bool = False
    page_severity: Severity = "critical"
    ticket_severity: Severity = "warning"
    refuse_at: Annotated[int, Field(ge=1, le=1000)] = 100
    hold: Annotated[Duration, Field(alias="for")] = timedelta(0)

    @property
    def limit_pico_usd(self) -> int:
        """The whole budget of one period, in picoUSD."""
        return int(self.limit_usd * PICO_USD)

    @model_validator(mode="after")
    def _thresholds_differ(self) -> Self:
        for key in ("thresholds", "forecast"):
            percents = getattr(self, key)
            if len(set(percents)) != len(percents):
                raise ValueError(f"{key} {percents} repeat a percentage; give each once")
        return self

    @model_validator(mode="after")
    def _rolling_is_made_of_slots(self) -> Self:
        if self.rolling is None:
            return self
        if not SLOT <= self.rolling <= LONGEST_ROLLING or self.rolling % SLOT:
            raise ValueError(
                f"rolling {self.rolling} is not between 15m and 92d in multiples of 15 minutes; give 24h, 7d, 30d, …"
            )
        if self.forecast:
            raise ValueError(
                "forecast is for calendar periods: a rolling one has no end to foresee; leave one out"
            )
        return self


class BalanceConfig(Strict):
    """Money that runs out: a prepaid balance as it was at a moment, or what an account may spend a month.

    Its end is foreseen; ``alert_before`` makes an alert when that is nearer than this.
    """

    name: Name
    kind: Literal["prepaid", "monthly_cap"]
    amount_usd: Usd
    as_of: datetime | None = None
    timezone: Zone = "UTC"
    account_project: str | None = None
    alert_before: Duration | None = None
    severity: Severity = "warning"

    @field_validator("as_of", mode="before")
    @classmethod
    def _is_a_moment(cls, written: object) -> object:
        if isinstance(written, str):
            try:
                written = datetime.fromisoformat(written)
            except ValueError:
                raise ValueError(f"{written!r} is no moment; write 2026-11-28T00:00:00Z") from None
        if isinstance(written, datetime) and written.tzinfo is None:
            raise ValueError(f"{written} has no time zone; write 2026-11-28T00:00:00Z")
        return written

    @property
    def amount_pico_usd(self) -> int:
        """The amount in picoUSD."""
        return int(self.amount_usd * Decimal(PICO_USD))

    @model_validator(mode="after")
    def _prepaid_has_a_beginning(self) -> Self:
        if (self.kind == "prepaid") != (self.as_of is not None):
            raise ValueError(
                "as_of is for prepaid, which needs it: the moment the balance was amount_usd"
            )
        return self
