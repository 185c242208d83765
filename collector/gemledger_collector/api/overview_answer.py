"""What ``GET /api/v1/overview`` answers, typed."""

from pydantic import BaseModel, Field

Figures = dict[str, int | str]
"""As the totals of /api/v1/spend: counts, and picoUSD in decimal strings."""


class Spent(BaseModel):
    """What calls of a stretch of time cost."""

    since: str
    until: str
    totals: Figures


class End(BaseModel):
    """What will have been spent at the end of a period: four of five futures lie between low and high."""

    low_pico_usd: str
    likely_pico_usd: str
    high_pico_usd: str
    probability_over: float | None = Field(
        description="that the limit is reached by then; null where there is none"
    )


class Standing(BaseModel):
    """A budget's group, or the month of all calls: what is spent of it, and what will be."""

    name: str
    labels: dict[str, str]
    period: str
    period_start: str
    period_end: str
    limit_pico_usd: str | None = Field(description="null: the month itself, which has no limit")
    spent_pico_usd: str
    end: End | None = Field(
        description="null: too early (three whole days of spend), no end, or far from its limit"
    )


class Rate(BaseModel):
    """A share of all answers and its 95 % interval."""

    value: float
    low: float
    high: float


class Judged(BaseModel):
    """A dimension of quality; ``word`` is what its bad answers are called."""

    dimension: str
    word: str
    checked: bool = Field(description="by a deterministic check, not by a judge")
    judged: int
    bad: int
    rate: Rate | None = Field(description="null: none was decided")
    corrected: Rate | None = Field(description="null: labels do not tell how the judge errs")
    rate_before: Rate | None


class Muted(BaseModel):
    """What keeps an alert quiet."""

    by: str
    name: str
    words: str


class FiringAlert(BaseModel):
    """An alert that fires."""

    rule: str
    kind: str
    severity: str
    labels: dict[str, str]
    threshold_percent: int | None
    firing_since: str
    summary: str
    cause: str
    muted_by: list[Muted]


class Alerts(BaseModel):
    """Those that fire, the gravest first, and how many there are of others."""

    firing: list[FiringAlert]
    firing_count: int
    pending_count: int
    no_data_count: int


class QuietService(BaseModel):
    """A service that used to report."""

    service: str
    last_seen: str


class Services(BaseModel):
    """How many reported in the last 30 days, and which went quiet."""

    count: int
    quiet_count: int
    quiet: list[QuietService]


class Mover(BaseModel):
    """A team's feature whose spend changed; ``parts`` by what of its use changed sum to the change."""

    team: str | None
    feature: str | None
    spent_pico_usd: str
    before_pico_usd: str
    change_pico_usd: str
    parts_pico_usd: dict[str, str]
    cause: str


class Movement(BaseModel):
    """What changed between two times: all together, and the three payers that moved most."""

    compared: str = Field(description="month: with the same days of the month before; 7d; 1d")
    since: str
    until: str
    before_since: str
    before_until: str
    spent_pico_usd: str
    before_pico_usd: str
    movers: list[Mover]
    other_count: int


class NewUse(BaseModel):
    """A prompt version or a model that a feature had not used before."""

    time: str
    kind: str
    feature: str | None
    before: str
    after: str


class Overview(BaseModel):
    """How things stand."""

    at: str
    timezone: str
    month_starts_on: int
    month_end: str
    only: dict[str, list[str]]
    not_narrowed: list[str] = Field(description="what is of all calls, though some were chosen")
    today: Spent
    month: Spent
    same_days: Spent | None = Field(
        description="of the month before; null: the ledger begins later"
    )
    forecast: Standing | None = Field(
        description="of the month; null where several values of a dimension are chosen"
    )
    budgets: list[Standing] = Field(description="those in most danger first")
    budget_count: int
    alerts: Alerts
    services: Services
    quality: list[Judged] = Field(description="of seven days")
    changed: Movement | None = Field(description="null: the ledger begins too late to compare")
    changes: list[NewUse] = Field(description="newest first")
