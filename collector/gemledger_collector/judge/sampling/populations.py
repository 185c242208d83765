"""A rule of the configuration, in the words of the store: which answers, drawn how."""

from gemledger_collector.config_values import nanoseconds
from gemledger_collector.judge.sampling import positions
from gemledger_collector.judge_config import JudgeRule
from gemledger_collector.judge_config.boosts import (
    CutOff,
    Dear,
    LongAnswer,
    LowLogprob,
    NewPromptVersion,
    ThumbsDown,
)
from gemledger_collector.storage.sampled_answers import Boosts, Population

DEFAULT_SLOT_NANO = 5 * 60 * 10**9
"""Of a rule that counts and has no floor."""
PICO_USD = 10**12


def slot_nano(rule: JudgeRule) -> int:
    """How long a slot of the rule is."""
    return DEFAULT_SLOT_NANO if rule.floor is None else nanoseconds(rule.floor.slot)


def base_rate(rule: JudgeRule) -> float:
    """The share of answers that the hash alone draws; of a rule that counts none."""
    return 0.0 if rule.every is not None else rule.sample_rate


def draws_slots(rule: JudgeRule) -> bool:
    """Whether anything is decided by slots: where all are judged anyway, nothing is."""
    return rule.every is not None or (rule.floor is not None and rule.sample_rate < 1)


def population(rule: JudgeRule) -> Population:
    """The answers the rule is about."""
    return Population(
        rule=rule.name,
        salt=positions.SALT,
        by_conversation=rule.sample_by == "conversation",
        slot=slot_nano(rule),
        team=rule.filter.team,
        feature=rule.filter.feature,
        environment=rule.filter.environment,
        prompt_version=rule.filter.prompt_version,
        model=rule.filter.model,
    )


def boosts(rule: JudgeRule) -> Boosts:
    """What gives an answer of the rule a larger share."""
    told: dict[str, float | int] = {}
    for boost in rule.boosts:
        told[f"{boost.when}_rate"] = boost.rate
        match boost:
            case LowLogprob():
                told["low_logprob_below"] = boost.below
            case LongAnswer():
                told["long_answer_above"] = boost.above_tokens
            case Dear():
                told["dear_above"] = int(boost.above_usd * PICO_USD)
            case NewPromptVersion() | ThumbsDown() | CutOff():
                pass
    return Boosts(**told)  # type: ignore[arg-type]  # the names are those of its fields


def new_for_nano(rule: JudgeRule) -> int | None:
    """How long a boost takes a prompt version to be new; None where no boost does."""
    lasting = [boost.lasting for boost in rule.boosts if isinstance(boost, NewPromptVersion)]
    return nanoseconds(lasting[0]) if lasting else None
