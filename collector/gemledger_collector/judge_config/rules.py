"""One rule of the judge: which answers it is about, how its sample is drawn, and by what they are graded."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from gemledger_collector.config_values import Listed, Name, Strict
from gemledger_collector.judge_config.checks import AnyCheck


class AnswerFilter(Strict):
    """Which captured answers a rule is about: every given attribute must match."""

    team: str | None = None
    feature: str | None = None
    prompt_version: str | None = None
    model: str | None = None


class JudgeRule(Strict):
    """A sample of some answers, graded by some rubrics, and checks of them.

    The sample is a hash of the trace (or of the conversation, then whole conversations are judged),
    so it is the same after a restart and grows, never changes, when the rate is raised.
    """

    name: Name
    rubrics: Listed[Name] = ("accuracy", "tone")
    checks: Listed[AnyCheck] = ()
    sample_rate: Annotated[float, Field(gt=0, le=1, strict=False)] = 0.01
    sample_by: Annotated[str, Field(pattern="^(trace|conversation)$")] = "trace"
    filter: AnswerFilter = AnswerFilter()

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
