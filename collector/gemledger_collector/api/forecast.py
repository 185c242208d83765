"""``GET /api/v1/forecast``: what budgets and balances will come to, and what dated prices will change."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gemledger_collector.alerts.forecast import dated_prices
from gemledger_collector.alerts.forecast.dated_prices import PriceChange
from gemledger_collector.alerts.forecast.foreseen import Foreseen, Seer
from gemledger_collector.alerts.forecast.outlook import Outlook
from gemledger_collector.alerts.forecast.words import (
    dates_of,
    end_in_words,
    moment_after,
    reach_in_words,
)
from gemledger_collector.api.context import Ask, Context, iso
from gemledger_collector.storage.forecast_spend import Traffic
from gemledger_collector.storage.transaction import Snapshot

router = APIRouter(tags=["alerts"])


class End(BaseModel):
    """What will have been spent at the end, in picoUSD: four of five futures lie between low and high."""

    low_pico_usd: str
    likely_pico_usd: str
    high_pico_usd: str
    probability_over: float = Field(description="that the limit is reached by then")


class Reached(BaseModel):
    """When the limit is reached; null: not within the period, or within a year for a balance."""

    earliest: str | None
    likely: str | None
    latest: str | None
    probability: float


class Forecast(BaseModel):
    """A budget of one group in its current period, or a balance."""

    name: str
    labels: dict[str, str]
    period_start: str | None
    period_end: str | None = Field(description="null: a prepaid balance has no end but its own")
    limit_pico_usd: str
    spent_pico_usd: str
    end: End | None = Field(description="null: too early, or no end")
    reached: Reached | None = Field(description="null: too early")
    summary: str


class DatedPrice(BaseModel):
    """A price of a model in use that changes: what its traffic costs a day before and after, in picoUSD."""

    at: str
    platform: str
    model: str
    service_tier: str
    old_row: str
    new_row: str | None = Field(description="null: the price ends, and nothing follows")
    old_daily_pico_usd: str
    new_daily_pico_usd: str | None


class Forecasts(BaseModel):
    """Everything that is foreseen."""

    budgets: list[Forecast]
    balances: list[Forecast]
    price_changes: list[DatedPrice]
    truncated: bool = Field(description="whether groups of budgets were left out")


@router.get("/api/v1/forecast")
def get_forecast(ask: Ask, limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000) -> Forecasts:
    """The end of every budget's period and of every balance, each with an interval; prices that change.

    An interval holds four of five futures. A rolling budget has no end, so none is foreseen.
    """
    config = ask.config.alerts
    with ask.store.reading() as snapshot:
        seer = Seer(snapshot, ask.book, ask.clock())
        budgets = list(islice(_of_budgets(ask, seer), limit + 1))
        balances = [(each, seer.balance(each)) for each in config.balances]
        use = seer.recent_use(Traffic())
    return Forecasts(
        budgets=[_forecast(ask, each, has_end=True) for each in budgets[:limit]],
        balances=[_forecast(ask, each, has_end=config.as_of is None) for config, each in balances],
        price_changes=[dated(change) for change in dated_prices.changes(ask.book, use)],
        truncated=len(budgets) > limit,
    )


def foreseen_budgets(ask: Context, snapshot: Snapshot, limit: int) -> list[Forecast]:
    """The end of every budget's period, group by group."""
    seer = Seer(snapshot, ask.book, ask.clock())
    return [_forecast(ask, each, has_end=True) for each in islice(_of_budgets(ask, seer), limit)]


def _of_budgets(ask: Context, seer: Seer) -> Iterator[Foreseen]:
    return (each for budget in ask.config.alerts.budgets for each in seer.budget(budget))


def _forecast(ask: Context, foreseen: Foreseen, *, has_end: bool) -> Forecast:
    ahead, now = foreseen.outlook, ask.clock()
    return Forecast(
        name=foreseen.name,
        labels=dict(foreseen.labels),
        period_start=iso(foreseen.period.start_unix_nano),
        period_end=iso(foreseen.period.end_unix_nano) if has_end else None,
        limit_pico_usd=str(foreseen.limit_pico_usd),
        spent_pico_usd=str(foreseen.spent_pico_usd),
        end=None if ahead is None or not has_end else _end(ahead, foreseen.limit_pico_usd),
        reached=None if ahead is None else _reached(ahead, foreseen.limit_pico_usd, now),
        summary=end_in_words(foreseen) if has_end else reach_in_words(foreseen, now),
    )


def _end(ahead: Outlook, limit_pico_usd: int) -> End:
    end = ahead.end
    return End(
        low_pico_usd=str(end.low_pico_usd),
        likely_pico_usd=str(end.likely_pico_usd),
        high_pico_usd=str(end.high_pico_usd),
        probability_over=ahead.probability_over(limit_pico_usd),
    )


def _reached(ahead: Outlook, limit_pico_usd: int, now: int) -> Reached:
    reach = ahead.reach(limit_pico_usd)
    earliest, likely, latest = (iso(moment_after(days, now)) for days in dates_of(reach))
    return Reached(earliest=earliest, likely=likely, latest=latest, probability=reach.probability)


def dated(change: PriceChange) -> DatedPrice:
    """A change as it is told."""
    new = change.new_daily_pico_usd
    return DatedPrice(
        at=str(iso(change.at_unix_nano)),
        platform=change.platform,
        model=change.model,
        service_tier=change.service_tier,
        old_row=change.old_row,
        new_row=change.new_row,
        old_daily_pico_usd=str(change.old_daily_pico_usd),
        new_daily_pico_usd=None if new is None else str(new),
    )
