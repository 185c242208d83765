"""Quality: how many bad answers are acceptable, how many are not, and how rarely the alarm may be false."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from gemledger_collector.alerts_config.rules import Watched
from gemledger_collector.config_values import Duration, Listed, Name, Severity, parse_share
from gemledger_collector.estimation.cusum import design

JUDGE_BUDGET = "judge-budget"
"""The alert that says that the judge has stopped; no other may have its name."""

JudgedBy = Literal["team", "feature", "environment", "prompt_version", "model"]
"""What is known of a judged answer."""


def _share(written: object) -> float:
    return float(parse_share(written))


Share = Annotated[float, BeforeValidator(_share)]


class QualityConfig(Watched):
    """Answers that get worse, for each group: a chart of the judge's verdicts that keeps a promise.

    It alarms when bad answers have become more frequent than ``acceptable``. At the acceptable rate that happens once
    in ``false_alarm_every`` judged answers; a rate of ``unacceptable`` is found as soon as that allows. Both are shares
    of answers that *are* bad where the judge is calibrated, else of answers that it *calls* bad. With ``baseline:
    learned`` acceptable is what the judge says of the prompt versions before, and ``unacceptable - acceptable`` is how
    much worse it may get. ``rule`` is the judge rule whose verdicts count; null: all that judge this dimension.
    """

    dimension: Name
    rule: Name | None = None
    group_by: Listed[JudgedBy] = ("feature", "prompt_version")
    acceptable: Share = 0.03
    unacceptable: Share = 0.15
    false_alarm_every: Annotated[int, Field(ge=100, le=1_000_000)] = 6000
    baseline: Literal["learned", "fixed"] = "learned"
    keep_firing_for: Duration = timedelta(0)
    severity: Severity = "warning"

    @model_validator(mode="after")
    def _rates_can_be_told_apart(self) -> Self:
        if self.acceptable < 0.001:
            raise ValueError(
                f"acceptable {self.acceptable:.4%} would take too many answers to be seen; give 0.1% or more"
            )
        design(self.acceptable, self.unacceptable, self.false_alarm_every)
        return self

    @model_validator(mode="after")
    def _is_known_of_answers(self) -> Self:
        known = ("team", "feature", "environment", "prompt_version", "model")
        unknown = sorted(set(self.filter.labels()) - set(known))
        if unknown:
            raise ValueError(
                f"judged answers are not known by {unknown[0]}, only by {', '.join(known)}"
            )
        if len(set(self.group_by)) != len(self.group_by):
            raise ValueError(f"group_by repeats {self.group_by}; give each once")
        return self
