"""What is foreseen of budgets and balances, out of the store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from gemledger.pricing import Book
from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.budgets.groups import labels_of
from gemledger_collector.alerts.budgets.period import calendar_of
from gemledger_collector.alerts.forecast import dated_prices
from gemledger_collector.alerts.forecast.calendar import Days, Spending, days_around, spending
from gemledger_collector.alerts.forecast.dated_prices import RecentUse
from gemledger_collector.alerts.forecast.outlook import Outlook, outlook
from gemledger_collector.alerts.periods import Calendar, unix_nano
from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.alerts_config import BalanceConfig, BudgetConfig
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.forecast_spend import Traffic, priced_use, spent_between
from gemledger_collector.storage.transaction import Snapshot

DAY_NS = nanoseconds(timedelta(days=1))
USE_DAYS = 7
"""Of use that is priced again."""
HORIZON_DAYS = 366
"""How far ahead the end of a prepaid balance is looked for."""
MONTH_DAYS = 32


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One budget's group, or one balance: its stretch of time, and what will come of it.

    ``outlook`` is None where it is too early. ``elapsed_ns`` is how much of the stretch is over.
    """

    name: str
    labels: Mapping[str, str]
    period: Window
    limit_pico_usd: int
    spent_pico_usd: int
    elapsed_ns: int
    outlook: Outlook | None


@dataclass(frozen=True, slots=True)
class Seer:
    """Looks at the future of a store at one moment."""

    snapshot: Snapshot
    book: Book
    now: int

    def budget(self, budget: BudgetConfig, least_pico_usd: int = 0) -> Iterator[Foreseen]:
        """Each group of a budget in its current period; none of a rolling one, which has no end.

        Futures are not drawn for groups that cannot come near ``least_pico_usd``: of a thousand groups nearly all.
        """
        if budget.rolling is not None:
            return
        period = calendar_of(budget).containing(self.now)
        traffic = Traffic(budget.filter.labels(), budget.each)
        days = days_around(self.now, budget.timezone, period.start_unix_nano, MONTH_DAYS)
        for key, spent in spending(self.snapshot, traffic, days).items():
            labels = labels_of(budget, key)
            total = spent.since(period.start_unix_nano)
            ahead = (
                self._outlook(spent, total, Traffic(labels), period.end_unix_nano)
                if _may_reach(spent, period, least_pico_usd)
                else None
            )
            yield Foreseen(
                budget.name,
                labels,
                period,
                budget.limit_pico_usd,
                total,
                self.now - period.start_unix_nano,
                ahead,
            )

    def balance(self, balance: BalanceConfig) -> Foreseen:
        """A balance from its beginning, or this month's cap."""
        traffic = Traffic(account_project=balance.account_project)
        if balance.as_of is None:
            period = Calendar("month", balance.timezone).containing(self.now)
            count = MONTH_DAYS
        else:
            start = unix_nano(balance.as_of)
            period = Window(start, max(start, self.now) + HORIZON_DAYS * DAY_NS)
            count = HORIZON_DAYS
        days = days_around(self.now, balance.timezone, self.now, count)
        total = spent_between(
            self.snapshot,
            traffic,
            slot_of(period.start_unix_nano),
            slot_of(self.now) + SLOT_SECONDS,
        )
        spent = spending(self.snapshot, traffic, days)[()]
        return Foreseen(
            balance.name,
            {},
            period,
            balance.amount_pico_usd,
            total,
            self.now - period.start_unix_nano,
            self._outlook(spent, total, traffic, period.end_unix_nano),
        )

    def recent_use(self, traffic: Traffic) -> RecentUse:
        """The last seven days' use, or as much as there is."""
        until = slot_of(self.now) + SLOT_SECONDS
        since = until - USE_DAYS * 86_400
        first = alert_history.first_slot(self.snapshot)
        since = since if first is None else min(until - SLOT_SECONDS, max(since, first))
        use = priced_use(self.snapshot, traffic, since, until)
        return RecentUse(use, Fraction(until - since, 86_400), self.now)

    def _outlook(
        self, spent: Spending, total: int, traffic: Traffic, end_unix_nano: int
    ) -> Outlook | None:
        rest = spent.days.rest_until(end_unix_nano)
        ratios = self._ratios(traffic, spent.days, len(rest))
        return outlook(total, spent.history, rest, ratios)

    def _ratios(self, traffic: Traffic, days: Days, count: int) -> list[float]:
        starts = [self.now, *(day.start_unix_nano for day in days.coming)][:count]
        if not changes_between(self.book, self.now, starts[-1]):
            return [1.0] * count
        return _ratios(self.book, self.recent_use(traffic), starts)


def _may_reach(spent: Spending, period: Window, least_pico_usd: int) -> bool:
    """Whether days three times as dear as the dearest would do."""
    dearest = max((day.pico_usd for day in spent.history.days), default=0)
    rest = sum(spent.days.rest_until(period.end_unix_nano))
    return spent.since(period.start_unix_nano) + 3 * rest * dearest >= least_pico_usd


def _ratios(book: Book, recent: RecentUse, starts: Sequence[int]) -> list[float]:
    found: list[float] = []
    before = recent.now
    for start in starts:
        if found and not changes_between(book, before, start):
            found.append(found[-1])
        else:
            found.append(dated_prices.ratio(book, recent, start))
        before = start
    return found


def changes_between(book: Book, after_unix_nano: int, until_unix_nano: int) -> bool:
    """Whether any price of the book begins or ends in that time."""
    return any(after_unix_nano < at <= until_unix_nano for at in dated_prices.dates(book))
