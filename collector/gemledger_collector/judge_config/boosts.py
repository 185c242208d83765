"""Answers that are judged more often than others, for what is known of them."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from gemledger_collector.config_values import Duration, Strict, Usd


class _Boost(Strict):
    rate: Annotated[float, Field(gt=0, le=1, strict=False)] = 1.0


class NewPromptVersion(_Boost):
    """Answers of a prompt version that its feature has not had for longer than ``for``."""

    when: Literal["new_prompt_version"]
    lasting: Duration = Field(default=timedelta(hours=2), alias="for")


class LowLogprob(_Boost):
    """Answers whose tokens had an average log-probability below: the model was unsure of them."""

    when: Literal["low_logprob"]
    below: Annotated[float, Field(le=0, strict=False, allow_inf_nan=False)] = -0.5


class ThumbsDown(_Boost):
    """Answers that somebody has given a thumb down, also where that came after they were judged."""

    when: Literal["thumbs_down"]


class CutOff(_Boost):
    """Answers that ended otherwise than by their own end: too long, withheld, broken off."""

    when: Literal["cut_off"]


class LongAnswer(_Boost):
    """Answers of more tokens, thoughts not counted."""

    when: Literal["long_answer"]
    above_tokens: Annotated[int, Field(ge=0)]


class Dear(_Boost):
    """Answers that cost more."""

    when: Literal["dear"]
    above_usd: Usd


Boost = Annotated[
    NewPromptVersion | LowLogprob | ThumbsDown | CutOff | LongAnswer | Dear,
    Field(discriminator="when"),
]
