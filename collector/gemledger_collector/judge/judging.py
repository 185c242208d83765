"""A round of judging: take some answers of the sample, grade them under the budget, write down what was said."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gemledger_collector.judge import rubric as rubrics
from gemledger_collector.judge.grade import GradeError, Judge, platform
from gemledger_collector.judge.prompt import Verdict, build
from gemledger_collector.judge.rubric import Rubric
from gemledger_collector.judge.sampling import Pick, picks
from gemledger_collector.judge.spending import CallRates, Reservations, call_rates
from gemledger_collector.judge.transcript import NothingToJudge, exchange
from gemledger_collector.judge_config import JudgeConfig, JudgeRule
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.evaluations import Answer
from gemledger_collector.storage.store import Store

log = logging.getLogger("gemledger.judge")

ROUND_PER_WORKER = 8
"""Answers graded by each worker before the results are committed: what a crash may cost twice."""
DAY_NS = 86400 * 10**9


class Halt(StrEnum):
    """Why a round ended, or began, without judging all there was."""

    DONE = "nothing waits"
    MORE = "more waits"
    BUDGET = "the daily budget is used up"
    UNPRICED = "the price book has no rate for the judge model, so no budget can be kept"
    FAILING = "the judge model fails"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to."""

    judged: int
    errors: int
    halt: Halt


@dataclass(frozen=True, slots=True)
class Task:
    """One answer to be graded by one rubric of one rule."""

    rule: JudgeRule
    rubric: Rubric
    pick: Pick

    @property
    def answer(self) -> Answer:
        """What is graded."""
        return self.pick.answer


@dataclass(frozen=True, slots=True)
class Graded:
    """A task's outcome: a verdict, or an error; neither when the budget did not allow the call."""

    task: Task
    verdict: Verdict | None = None
    error: str | None = None
    attempt: int | None = None
    """Where it is not simply one more than before."""

    @property
    def asked(self) -> bool:
        """Whether there is anything to write down."""
        return self.verdict is not None or self.error is not None


@dataclass(slots=True)
class Judging:
    """Judges round by round. What was judged is remembered by the store alone."""

    store: Store
    config: JudgeConfig
    judge: Judge
    stopping: Callable[[], bool] = lambda: False
    reservations: Reservations = field(init=False)
    _day: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Start with nothing reserved."""
        self.reservations = Reservations(self.config.daily_budget_pico_usd)

    def round(self, now: int) -> Round:
        """Grade a handful of answers of every rule and rubric; blocks until they are written."""
        rates = call_rates(platform(), self.config.model or "", now)
        if rates is None:
            return Round(0, 0, Halt.UNPRICED)
        self._begin_day(now)
        tasks = list(self._tasks(now))
        graded = self._grade(tasks, rates)
        self._write(graded, now)
        self.reservations.settle(complete=self.judge.flush())
        return self._round(tasks, graded)

    def _begin_day(self, now: int) -> None:
        day = now // DAY_NS
        if day != self._day:
            self.reservations.new_day()
            self._day = day
        with self.store.reading() as snapshot:
            self.reservations.spent(evaluations.judge_spend(snapshot, day * DAY_NS // 10**9))

    def _tasks(self, now: int) -> Iterator[Task]:
        with self.store.reading() as snapshot:
            for rule in self.config.rules:
                for rubric in map(rubrics.load, rule.rubrics):
                    grading = (rubric.name, rubric.version)
                    limit = self.config.concurrency * ROUND_PER_WORKER
                    for pick in picks(snapshot, self.config, rule, grading, now=now, limit=limit):
                        yield Task(rule, rubric, pick)

    def _grade(self, tasks: list[Task], rates: CallRates) -> list[Graded]:
        if not tasks:
            return []
        with ThreadPoolExecutor(self.config.concurrency, thread_name_prefix="judge") as pool:
            return list(pool.map(lambda task: self._grade_one(task, rates), tasks))

    def _grade_one(self, task: Task, rates: CallRates) -> Graded:
        try:
            prompt = build(
                task.rubric, exchange(task.answer.input_messages, task.answer.output_messages)
            )
            if self.stopping() or not self.reservations.reserve(rates.most_pico_usd(prompt)):
                return Graded(task)
            return Graded(task, verdict=self.judge.grade(prompt))
        except GradeError as error:
            return Graded(task, error=str(error))
        except NothingToJudge as error:  # asking again would not help
            return Graded(task, error=str(error), attempt=self.config.max_attempts)

    def _write(self, graded: list[Graded], now: int) -> None:
        rows = [_row(each, self.config.model or "", now) for each in graded if each.asked]
        if rows:
            with self.store.writing() as transaction:
                evaluations.record(transaction, rows)

    def _round(self, tasks: list[Task], graded: list[Graded]) -> Round:
        judged = sum(each.verdict is not None for each in graded)
        errors = sum(each.error is not None for each in graded)
        return Round(judged, errors, self._halt(tasks, graded))

    def _halt(self, tasks: list[Task], graded: list[Graded]) -> Halt:
        if not tasks or self.stopping():
            return Halt.DONE
        if not all(each.asked for each in graded):
            return Halt.BUDGET
        failed = all(each.error is not None and each.attempt is None for each in graded)
        return Halt.FAILING if failed else Halt.MORE


def _row(graded: Graded, judge_model: str, now: int) -> dict[str, Any]:
    pick, verdict = graded.task.pick, graded.verdict
    answer = pick.answer
    return {
        "rule": graded.task.rule.name,
        "dimension": graded.task.rubric.name,
        "rubric_version": graded.task.rubric.version,
        "trace_id": answer.trace_id,
        "span_id": answer.span_id,
        "call_start_unix_nano": answer.start_time_unix_nano,
        "response_id": answer.response_id,
        "conversation_id": answer.conversation_id,
        "team": answer.team,
        "feature": answer.feature,
        "environment": answer.environment,
        "prompt_version": answer.prompt_version,
        "model": answer.model,
        "label": verdict.label if verdict else None,
        "score": verdict.score if verdict else None,
        "evidence": verdict.evidence if verdict else None,
        "reason": verdict.reason if verdict else None,
        "error": graded.error,
        "attempt": graded.attempt or answer.attempts + 1,
        "judge_model": judge_model,
        "sample_rate": graded.task.rule.sample_rate,
        "inclusion_probability": pick.inclusion_probability,
        "sampled_because": pick.because,
        "representative": pick.representative,
        "kind": None,
        "judged_at_unix_nano": now,
    }
