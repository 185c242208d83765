"""Alerts about the future: a budget that will probably be exceeded, a balance that will soon be used up."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from gemledger.pricing import Book
from gemledger_collector.alerts.alert import Alert, Condition, Identity
from gemledger_collector.alerts.budgets.period import limit_at
from gemledger_collector.alerts.forecast.foreseen import DAY_NS, Foreseen, Seer
from gemledger_collector.alerts.forecast.words import end_in_words, reach_in_words
from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts_config import AlertsConfig, BalanceConfig, BudgetConfig
from gemledger_collector.config_values import nanoseconds

SURE, STILL_SURE = 0.8, 0.6
"""The probability from which an alert fires, and down to which it keeps firing."""
_FEWEST_ELAPSED_NS = 3 * DAY_NS

_Limit = BudgetConfig | BalanceConfig


class ForecastWatcher:
    """Looks at what is foreseen, anew every quarter of an hour: the future is in no hurry."""

    def __init__(self, config: AlertsConfig, book: Book) -> None:
        self._budgets = [each for each in config.budgets if each.forecast]
        self._balances = [each for each in config.balances if each.alert_before is not None]
        self._book = book
        self._slot: int | None = None
        self._found: list[tuple[_Limit, Foreseen]] = []

    def look(self, view: View) -> Sequence[Condition]:
        """A condition for each threshold that will probably be reached, each balance that ends, and open alerts."""
        if not self._budgets and not self._balances:
            return []
        if self._slot != slot_of(view.watch.now):
            self._found = list(self._foreseen(view))
            self._slot = slot_of(view.watch.now)
        conditions = [
            condition
            for limit, foreseen in self._found
            for condition in _conditions(limit, foreseen, view)
        ]
        return [
            each
            for each in conditions
            if each.breached or each.identity.fingerprint in view.open_alerts
        ]

    def _foreseen(self, view: View) -> Iterator[tuple[_Limit, Foreseen]]:
        seer = Seer(view.snapshot, self._book, view.watch.watermark)
        for budget in self._budgets:
            for foreseen in seer.budget(budget, limit_at(budget, min(budget.forecast))):
                yield budget, foreseen
        for balance in self._balances:
            yield balance, seer.balance(balance)


def _conditions(limit: _Limit, foreseen: Foreseen, view: View) -> Iterator[Condition]:
    if isinstance(limit, BalanceConfig):
        yield _balance_condition(limit, foreseen, view)
        return
    for percent in sorted(limit.forecast):
        yield _budget_condition(limit, foreseen, percent, view.open_alerts)


def _budget_condition(
    budget: BudgetConfig, foreseen: Foreseen, percent: int, open_alerts: Mapping[str, Alert]
) -> Condition:
    identity = Identity(
        budget.name, "forecast", budget.severity, foreseen.labels, percent, budget.labels
    )
    limit, ahead = limit_at(budget, percent), foreseen.outlook
    sure = STILL_SURE if identity.fingerprint in open_alerts else SURE
    return Condition(
        identity=identity,
        window=foreseen.period,
        value=foreseen.spent_pico_usd if ahead is None else ahead.end.likely_pico_usd,
        limit=limit,
        breached=ahead is not None
        and is_late_enough(foreseen)
        and ahead.probability_over(limit) >= sure,
        hold_ns=nanoseconds(budget.hold),
        annotations={**budget.annotations, "forecast": end_in_words(foreseen)},
    )


def is_late_enough(foreseen: Foreseen) -> bool:
    """Whether three days of the period are over, or a quarter of one that is shorter than twelve."""
    length = foreseen.period.end_unix_nano - foreseen.period.start_unix_nano
    return foreseen.elapsed_ns >= min(_FEWEST_ELAPSED_NS, length // 4)


def _balance_condition(balance: BalanceConfig, foreseen: Foreseen, view: View) -> Condition:
    reach = None if foreseen.outlook is None else foreseen.outlook.reach(balance.amount_pico_usd)
    within = (balance.alert_before or timedelta(0)) / timedelta(days=1)
    soon = reach is not None and reach.likely_days is not None and reach.likely_days <= within
    return Condition(
        identity=Identity(balance.name, "balance", balance.severity, foreseen.labels),
        window=foreseen.period,
        value=foreseen.spent_pico_usd,
        limit=balance.amount_pico_usd,
        breached=soon or foreseen.spent_pico_usd >= balance.amount_pico_usd,
        annotations={"forecast": reach_in_words(foreseen, view.watch.now)},
    )
