"""How this company reads its figures, as its collector says: zone, month, second currency."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gemledger_dashboard.drawing import formats


@dataclass(frozen=True, slots=True)
class Rate:
    """What one US dollar is worth from a day on, and who says so."""

    from_day: date
    per_usd: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Currency:
    """A second currency, with its rates by the day they begin."""

    code: str
    rates: tuple[Rate, ...]

    def rate_on(self, day: date) -> Rate | None:
        """The rate of a day; None before the first."""
        begun = [rate for rate in self.rates if rate.from_day <= day]
        return begun[-1] if begun else None

    def amount(self, pico_usd: int, day: date) -> str | None:
        """An amount at the rate of a day: `EUR 1,234.56`; None where no rate is known."""
        rate = self.rate_on(day)
        if rate is None:
            return None
        exact = Decimal(pico_usd).scaleb(-12) * rate.per_usd
        return f"{self.code} {exact.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}"

    def words(self, day: date) -> str:
        """The rate of a day in words, with its day and source."""
        rate = self.rate_on(day)
        if rate is None:
            first = formats.day(datetime.combine(self.rates[0].from_day, datetime.min.time(), UTC))
            return f"No rate for {self.code} before {first}."
        return f"1 USD = {rate.per_usd} {self.code}, {rate.source}"


@dataclass(frozen=True, slots=True)
class Display:
    """What holds for everybody who looks; without a zone, the reader's own."""

    zone: ZoneInfo | None = None
    month_starts_on: int = 1
    currency: Currency | None = None


def parse(body: Any) -> Display:  # noqa: ANN401 - JSON, or what takes its place
    """What `/api/v1/status` says under `display`."""
    currency = body["currency"]
    return Display(
        zone=None if body["timezone"] is None else ZoneInfo(body["timezone"]),
        month_starts_on=int(body["month_starts_on"]),
        currency=None
        if currency is None
        else Currency(str(currency["code"]), tuple(_rate(row) for row in currency["rates"])),
    )


def _rate(row: Any) -> Rate:  # noqa: ANN401 - as above
    return Rate(date.fromisoformat(row["from_day"]), Decimal(row["per_usd"]), str(row["source"]))
