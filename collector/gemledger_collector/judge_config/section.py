"""The whole section ``extensions.judge``: which answers are judged, by what, for how much a day."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from gemledger_collector.config_values import Duration, Listed, Strict, Usd
from gemledger_collector.judge_config.rules import JudgeRule


class JudgeConfig(Strict):
    """All of ``extensions.judge``; without a ``model`` nothing is judged.

    ``daily_budget_usd`` bounds what the judge may cost in a UTC day: the most a call can cost is
    reserved before it is made. ``max_age`` is how old an answer may be to be judged at all.
    """

    interval: Duration = timedelta(seconds=5)
    model: str | None = None
    daily_budget_usd: Usd = Decimal("1.00")
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    retry_after: Duration = timedelta(minutes=1)
    max_age: Duration = timedelta(days=45)
    timeout: Duration = timedelta(seconds=60)
    rules: Listed[JudgeRule] = ()

    @property
    def daily_budget_pico_usd(self) -> int:
        """The judge's budget of a UTC day, in picoUSD."""
        return int(self.daily_budget_usd * 10**12)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [rule.name for rule in self.rules]
        if len(set(names)) != len(names):
            raise ValueError(f"judge rules share a name among {names}; give each its own")
        return self

    @model_validator(mode="after")
    def _interval_is_positive(self) -> Self:
        if self.interval <= timedelta(0):
            raise ValueError(f"interval is {self.interval}; give a duration above 0")
        return self
