"""What waits to be judged by one rule and one rubric, and why each answer is in the sample."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gemledger_collector.config_values import nanoseconds
from gemledger_collector.judge.sampling import populations
from gemledger_collector.judge.sampling.newness import newcomers
from gemledger_collector.judge.sampling.pick import Pick
from gemledger_collector.judge_config import JudgeConfig, JudgeRule
from gemledger_collector.storage import sampled_answers, sampling_slots
from gemledger_collector.storage.sampled_answers import Chance, NewVersion, Wanted
from gemledger_collector.storage.transaction import Snapshot

CONTENT_BOOSTS = ("thumbs_down", "low_logprob", "cut_off", "long_answer", "dear")
"""Boosts that go by what an answer is, or what was said of it."""


def picks(
    snapshot: Snapshot,
    config: JudgeConfig,
    rule: JudgeRule,
    grading: tuple[str, str],
    *,
    now: int,
    limit: int,
) -> Iterator[Pick]:
    """Answers of the rule's sample that ``grading`` (dimension, version) has not settled, newest first."""
    asked = replace(wanted(snapshot, config, rule, grading, now), limit=limit)
    for answer, chance in sampled_answers.candidates(snapshot, asked):
        yield Pick(answer, chance.probability, because(rule, chance), representative(rule, chance))


def wanted(
    snapshot: Snapshot,
    config: JudgeConfig,
    rule: JudgeRule,
    grading: tuple[str, str],
    now: int,
) -> Wanted:
    """The question to the store."""
    dimension, version = grading
    return Wanted(
        population=populations.population(rule),
        dimension=dimension,
        rubric_version=version,
        rate=populations.base_rate(rule),
        by_slots=populations.draws_slots(rule),
        counted_share=0.0 if rule.every is None else 1 / rule.every,
        boosts=populations.boosts(rule),
        new_versions=_new_versions(snapshot, rule),
        since=now - nanoseconds(config.max_age),
        max_attempts=config.max_attempts,
        tried_before=now - nanoseconds(config.retry_after),
    )


def representative(rule: JudgeRule, chance: Chance) -> bool:
    """Whether the answer would be in whatever it says."""
    alike = (populations.base_rate(rule), chance.threshold, chance.new_prompt_version)
    return chance.counted or chance.position < max(alike)


def because(rule: JudgeRule, chance: Chance) -> str:
    """The first of all that puts the answer into the sample, the plain ones before the boosts."""
    if chance.position < populations.base_rate(rule):
        return "rate"
    if chance.counted:
        return "every"
    if chance.position < chance.threshold:
        return chance.slot_because or "floor"
    shares = {name: getattr(chance, name) for name in ("new_prompt_version", *CONTENT_BOOSTS)}
    return next(name for name, share in shares.items() if chance.position < share)


def _new_versions(snapshot: Snapshot, rule: JudgeRule) -> Sequence[NewVersion]:
    lasting = populations.new_for_nano(rule)
    if lasting is None:
        return ()
    return newcomers(sampling_slots.first_seen(snapshot)).new_versions(lasting)
