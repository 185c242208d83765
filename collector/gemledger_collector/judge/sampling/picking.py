"""What waits to be judged by one rule and one rubric."""

from collections.abc import Iterator

from gemledger_collector.config_values import nanoseconds
from gemledger_collector.judge.sampling import positions
from gemledger_collector.judge.sampling.pick import Pick
from gemledger_collector.judge_config import JudgeConfig, JudgeRule
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.evaluations import Wanted
from gemledger_collector.storage.transaction import Snapshot


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
    dimension, version = grading
    wanted = Wanted(
        rule=rule.name,
        dimension=dimension,
        rubric_version=version,
        salt=positions.SALT,
        threshold=positions.threshold(rule.sample_rate),
        by_conversation=rule.sample_by == "conversation",
        team=rule.filter.team,
        feature=rule.filter.feature,
        prompt_version=rule.filter.prompt_version,
        model=rule.filter.model,
        since=now - nanoseconds(config.max_age),
        max_attempts=config.max_attempts,
        tried_before=now - nanoseconds(config.retry_after),
        limit=limit,
    )
    for answer in evaluations.candidates(snapshot, wanted):
        yield Pick(answer, rule.sample_rate)
