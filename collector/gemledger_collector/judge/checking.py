"""A round of checks: what can be found in captured answers without a model."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from gemledger_collector.judge.checks import Checked, CheckError, Finding, finder
from gemledger_collector.judge.failures import Kind, attempts_after
from gemledger_collector.judge.judging import Halt, Round
from gemledger_collector.judge.rows import CHECK, Said, evaluation_row
from gemledger_collector.judge.sampling import Pick, picks
from gemledger_collector.judge.transcript import NothingToJudge, exchange
from gemledger_collector.judge_config import JudgeConfig, JudgeRule
from gemledger_collector.judge_config.checks import Check
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.sampled_answers import Answer
from gemledger_collector.storage.store import Store

ROUND_ANSWERS = 500
"""Answers that a check looks at before its findings are committed."""
Seconds = dict[tuple[str, int], float]


@dataclass(frozen=True, slots=True)
class Run:
    """One check of one rule, ready to look."""

    rule: JudgeRule
    check: Check
    find: Callable[[Checked], Finding]

    @classmethod
    def of(cls, rule: JudgeRule, check: Check) -> "Run":
        """The rule with the share of answers that the check looks at, and nothing drawn beyond it."""
        drawn = {"sample_rate": check.sample_rate, "boosts": (), "floor": None, "every": None}
        return cls(rule.model_copy(update=drawn), check, finder(check))


@dataclass(frozen=True, slots=True)
class Looked:
    """A row to write, and the kind of failure where it is an error."""

    row: dict[str, object]
    kind: Kind | None = None


@dataclass(slots=True)
class Checking:
    """Checks round by round. What was found is remembered by the store alone."""

    store: Store
    config: JudgeConfig
    stopping: Callable[[], bool] = lambda: False
    runs: Sequence[Run] = field(init=False)

    def __post_init__(self) -> None:
        """Make the checks ready."""
        self.runs = [Run.of(rule, check) for rule in self.config.rules for check in rule.checks]

    def round(self, now: int) -> Round:
        """Look at some answers with every check; blocks until the findings are written."""
        looked: list[Looked] = []
        waits = False
        for run in self.runs:
            if self.stopping():
                break
            some = self._look(run, now)
            waits |= len(some) >= ROUND_ANSWERS
            looked += some
            if some:
                with self.store.writing() as transaction:
                    evaluations.record(transaction, [each.row for each in some])
        kinds = Counter(each.kind for each in looked if each.kind is not None)
        halt = Halt.MORE if waits and not self.stopping() else Halt.DONE
        return Round(len(looked) - kinds.total(), kinds.total(), halt, kinds)

    def _look(self, run: Run, now: int) -> list[Looked]:
        grading = (run.check.dimension, run.check.version)
        with self.store.reading() as snapshot:
            chosen = list(
                picks(snapshot, self.config, run.rule, grading, now=now, limit=ROUND_ANSWERS)
            )
            seconds = evaluations.durations(snapshot, [pick.answer for pick in chosen])
        return [self._looked(run, pick, seconds, now) for pick in chosen]

    def _looked(self, run: Run, pick: Pick, seconds: Seconds, now: int) -> Looked:
        said = Said(
            dimension=run.check.dimension,
            version=run.check.version,
            by=CHECK,
            kind=CHECK,
            attempt=pick.answer.attempts + 1,
        )
        try:
            found = run.find(_checked(pick.answer, seconds))
        except (CheckError, NothingToJudge) as error:
            attempt = attempts_after(error.kind, pick.answer.attempts, self.config.max_attempts)
            failed = replace(said, error=str(error), attempt=attempt)
            return Looked(evaluation_row(run.rule, pick, failed, now), error.kind)
        said = said.found(found.label, found.score, reason=found.reason)
        return Looked(evaluation_row(run.rule, pick, said, now))


def _checked(answer: Answer, seconds: Seconds) -> Checked:
    said = exchange(answer.input_messages, answer.output_messages, answer.system_instructions)
    return Checked(
        answer=said.answer,
        question=said.question,
        context=said.context,
        instructions=said.instructions,
        model=answer.model,
        team=answer.team,
        feature=answer.feature,
        environment=answer.environment,
        prompt_version=answer.prompt_version,
        conversation_id=answer.conversation_id,
        response_id=answer.response_id,
        start_time_unix_nano=answer.start_time_unix_nano,
        duration_seconds=seconds.get((answer.trace_id, answer.span_id)),
    )
