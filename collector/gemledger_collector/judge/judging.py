"""A round of judging: take some answers of the sample, grade them under the budget, write down what was said."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

from gemledger.pricing import Book
from gemledger_collector.judge import rubric as rubrics
from gemledger_collector.judge.failures import CONCERNS_ALL, Kind, attempts_after
from gemledger_collector.judge.grade import GradeError, Judge, platform
from gemledger_collector.judge.prompt import Prompt, Verdict, build
from gemledger_collector.judge.rows import Said, evaluation_row
from gemledger_collector.judge.rubric import Rubric
from gemledger_collector.judge.sampling import Pick, SampleKeeper, picks
from gemledger_collector.judge.spending import CallRates, DailyBudget, Reserved, call_rates
from gemledger_collector.judge.transcript import NothingToJudge, exchange
from gemledger_collector.judge_config import JudgeConfig, JudgeRule
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.store import Store

ROUND_PER_WORKER = 8
"""Answers graded by each worker before the results are committed: what a crash may cost twice."""


class Halt(StrEnum):
    """Why a round ended, or began, without judging all there was."""

    DONE = "nothing waits"
    MORE = "more waits"
    BUDGET = "the daily budget is used up"
    UNPRICED = "the price book has no rate for the judge model, so no budget can be kept"
    LIMITED = "the judge model's rate limit is reached"
    FAILING = "the judge model fails"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to; ``wait_seconds`` is how long Google asks to wait before the next."""

    judged: int
    errors: int
    halt: Halt
    kinds: Mapping[Kind, int] = field(default_factory=dict)
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Task:
    """One answer to be graded by one rubric of one rule; without a prompt there is nothing to ask."""

    rule: JudgeRule
    rubric: Rubric
    pick: Pick
    prompt: Prompt | None = None
    refused: NothingToJudge | None = None


@dataclass(frozen=True, slots=True)
class Graded:
    """A task's outcome: a verdict, or an error; neither when it was not asked after all."""

    task: Task
    verdict: Verdict | None = None
    error: str | None = None
    kind: Kind | None = None
    metered: bool = True
    wait_seconds: float = 0.0

    @property
    def asked(self) -> bool:
        """Whether there is anything to write down."""
        return self.verdict is not None or self.error is not None


