"""Configuration of ``extensions.alerts``: budgets, rules, channels, routes; parsed strictly, frozen, complete."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

DURATION = re.compile(r"(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h|d)")
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
SLOT = timedelta(minutes=15)
"""The ledger's grain: no window is finer."""
PICO_USD = 10**12


def nanoseconds(duration: timedelta) -> int:
    """A duration in whole nanoseconds, without a float on the way."""
    return duration // timedelta(microseconds=1) * 1000


def parse_duration(written: object) -> timedelta:
    """``500ms``, ``15s``, ``5m``, ``1h`` or ``1d`` as a timedelta; ValueError says what would be accepted."""
    if isinstance(written, timedelta):
        return written
    found = DURATION.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None:
        raise ValueError(
            f"{written!r} is not a duration; write a number and a unit, such as 15s, 5m, 1h or 1d"
        )
    return timedelta(seconds=float(found["amount"]) * SECONDS[found["unit"]])


def parse_usd(written: object) -> Decimal:
    """An amount above zero in US dollars, at most nine million, exact to the picodollar."""
    if isinstance(written, bool) or not isinstance(written, int | float | str | Decimal):
        raise ValueError(f"{written!r} is not an amount; write US dollars, such as 25.00")  # noqa: TRY004 - pydantic reports ValueError only
    try:
        amount = Decimal(str(written))
    except ArithmeticError:
        raise ValueError(f"{written!r} is not an amount; write US dollars, such as 25.00") from None
    if (
        not amount.is_finite() or not 0 < amount <= 9_000_000
    ):  # a BIGINT of picoUSD ends at 9.2 million dollars
        raise ValueError(
            f"{written} is not between 0 and 9,000,000 US dollars; give an amount above 0"
        )
    if amount * PICO_USD != int(amount * PICO_USD):
        raise ValueError(f"{written} is finer than a picodollar; give at most 12 decimals")
    return amount


def parse_zone(written: object) -> str:
    """The name of a time zone that exists, such as ``Europe/Berlin``."""
    try:
        return ZoneInfo(str(written)).key
    except (
        KeyError,
        ValueError,
        OSError,
    ):  # a lookup of a folder of the zone database is an OSError
        raise ValueError(
            f"{written!r} is no time zone; give an IANA name such as UTC or Europe/Berlin"
        ) from None


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Usd = Annotated[Decimal, BeforeValidator(parse_usd)]
Zone = Annotated[str, BeforeValidator(parse_zone)]
Severity = Literal["info", "warning", "critical"]
Item = TypeVar("Item")
Listed = Annotated[
    tuple[Item, ...], Field(strict=False)
]  # YAML knows lists only; what is frozen holds tuples
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]


class Strict(BaseModel):
    """An unknown key or a wrong type is an error, and what was parsed does not change."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Filter(Strict):
    """Which spend counts: every given attribute must match; nothing given means all of it."""

    team: str | None = None
    feature: str | None = None
    model: str | None = None
    environment: str | None = None
    prompt_version: str | None = None
    service: str | None = None

    def labels(self) -> dict[str, str]:
        """The attributes that were given."""
        return {name: value for name, value in self if value is not None}


class BudgetConfig(Strict):
    """An amount per calendar period; each threshold (percent of it) alerts once per period."""

    name: Name
    limit_usd: Usd
    period: Literal["day", "week", "month"] = "month"
    timezone: Zone = "UTC"
    thresholds: Annotated[Listed[Annotated[int, Field(ge=1, le=1000)]], Field(min_length=1)] = (
        50,
        75,
        90,
        100,
    )
    hold: Annotated[Duration, Field(alias="for")] = timedelta(0)
    filter: Filter = Filter()
    severity: Severity = "critical"

    @property
    def limit_pico_usd(self) -> int:
        """The whole budget of one period, in picoUSD."""
        return int(self.limit_usd * PICO_USD)

    @model_validator(mode="after")
    def _thresholds_differ(self) -> Self:
        if len(set(self.thresholds)) != len(self.thresholds):
            raise ValueError(f"thresholds {self.thresholds} repeat a percentage; give each once")
        return self


class RuleConfig(Strict):
    """Spend in a trailing window above a fixed amount."""

    name: Name
    metric: Literal["cost"] = "cost"
    window: Duration = timedelta(hours=1)
    above_usd: Usd
    hold: Annotated[Duration, Field(alias="for")] = timedelta(0)
    filter: Filter = Filter()
    severity: Severity = "critical"

    @property
    def limit_pico_usd(self) -> int:
        """The amount a window may cost, in picoUSD."""
        return int(self.above_usd * PICO_USD)

    @model_validator(mode="after")
    def _window_is_made_of_slots(self) -> Self:
        if self.window < SLOT or self.window % SLOT:
            raise ValueError(
                f"window {self.window} is no multiple of the ledger's 15 minutes; give 15m, 30m, 1h, …"
            )
        return self


class WebhookConfig(Strict):
    """An address that takes Alertmanager's webhook body (version 4)."""

    name: Name
    type: Literal["webhook"]
    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$")]
    timeout: Duration = timedelta(seconds=5)


class RouteConfig(Strict):
    """Which alerts go to which channels: the first route whose labels all match decides."""

    match: dict[str, str] = {}
    channels: Listed[str]


class AlertsConfig(Strict):
    """All of ``extensions.alerts``.

    ``lateness`` is the watermark. A window or period is over once it ended longer ago than that: a
    breach found in it afterwards (spans that came late, a back-fill, a new rule on old data) is
    history, recorded as resolved with its true times, and sent to nobody. What is not over pages:
    a threshold that late spend crosses in a budget's *current* period is told, once. For the same
    reason a new period is watched from ``lateness`` after its start: until then the one before may
    still be getting its last spans.

    ``repeat_interval`` reminds of a rule that keeps firing; a budget's threshold is told once a period.
    """

    evaluation_interval: Duration = timedelta(seconds=15)
    lateness: Duration = timedelta(minutes=2)
    repeat_interval: Duration = timedelta(hours=4)
    budgets: Listed[BudgetConfig] = ()
    rules: Listed[RuleConfig] = ()
    channels: Listed[WebhookConfig] = ()
    routes: Listed[RouteConfig] = ()

    @model_validator(mode="after")
    def _intervals_are_positive(self) -> Self:
        for key in ("evaluation_interval", "lateness", "repeat_interval"):
            if getattr(self, key) <= timedelta(0):
                raise ValueError(f"{key} is {getattr(self, key)}; give a duration above 0")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        watched = [*(budget.name for budget in self.budgets), *(rule.name for rule in self.rules)]
        channels = [channel.name for channel in self.channels]
        for key, names in (("budgets and rules", watched), ("channels", channels)):
            doubled = sorted({name for name in names if names.count(name) > 1})
            if doubled:
                raise ValueError(f"{key} share the name {doubled[0]!r}; give each its own")
        if "log" in channels:
            raise ValueError(
                "a channel is named 'log', which is always there; give it another name"
            )
        return self

    @model_validator(mode="after")
    def _routes_lead_to_channels(self) -> Self:
        known = {"log", *(channel.name for channel in self.channels)}
        for route in self.routes:
            missing = sorted(set(route.channels) - known)
            if missing:
                raise ValueError(
                    f"a route names the channel {missing[0]!r}; there is only {', '.join(sorted(known))}"
                )
        return self
