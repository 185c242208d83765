"""What `/api/v1/overview` answers, typed. Money is an integer of picoUSD from here on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gemledger_dashboard.spend.sums import Sums


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls of a stretch of time cost."""

    since: datetime
    until: datetime
    sums: Sums


@dataclass(frozen=True, slots=True)
class End:
    """What a period will have cost: four of five futures lie between low and high."""

    low_pico_usd: int
    likely_pico_usd: int
    high_pico_usd: int
    probability_over: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget's group, or the month, which has no limit; `end` is None where nothing is foreseen."""

    name: str
    labels: Mapping[str, str]
    period: str
    period_end: datetime
    limit_pico_usd: int | None
    spent_pico_usd: int
    end: End | None


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of all answers with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A dimension of quality in the last seven days, beside the seven before."""

    dimension: str
    word: str
    judged: int
    rate: Rate | None
    corrected: Rate | None
    rate_before: Rate | None


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert that fires; `muted_by` is what keeps it quiet, in words."""

    rule: str
    severity: str
    threshold_percent: int | None
    since: datetime
    summary: str
    cause: str
    muted_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quiet:
    """A service that used to report."""

    service: str
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Wrong:
    """Whether anything is."""

    firing: tuple[Firing, ...]
    firing_count: int
    pending_count: int
    no_data_count: int
    service_count: int
    quiet_count: int
    quiet: tuple[Quiet, ...]


@dataclass(frozen=True, slots=True)
class Mover:
    """A team's feature whose spend changed, and why."""

    team: str | None
    feature: str | None
    before_pico_usd: int
    change_pico_usd: int
    cause: str


@dataclass(frozen=True, slots=True)
class Movement:
    """What changed between two times; `compared` is month (with the same days of the month before), 7d or 1d."""

    compared: str
    before_since: datetime
    before_until: datetime
    spent_pico_usd: int
    before_pico_usd: int
    movers: tuple[Mover, ...]
    other_count: int


@dataclass(frozen=True, slots=True)
class NewUse:
    """A prompt version or a model that a feature had not used before."""

    time: datetime
    kind: str
    feature: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Overview:
    """How things stand; what is None the ledger cannot tell."""

    not_narrowed: tuple[str, ...]
    month_end: datetime
    today: Spent
    month: Spent
    same_days: Spent | None
    forecast: Standing | None
    budgets: tuple[Standing, ...]
    budget_count: int
    wrong: Wrong
    quality: tuple[Judged, ...]
    changed: Movement | None
    changes: tuple[NewUse, ...]