@dataclass(slots=True)
class Judging:
    """Judges round by round. What was judged, and what it cost, is remembered by the store alone."""

    store: Store
    config: JudgeConfig
    judge: Judge
    stopping: Callable[[], bool] = lambda: False
    book: Book | None = None
    budget: DailyBudget = field(init=False)
    rubrics: Mapping[str, Rubric] = field(init=False)
    sample: SampleKeeper = field(init=False)

    def __post_init__(self) -> None:
        """Read the rubrics. Raises ConfigError."""
        self.budget = DailyBudget(self.store, self.config.daily_budget_pico_usd)
        self.sample = SampleKeeper(self.store, self.config)
        names = {name for rule in self.config.rules for name in rule.rubrics}
        self.rubrics = {name: rubrics.load(name, self.config.rubrics_folder) for name in names}

    def round(self, now: int) -> Round:
        """Grade a handful of answers of every rule and rubric; blocks until they are written."""
        self.sample.keep(now)
        rates = call_rates(platform(), self.config.model or "", now, self.book)
        if rates is None:
            return Round(0, 0, Halt.UNPRICED)
        tasks = list(self._tasks(now))
        asking = [task for task in tasks if task.prompt is not None]
        amounts = [self._most(task, rates) for task in asking]
        reserved = self.budget.reserve(amounts, now)
        allowed = asking[: len(reserved.amounts)] if reserved else []
        graded = [_refused(task) for task in tasks if task.refused is not None]
        graded += self._grade(allowed)
        self._write(graded, reserved, now)
        return self._round(graded, _halt(graded, len(asking) - len(allowed), self.stopping()))

    def _tasks(self, now: int) -> Iterator[Task]:
        limit = self.config.concurrency * ROUND_PER_WORKER
        with self.store.reading() as snapshot:
            for rule in self.config.rules:
                for rubric in map(self.rubrics.__getitem__, rule.rubrics):
                    grading = (rubric.name, rubric.version)
                    for pick in picks(snapshot, self.config, rule, grading, now=now, limit=limit):
                        yield self._task(rule, rubric, pick)

    def _task(self, rule: JudgeRule, rubric: Rubric, pick: Pick) -> Task:
        answer = pick.answer
        try:
            judged = exchange(
                answer.input_messages, answer.output_messages, answer.system_instructions
            )
            prompt = build(rubric, judged, self.config.max_characters)
        except NothingToJudge as error:
            return Task(rule, rubric, pick, refused=error)
        return Task(rule, rubric, pick, prompt)

    def _most(self, task: Task, rates: CallRates) -> int:
        if task.prompt is None:
            return 0
        return rates.most_pico_usd(task.prompt, self.config.max_output_tokens)

    def _grade(self, tasks: Sequence[Task]) -> list[Graded]:
        if not tasks:
            return []
        hopeless = threading.Event()
        with ThreadPoolExecutor(self.config.concurrency, thread_name_prefix="judge") as pool:
            return list(pool.map(lambda task: self._grade_one(task, hopeless), tasks))

    def _grade_one(self, task: Task, hopeless: threading.Event) -> Graded:
        if task.prompt is None or self.stopping() or hopeless.is_set():
            return Graded(task)
        try:
            verdict = self.judge.grade(task.prompt)
        except GradeError as error:
            if error.kind in CONCERNS_ALL:
                hopeless.set()
            return Graded(
                task,
                error=str(error),
                kind=error.kind,
                metered=error.metered,
                wait_seconds=error.wait_seconds,
            )
        return Graded(task, verdict=verdict, metered=verdict.metered)

    def _write(self, graded: list[Graded], reserved: Reserved | None, now: int) -> None:
        """Verdicts and settled money in one commit, once the ledger has the calls."""
        rows = [self._row(each, now) for each in graded if each.asked]
        if reserved is None and not rows:
            return
        kept = 0
        if reserved is not None:
            called = [each for each in graded if each.task.prompt is not None]
            unknown = zip(called, reserved.amounts, strict=True)
            kept = sum(amount for each, amount in unknown if not each.metered)
            if not self.judge.flush():
                kept = sum(reserved.amounts)
        with self.store.writing() as transaction:
            if rows:
                evaluations.record(transaction, rows)
            if reserved is not None:
                self.budget.settle(transaction, reserved, now, kept_pico_usd=kept)

    def _row(self, graded: Graded, now: int) -> dict[str, object]:
        task, verdict = graded.task, graded.verdict
        attempts = task.pick.answer.attempts + 1
        if graded.kind is not None:
            attempts = attempts_after(graded.kind, attempts - 1, self.config.max_attempts)
        said = Said(
            dimension=task.rubric.name,
            version=task.rubric.version,
            by=self.config.model or "",
            error=graded.error,
            attempt=attempts,
        )
        if verdict is not None:
            said = said.found(
                verdict.label, verdict.score, reason=verdict.reason, evidence=verdict.evidence
            )
        return evaluation_row(task.rule, task.pick, said, now)

    @staticmethod
    def _round(graded: list[Graded], halt: Halt) -> Round:
        kinds = Counter(each.kind for each in graded if each.kind is not None)
        return Round(
            judged=sum(each.verdict is not None for each in graded),
            errors=kinds.total(),
            halt=halt,
            kinds=kinds,
            wait_seconds=max((each.wait_seconds for each in graded), default=0.0),
        )


def _refused(task: Task) -> Graded:
    assert task.refused is not None
    return Graded(task, error=str(task.refused), kind=task.refused.kind)


def _halt(graded: list[Graded], unaffordable: int, stopping: bool) -> Halt:
    if stopping or not (graded or unaffordable):
        return Halt.DONE
    kinds = {each.kind for each in graded}
    if Kind.LIMITED in kinds:
        return Halt.LIMITED
    called = [each for each in graded if each.task.prompt is not None]
    if called and all(each.verdict is None for each in called):
        return Halt.FAILING
    return Halt.BUDGET if unaffordable else Halt.MORE
