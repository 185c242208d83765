"""What the month and every budget will come to, as it was known at the end of the day."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from gemledger.pricing import Book
from gemledger_collector.alerts.budgets.groups import labels_of
from gemledger_collector.alerts.budgets.period import period_at
from gemledger_collector.alerts.forecast.foreseen import Seer
from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.alerts_config import BudgetConfig, Filter
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.reports.content import Standing
from gemledger_collector.reports.days import ReportDay
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.forecast_spend import Traffic, spend_by_day
from gemledger_collector.storage.transaction import Snapshot

MOST = 20
"""Lines of budgets, those that are used most first; of a thousand teams the others are on the dashboard."""
_LOOKED_AT = 1000


def month(snapshot: Snapshot, book: Book, about: ReportDay) -> Standing:
    """The calendar month of the day, everything together."""
    return whole_month(Seer(snapshot, book, about.seen_at), about.timezone)


def whole_month(
    seer: Seer, timezone: str, starts_on: int = 1, only: Filter | None = None
) -> Standing:
    """The month of a zone that the seer is in, everything or some traffic together; months begin on that day."""
    everything = BudgetConfig(
        name="month",
        limit_usd=Decimal(1),
        timezone=timezone,
        month_starts_on=starts_on,
        filter=only or Filter(),
    )
    (found,) = seer.budget(everything)
    return Standing("month", {}, "month", None, found.spent_pico_usd, found.outlook, found.period)


def budgets(
    snapshot: Snapshot, book: Book, about: ReportDay, configured: tuple[BudgetConfig, ...]
) -> list[Standing]:
    """Every budget as it stood at the end of the day, those that are used most first."""
    found = standings(Seer(snapshot, book, about.seen_at), configured)
    found.sort(key=lambda each: -each.spent_pico_usd / (each.limit_pico_usd or 1))
    return found[:MOST]


def standings(
    seer: Seer, configured: tuple[BudgetConfig, ...], *, only_near: bool = False
) -> list[Standing]:
    """Every group of every budget; with ``only_near`` no futures are drawn of groups that cannot come near."""
    every = (each for budget in configured for each in _of(seer, budget, only_near=only_near))
    return list(islice(every, _LOOKED_AT))


def _of(seer: Seer, budget: BudgetConfig, *, only_near: bool) -> Iterator[Standing]:
    if budget.rolling is not None:
        yield from _rolling(seer, budget)
        return
    least = budget.limit_pico_usd if only_near and budget.each else 0
    for found in seer.budget(budget, least):
        yield Standing(
            budget.name,
            found.labels,
            budget.period,
            budget.limit_pico_usd,
            found.spent_pico_usd,
            found.outlook,
            found.period,
        )


def _rolling(seer: Seer, budget: BudgetConfig) -> Iterator[Standing]:
    assert budget.rolling is not None
    window = period_at(budget, seer.now)
    start = slot_of(window.start_unix_nano)
    traffic = Traffic(budget.filter.labels(), budget.each)
    found = spend_by_day(seer.snapshot, traffic, [start], (slot_of(seer.now) + SLOT_SECONDS, 0))
    if not budget.each:
        found.setdefault((), {})
    hours = nanoseconds(budget.rolling) // (3600 * 10**9)
    period = f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"
    for key, spent in found.items():
        total = sum(each.pico_usd for each in spent.values())
        labels = labels_of(budget, key)
        yield Standing(budget.name, labels, period, budget.limit_pico_usd, total, None, window)
