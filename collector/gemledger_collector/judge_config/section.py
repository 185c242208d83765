"""The whole section ``extensions.judge``: which answers are judged, by what, for how much a day."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from gemledger_collector.config_values import Duration, Listed, Strict, Usd
from gemledger_collector.judge_config.canary import CanaryConfig
from gemledger_collector.judge_config.rubric_files import known_rubrics
from gemledger_collector.judge_config.rules import JudgeRule

MOVING = "-latest"
"""Ends the names that Google moves from one model to the next."""


class JudgeConfig(Strict):
    """All of ``extensions.judge``; without a ``model`` only checks are run.

    ``daily_budget_usd`` bounds what the judge may cost in a UTC day: the most a call can cost is
    reserved before it is made. ``max_age`` is how old an answer may be to be judged at all. ``rubrics`` is a folder
    with rubrics of one's own. What is longer than ``max_characters``, all texts together, is not judged. A slot
    of time is drawn from once it has been over for ``lateness``.
    """

    interval: Duration = timedelta(seconds=5)
    model: str | None = None
    daily_budget_usd: Usd = Decimal("1.00")
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    retry_after: Duration = timedelta(minutes=1)
    max_age: Duration = timedelta(days=45)
    timeout: Duration = timedelta(seconds=60)
    max_output_tokens: Annotated[int, Field(ge=256, le=16_384)] = 2048
    max_characters: Annotated[int, Field(ge=1000, le=1_000_000)] = 200_000
    rubrics: str | None = None
    lateness: Duration = timedelta(seconds=30)
    canary: CanaryConfig = CanaryConfig()
    rules: Listed[JudgeRule] = ()

    @property
    def daily_budget_pico_usd(self) -> int:
        """The judge's budget of a UTC day, in picoUSD."""
        return int(self.daily_budget_usd * 10**12)

    @property
    def rubrics_folder(self) -> Path | None:
        """Where one's own rubrics lie."""
        return None if self.rubrics is None else Path(self.rubrics)

    @field_validator("model")
    @classmethod
    def _model_is_pinned(cls, model: str | None) -> str | None:
        if model is not None and model.endswith(MOVING):
            raise ValueError(
                f"{model!r} is whatever Google makes it tomorrow, and every figure would move with it; "
                "name the model itself, such as gemini-2.5-flash-lite"
            )
        return model

    @model_validator(mode="after")
    def _rubrics_exist(self) -> Self:
        known = known_rubrics(self.rubrics_folder)
        for rule in self.rules:
            missing = sorted(set(rule.rubrics) - set(known))
            if missing:
                raise ValueError(
                    f"rule {rule.name!r}: there is no rubric {missing[0]!r}; there are {', '.join(known)}"
                )
        return self

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
