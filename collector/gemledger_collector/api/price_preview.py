"""``GET /api/v1/prices/preview``: what dated prices to come would make of the use of a range."""

from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from gemledger_collector.alerts.forecast import dated_prices
from gemledger_collector.alerts.forecast.dated_prices import RecentUse
from gemledger_collector.api.breakdowns import Only
from gemledger_collector.api.context import Ask, Instant, iso, unix_nano
from gemledger_collector.api.forecast import DatedPrice, dated
from gemledger_collector.errors import Rejected
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.buckets import SLOT_SECONDS, Bucket, slots_around
from gemledger_collector.storage.forecast_spend import Traffic, priced_use

router = APIRouter(tags=["calls"])


class Preview(BaseModel):
    """The changes to come, and the use that was priced again for them."""

    since: str | None
    until: str | None
    days: float = Field(description="of the range, as far as there was any use and it is over")
    use_pico_usd: str = Field(
        description="what was priced by one row of the book each; the rest is left out"
    )
    price_book: str
    changes: list[DatedPrice]


@router.get("/api/v1/prices/preview")
def get_preview(
    ask: Ask, since: Instant, until: Instant, only: Annotated[Only, Depends()]
) -> Preview:
    """Dated prices of what calls in [since, until) used: what that costs a day at the price before and after.

    Filters are those of ``spend``. Days are counted from the first use that is stored, and up to now.
    """
    with ask.store.reading() as snapshot:
        around = _used(
            slots_around(unix_nano(since), unix_nano(until)),
            alert_history.first_slot(snapshot),
            ask.clock() // 10**9,
        )
        use = priced_use(snapshot, Traffic(only=only.chosen), around.start, around.end)
    days = Fraction(around.end - around.start, 86_400)
    found = dated_prices.changes(ask.book, RecentUse(use, days, ask.clock()))
    return Preview(
        since=iso(around.start * 10**9),
        until=iso(around.end * 10**9),
        days=float(days),
        use_pico_usd=str(sum(each.total_pico_usd for each in use)),
        price_book=ask.book.version,
        changes=[dated(change) for change in found],
    )


def _used(asked: Bucket, first: int | None, now: int) -> Bucket:
    """The slots asked for from the first one there is, up to the present one; one slot at least."""
    if asked.end <= asked.start:
        raise Rejected("until is not after since; give a range that is not empty")
    present = now // SLOT_SECONDS * SLOT_SECONDS + SLOT_SECONDS
    end = max(min(asked.end, present), asked.start + SLOT_SECONDS)
    start = asked.start if first is None else min(max(asked.start, first), end - SLOT_SECONDS)
    return Bucket(start, end)
