"""Configuration of ``extensions.judge``: which answers are judged, by which rubrics, for how much a day."""

from datetime import timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Annotated, Self

from pydantic import Field, model_validator

from gemledger_collector.config_values import Duration, Listed, Name, Strict, Usd


@cache
def known_rubrics() -> tuple[str, ...]:
    """Names of the rubrics that come with the collector."""
    files = (entry.name for entry in resources.files(f"{__package__}.judge.rubrics").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in files if name.endswith(".yaml")))


class AnswerFilter(Strict):
    """Which captured answers a rule is about: every given attribute must match."""

    team: str | None = None
    feature: str | None = None
    prompt_version: str | None = None
    model: str | None = None


class JudgeRule(Strict):
    """A sample of some answers, graded by some rubrics.

    The sample is a hash of the trace (or of the conversation, then whole conversations are judged),
    so it is the same after a restart and grows, never changes, when the rate is raised.
    """

    name: Name
    rubrics: Annotated[Listed[Name], Field(min_length=1)] = ("accuracy", "tone")
    sample_rate: Annotated[float, Field(gt=0, le=1, strict=False)] = 0.01
    sample_by: Annotated[str, Field(pattern="^(trace|conversation)$")] = "trace"
    filter: AnswerFilter = AnswerFilter()

    @model_validator(mode="after")
    def _rubrics_exist(self) -> Self:
        known = known_rubrics()
        missing = sorted(set(self.rubrics) - set(known))
        if missing:
            raise ValueError(f"there is no rubric {missing[0]!r}; there are {', '.join(known)}")
        return self

    @model_validator(mode="after")
    def _rubrics_differ(self) -> Self:
        if len(set(self.rubrics)) != len(self.rubrics):
            raise ValueError(f"rubrics {self.rubrics} repeat one; give each once")
        return self


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
