"""One rule of the judge: which answers it is about, how its sample is drawn, and by what they are graded."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from gemledger_collector.config_values import Listed, Name, Strict
from gemledger_collector.judge_config.boosts import Boost
from gemledger_collector.judge_config.checks import AnyCheck
from gemledger_collector.judge_config.floors import FloorConfig


class AnswerFilter(Strict):
    """Which captured answers a rule is about: every given attribute must match."""

    team: str | None = None
    feature: str | None = None
    environment: str | None = None
    prompt_version: str | None = None
    model: str | None = None


class JudgeRule(Strict):
    """A sample of some answers, graded by some rubrics, and checks of them.

    The sample is a hash of the trace (or of the conversation, then whole conversations are judged),
    so it is the same after a restart and grows, never changes, when the rate is raised. With ``every`` it is each
    Nth answer of a feature and prompt version instead. ``boosts`` and ``floor`` add to it, and take nothing away.
    """

    name: Name
    rubrics: Listed[Name] = ("accuracy", "tone")
    checks: Listed[AnyCheck] = ()
    sample_rate: Annotated[float, Field(gt=0, le=1, strict=False)] = 0.01
    every: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    sample_by: Annotated[str, Field(pattern="^(trace|conversation)$")] = "trace"
    filter: AnswerFilter = AnswerFilter()
    boosts: Listed[Boost] = ()
    floor: FloorConfig | None = FloorConfig()

    @model_validator(mode="after")
    def _rubrics_differ(self) -> Self:
        if len(set(self.rubrics)) != len(self.rubrics):
            raise ValueError(f"rubrics {self.rubrics} repeat one; give each once")
        return self

    @model_validator(mode="after")
    def _dimensions_differ(self) -> Self:
        named = [*self.rubrics, *(check.dimension for check in self.checks)]
        if not named:
            raise ValueError("it has neither rubrics nor checks; give one")
        if twice := [name for name in named if named.count(name) > 1]:
            raise ValueError(f"{twice[0]!r} names two of its rubrics and checks; give one a name")
        return self

    @model_validator(mode="before")
    @classmethod
    def _every_is_a_rate(cls, written: object) -> object:
        """Of each Nth answer the share is 1/N, and that is what stands beside its verdict."""
        if not isinstance(written, dict) or not isinstance(written.get("every"), int):
            return written
        if "sample_rate" in written:
            raise ValueError("every and sample_rate are two ways to draw a sample; give one")
        return {**written, "sample_rate": 1 / max(written["every"], 1)}

    @model_validator(mode="after")
    def _boosts_differ(self) -> Self:
        kinds = [boost.when for boost in self.boosts]
        if len(set(kinds)) != len(kinds):
            raise ValueError(f"boosts {kinds} repeat one; give each once")
        return self
