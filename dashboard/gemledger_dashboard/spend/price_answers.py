"""What prices to come would change, typed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gemledger_dashboard.drawing.formats import parse_pico


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A dated change of one model's price on a tier: what the use of a range costs a day before and after.

    `new_row` and `new_daily_pico_usd` are None where a price ends and nothing follows.
    """

    at: datetime
    model: str
    service_tier: str
    platform: str
    old_row: str
    new_row: str | None
    old_daily_pico_usd: int
    new_daily_pico_usd: int | None

    @property
    def difference_pico_usd(self) -> int | None:
        """By how much a day becomes dearer; None where there is no price to come."""
        new = self.new_daily_pico_usd
        return None if new is None else new - self.old_daily_pico_usd


@dataclass(frozen=True, slots=True)
class Preview:
    """The changes, and the use they were reckoned from: so many days, so much money."""

    days: float
    use_pico_usd: int
    price_book: str
    changes: tuple[PriceChange, ...]

    @property
    def difference_pico_usd(self) -> int:
        """All changes together, a day: where the model and tier change more than once, up to the last of them."""
        first: dict[tuple[str, str, str], int] = {}
        last: dict[tuple[str, str, str], int] = {}
        for change in self.changes:
            key = (change.platform, change.model, change.service_tier)
            first.setdefault(key, change.old_daily_pico_usd)
            if change.new_daily_pico_usd is not None:
                last[key] = change.new_daily_pico_usd
        return sum(last[key] - first[key] for key in last)


def preview(body: Any) -> Preview:  # noqa: ANN401 - JSON
    """`/api/v1/prices/preview`."""
    return Preview(
        float(body["days"]),
        parse_pico(body["use_pico_usd"]),
        str(body["price_book"]),
        tuple(_change(row) for row in body["changes"]),
    )


def _change(row: Any) -> PriceChange:  # noqa: ANN401 - as above
    new = row["new_daily_pico_usd"]
    return PriceChange(
        at=datetime.fromisoformat(row["at"]),
        model=str(row["model"]),
        service_tier=str(row["service_tier"]),
        platform=str(row["platform"]),
        old_row=str(row["old_row"]),
        new_row=None if row["new_row"] is None else str(row["new_row"]),
        old_daily_pico_usd=parse_pico(row["old_daily_pico_usd"]),
        new_daily_pico_usd=None if new is None else parse_pico(new),
    )
