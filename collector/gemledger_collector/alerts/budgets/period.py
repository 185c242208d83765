"""Which period of a budget is the present one, and what may be spent in it; pure."""

from gemledger_collector.alerts.alert import Watch, Window
from gemledger_collector.alerts.periods import Calendar, rolling
from gemledger_collector.alerts_config import BudgetConfig
from gemledger_collector.config_values import nanoseconds


def calendar_of(budget: BudgetConfig) -> Calendar:
    """The calendar of a budget that is not rolling."""
    return Calendar(budget.period, budget.timezone, budget.month_starts_on, budget.week_starts_on)


def period_at(budget: BudgetConfig, at_unix_nano: int) -> Window:
    """The period that contains the moment; of a rolling budget the time before it."""
    if budget.rolling is not None:
        return rolling(at_unix_nano, nanoseconds(budget.rolling))
    return calendar_of(budget).containing(at_unix_nano)


def current_period(budget: BudgetConfig, watch: Watch) -> Window:
    """The period that is not over: one that ended within the lateness still takes its last spans."""
    return period_at(budget, watch.now if budget.rolling is not None else watch.watermark)


def limit_at(budget: BudgetConfig, percent: int) -> int:
    """The amount, in picoUSD, at which a threshold is reached: rounded up, so never early."""
    return -(-budget.limit_pico_usd * percent // 100)


def slots_of(period: Window) -> tuple[int, int]:
    """Its bounds in unix seconds: every zone's midnight is a slot's start."""
    return period.start_unix_nano // 10**9, period.end_unix_nano // 10**9
