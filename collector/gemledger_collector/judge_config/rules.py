"""One rule of the judge: which answers it is about, how its sample is drawn, and by what they are graded."""

from functools import cache
from importlib import resources
from typing import Annotated, Self

from pydantic import Field, model_validator

from gemledger_collector.config_values import Listed, Name, Strict


@cache
def known_rubrics() -> tuple[str, ...]:
    """Names of the rubrics that come with the collector."""
    files = (entry.name for entry in resources.files("gemledger_collector.judge.rubrics").iterdir())
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
