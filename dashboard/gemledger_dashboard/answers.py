"""What the collector answers, typed. Money is an integer of picoUSD from here on.

Every `parse_…` raises KeyError, TypeError or ValueError for what it cannot understand; the client
turns these into one error that says whose version is to blame.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gemledger_dashboard.frame.display import Display
from gemledger_dashboard.health.health_answers import Health
from gemledger_dashboard.spend.sums import Sums


@dataclass(frozen=True, slots=True)
class SpendRow:
    """One group of calls: `keys` has a value for each asked dimension, None where it was not set."""

    bucket_start: datetime | None
    keys: Mapping[str, str | None]
    sums: Sums


@dataclass(frozen=True, slots=True)
class Spend:
    """The groups of a window and their sum.

    Beside the sum stands what jobs are expected to cost that have not settled (committed), or never will (overdue).
    """

    by: tuple[str, ...]
    rows: tuple[SpendRow, ...]
    totals: Sums
    committed_pico_usd: int = 0
    overdue_pico_usd: int = 0


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of a budget at which somebody is told."""

    percent: int
    state: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget in its present period."""

    name: str
    period: str
    timezone: str
    period_start: datetime
    period_end: datetime
    limit_pico_usd: int
    spent_pico_usd: int
    filter: Mapping[str, str]
    severity: str
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class LimitRule:
    """A limit on the cost of a sliding window, and what that cost is now."""

    name: str
    metric: str
    window_seconds: int
    limit_pico_usd: int
    value_pico_usd: int
    state: str
    filter: Mapping[str, str]
    severity: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Every budget and every rule that is configured."""

    budgets: tuple[Budget, ...]
    rules: tuple[LimitRule, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: pending, firing, without data or resolved. Value and limit are integers of the unit."""

    fingerprint: str
    rule: str
    kind: str
    state: str
    severity: str
    value: int
    limit: int
    unit: str
    threshold_percent: int | None
    started_at: datetime
    firing_since: datetime | None
    resolved_at: datetime | None
    reason: str
    notified: bool
    cause: str
    summary: str
    labels: Mapping[str, str]
    muted_by: tuple[str, ...] = ()
    """What keeps it quiet now, in words."""

    @property
    def began(self) -> datetime:
        """When it fired; while it has not, when its condition became true."""
        return self.firing_since or self.started_at


@dataclass(frozen=True, slots=True)
class Notification:
    """One message about an alert; `sent_at` is None as long as it has not arrived."""

    created_at: datetime
    sent_at: datetime | None
    channel: str
    rule: str
    fingerprint: str
    status: str
    reason: str
    delivered: bool
    waiting: bool
    attempts: int
    error: str
    fingerprints: tuple[str, ...] = ()
    """Of every alert it is about; ``fingerprint`` is the first one's."""


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """Alerts and the messages about them."""

    alerts: tuple[Alert, ...]
    notifications: tuple[Notification, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """The collector itself."""

    version: str
    price_book: str
    latest_call: datetime | None
    health: Health
    display: Display
    models: tuple[str, ...] = ()
    """Those that were called, in the order of their first calls."""
