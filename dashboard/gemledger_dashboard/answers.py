"""What the collector answers, typed. Money is an integer of picoUSD from here on.

Every `parse_…` raises KeyError, TypeError or ValueError for what it cannot understand; the client
turns these into one error that says whose version is to blame.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from gemledger_dashboard.formats import parse_pico

Json = Mapping[str, Any]

COST_LINES = (
    "input",
    "cache_read",
    "tool_use",
    "output",
    "thoughts",
    "grounding",
    "maps",
    "media",
    "storage",
)
"""What a cost is the sum of, by the collector's names."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a group of calls used and cost; `cost` = known (exact + lower bound) + estimated = all lines.

    `cost_upper` is the most it can have been, but for `unbounded_calls`: of those no upper bound is known.
    """

    calls: int = 0
    errors: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    tool_use_tokens: int = 0
    output_tokens: int = 0
    thoughts_tokens: int = 0
    cost_pico_usd: int = 0
    known_pico_usd: int = 0
    estimated_pico_usd: int = 0
    cost_upper_pico_usd: int = 0
    input_pico_usd: int = 0
    cache_read_pico_usd: int = 0
    tool_use_pico_usd: int = 0
    output_pico_usd: int = 0
    thoughts_pico_usd: int = 0
    grounding_pico_usd: int = 0
    maps_pico_usd: int = 0
    media_pico_usd: int = 0
    storage_pico_usd: int = 0
    unpriced_calls: int = 0
    unbounded_calls: int = 0

    def __add__(self, other: Self) -> Self:
        mine, theirs = self.amounts(), other.amounts()
        return type(self)(**{name: mine[name] + theirs[name] for name in mine})

    @property
    def priced_pico_usd(self) -> int | None:
        """The cost; None when no call in the group has a price, for that is not free."""
        return None if 0 < self.calls == self.unpriced_calls else self.cost_pico_usd

    @property
    def lines(self) -> dict[str, int]:
        """PicoUSD by cost line, in their order."""
        return {line: getattr(self, f"{line}_pico_usd") for line in COST_LINES}

    def amounts(self) -> dict[str, int]:
        """Every figure by its name."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def parse(cls, row: Json) -> Self:
        """The sums in a row of the API."""
        return cls(
            **{
                name: parse_pico(row[name]) if name.endswith("_pico_usd") else _whole(row[name])
                for name in cls.__slots__
            }
        )

    @classmethod
    def total(cls, parts: Iterable[Self]) -> Self:
        """All parts together; nothing at all is zero calls."""
        sums = cls()
        for part in parts:
            sums = sums + part
        return sums


@dataclass(frozen=True, slots=True)
class SpendRow:
    """One group of calls: `keys` has a value for each asked dimension, None where it was not set."""

    bucket_start: datetime | None
    keys: Mapping[str, str | None]
    sums: Sums


@dataclass(frozen=True, slots=True)
class Spend:
    """The groups of a window and their sum."""

    by: tuple[str, ...]
    rows: tuple[SpendRow, ...]
    totals: Sums


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
    """One alert: pending, firing or resolved."""

    fingerprint: str
    rule: str
    kind: str
    state: str
    severity: str
    value_pico_usd: int | None
    limit_pico_usd: int | None
    threshold_percent: int | None
    started_at: datetime
    firing_since: datetime | None
    resolved_at: datetime | None
    reason: str
    notified: bool
    cause: str
    summary: str
    labels: Mapping[str, str]

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


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """Alerts and the messages about them."""

    alerts: tuple[Alert, ...]
    notifications: tuple[Notification, ...]


@dataclass(frozen=True, slots=True)
class QualityRow:
    """What the judge said of one dimension in one group; rates and scores with their interval."""

    bucket_start: datetime | None
    dimension: str
    keys: Mapping[str, str | None]
    judged: int
    bad: int
    cannot_tell: int
    errors: int
    bad_rate: float | None
    bad_rate_low: float | None
    bad_rate_high: float | None
    mean_score: float | None
    mean_score_low: float | None
    mean_score_high: float | None

    @property
    def good(self) -> int:
        """Judged answers that were neither flagged nor left open."""
        return self.judged - self.bad - self.cannot_tell


@dataclass(frozen=True, slots=True)
class Quality:
    """The groups of a window, and one row per dimension over all of it."""

    by: tuple[str, ...]
    rows: tuple[QualityRow, ...]
    totals: tuple[QualityRow, ...]
    interval: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One answer as one judge saw it in one dimension."""

    call_start_time: datetime
    trace_id: str
    feature: str | None
    prompt_version: str | None
    model: str | None
    dimension: str
    label: str
    score: float | None
    reason: str
    judge_model: str
    rubric_version: str


@dataclass(frozen=True, slots=True)
class Status:
    """The collector itself."""

    version: str
    price_book: str
    latest_call: datetime | None


def _whole(value: Any) -> int:  # noqa: ANN401 - JSON can hold anything here; that is the question
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value
