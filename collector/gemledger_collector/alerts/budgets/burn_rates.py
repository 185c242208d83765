"""How fast a budget is spent: the four window pairs of Google's SRE workbook, applied to money; pure.

The burn rate is the speed of spending by the speed that ends exactly at the limit: 1 is on budget. The long window
makes sure, the short one ends the alert soon after the spending has: both must exceed the factor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Literal

from gemledger_collector.alerts.alert import Condition, Identity, Window
from gemledger_collector.alerts.budgets.groups import labels_of
from gemledger_collector.alerts.quantities import duration
from gemledger_collector.alerts_config import BudgetConfig
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage.budget_spend import Group


@dataclass(frozen=True, slots=True)
class BurnPair:
    """Two windows, the factor that the burn rate must exceed in both, and how urgent that is."""

    long: timedelta
    short: timedelta
    factor: Fraction
    urgency: Literal["page", "ticket"]

    @property
    def name(self) -> str:
        """The long window in words, such as 6h: it tells the pairs of a budget apart."""
        return duration(int(self.long.total_seconds()))


PAIRS = (
    BurnPair(timedelta(hours=1), timedelta(minutes=5), Fraction(144, 10), "page"),
    BurnPair(timedelta(hours=6), timedelta(minutes=30), Fraction(6), "page"),
    BurnPair(timedelta(days=1), timedelta(hours=2), Fraction(3), "ticket"),
    BurnPair(timedelta(days=3), timedelta(hours=6), Fraction(1), "ticket"),
)
"""Of a 30-day budget they are 2, 5, 10 and 10 % within the long window."""


@dataclass(frozen=True, slots=True)
class Burnt:
    """What a group spent in the two windows of a pair, in picoUSD."""

    long_pico_usd: int
    short_pico_usd: int


def pairs_of(period: Window) -> Sequence[BurnPair]:
    """The pairs that say something about a period: none whose long window is longer than it."""
    length = period.end_unix_nano - period.start_unix_nano
    return [pair for pair in PAIRS if nanoseconds(pair.long) <= length]


def allowed(limit_pico_usd: int, period: Window, window: timedelta, factor: Fraction) -> int:
    """The most, in picoUSD, that may be spent in a window without exceeding the factor."""
    length = period.end_unix_nano - period.start_unix_nano
    return int(
        factor * limit_pico_usd * nanoseconds(window) / length
    )  # cut off: exact for integers of spend


def exceeds(budget: BudgetConfig, pair: BurnPair, burnt: Burnt, period: Window) -> bool:
    """Whether both windows burn faster than the factor."""
    limit = budget.limit_pico_usd
    return burnt.long_pico_usd > allowed(
        limit, period, pair.long, pair.factor
    ) and burnt.short_pico_usd > allowed(limit, period, pair.short, pair.factor)


def burn_rate(spent_pico_usd: int, window: timedelta, limit_pico_usd: int, period: Window) -> float:
    """For a screen."""
    length = period.end_unix_nano - period.start_unix_nano
    return float(Fraction(spent_pico_usd * length, limit_pico_usd * nanoseconds(window)))


def identity(budget: BudgetConfig, pair: BurnPair, group: Group = ()) -> Identity:
    """The alert a pair raises for a group."""
    severity = budget.page_severity if pair.urgency == "page" else budget.ticket_severity
    extra = {**budget.labels, "long_window": pair.name}
    return Identity(budget.name, "burn_rate", severity, labels_of(budget, group), None, extra)


def condition(
    budget: BudgetConfig, pair: BurnPair, group: Group, burnt: Burnt, at: tuple[Window, int]
) -> Condition:
    """What the state machine is told; ``at`` is the budget's period and now."""
    period, now = at
    return Condition(
        identity=identity(budget, pair, group),
        window=Window(now - nanoseconds(pair.long), now),
        value=burnt.long_pico_usd,
        limit=allowed(budget.limit_pico_usd, period, pair.long, pair.factor),
        breached=exceeds(budget, pair, burnt, period),
        # Traffic comes in bursts: over after a whole short window without, not at the first quiet minute.
        keep_firing_ns=nanoseconds(pair.short),
        annotations=budget.told,
    )
