"""Grading a canary set once a day, by the same questions and from the same budget as answers."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from gemledger.pricing import Book
from gemledger.redaction import Redactor
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.judge.canary.days import due_day
from gemledger_collector.judge.grade import GradeError, Judge, platform
from gemledger_collector.judge.judging import ROUND_PER_WORKER, Judging
from gemledger_collector.judge.prompt import Prompt, Verdict, build
from gemledger_collector.judge.redacting import redacted_set
from gemledger_collector.judge.rubric import Rubric
from gemledger_collector.judge.spending import DailyBudget, Reserved, call_rates
from gemledger_collector.judge.transcript import NothingToJudge, exchange
from gemledger_collector.judge_config import JudgeConfig
from gemledger_collector.judge_config.canary import CanaryItem, CanarySet
from gemledger_collector.storage import canary
from gemledger_collector.storage.canary import Scored, Tried
from gemledger_collector.storage.store import Store


@dataclass(frozen=True, slots=True)
class Task:
    """One item to be graded by one rubric; without a prompt there is nothing to ask, and ``error`` says why."""

    item: CanaryItem
    rubric: Rubric
    prompt: Prompt | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task: a verdict or an error."""

    task: Task
    verdict: Verdict | None = None
    error: str | None = None
    metered: bool = True


@dataclass(slots=True)
class Canary:
    """Grades what is due of a set, a handful a round. What was done is remembered by the store alone."""

    store: Store
    config: JudgeConfig
    judge: Judge
    budget: DailyBudget
    rubrics: Mapping[str, Rubric]
    items: CanarySet
    book: Book | None = None
    stopping: Callable[[], bool] = lambda: False
    _finished: str | None = field(default=None, init=False)
    """The day of which nothing is left to do: asked of the store once, not every few seconds."""

    @classmethod
    def beside(cls, judging: Judging, redactor: Redactor | None = None) -> "Canary | None":
        """The one of the same judge, budget and rubrics; None where no set is configured."""
        items = judging.config.canary.read()
        if items is None:
            return None
        return cls(
            judging.store,
            judging.config,
            judging.judge,
            judging.budget,
            judging.rubrics,
            redacted_set(items, redactor),
            judging.book,
            judging.stopping,
        )

    def round(self, now: int) -> int:
        """Grade a handful of what is due; how many were graded. 0: nothing is due, or it cannot be paid for."""
        day = due_day(self.config.canary, now)
        rates = call_rates(platform(), self.config.model or "", now, self.book)
        if day is None or rates is None or day == self._finished:
            return 0
        left = list(self._left(day, now))
        if not left:
            self._finished = day
        tasks = [task for task in left if task is not None]
        asking = [task for task in tasks if task.prompt is not None]
        amounts = [
            rates.most_pico_usd(task.prompt, self.config.max_output_tokens)
            for task in asking
            if task.prompt is not None
        ]
        reserved = self.budget.reserve(amounts, now)
        allowed = asking[: len(reserved.amounts)] if reserved else []
        outcomes = [Outcome(task, error=task.error) for task in tasks if task.error is not None]
        asked = self._ask(allowed)
        self._write([*outcomes, *asked], asked, reserved, (day, now))
        return len(outcomes) + len(asked)

    def _left(self, day: str, now: int) -> Iterator[Task | None]:
        """Tasks for one round; None for one that waits to be tried again."""
        with self.store.reading() as snapshot:
            done = canary.tried(
                snapshot, self.items.name, self.items.version, self.config.model or "", day
            )
        waiting = (
            (item, self.rubrics[name], done.get((name, self.rubrics[name].version, item.item)))
            for item in self.items.items
            for name in item.dimensions
            if name in self.rubrics
        )
        due = (each for each in waiting if not self._settled(each[2]))
        for item, rubric, before in islice(due, self.config.concurrency * ROUND_PER_WORKER):
            yield (
                _task(item, rubric, self.config.max_characters)
                if self._again(before, now)
                else None
            )

    def _settled(self, before: Tried | None) -> bool:
        return before is not None and (
            before.settled or before.attempts >= self.config.max_attempts
        )

    def _again(self, before: Tried | None, now: int) -> bool:
        wait = nanoseconds(self.config.retry_after)
        return before is None or before.last_unix_nano <= now - wait

    def _ask(self, tasks: Sequence[Task]) -> list[Outcome]:
        if not tasks:
            return []
        with ThreadPoolExecutor(self.config.concurrency, thread_name_prefix="canary") as pool:
            return [outcome for outcome in pool.map(self._ask_one, tasks) if outcome is not None]

    def _ask_one(self, task: Task) -> Outcome | None:
        if task.prompt is None or self.stopping():
            return None
        try:
            verdict = self.judge.grade(task.prompt)
        except GradeError as error:
            return Outcome(task, error=str(error), metered=error.metered)
        return Outcome(task, verdict, metered=verdict.metered)

    def _write(
        self,
        outcomes: Sequence[Outcome],
        asked: Sequence[Outcome],
        reserved: Reserved | None,
        when: tuple[str, int],
    ) -> None:
        """Verdicts and settled money in one commit, once the ledger has the calls."""
        if not outcomes and reserved is None:
            return
        complete = reserved is None or self.judge.flush()
        with self.store.writing() as transaction:
            canary.record(transaction, [self._row(each, *when) for each in outcomes])
            if reserved is not None:
                metered = complete and all(each.metered for each in asked)
                kept = 0 if metered else sum(reserved.amounts)
                self.budget.settle(transaction, reserved, when[1], kept_pico_usd=kept)

    def _row(self, outcome: Outcome, day: str, now: int) -> Scored:
        task, verdict = outcome.task, outcome.verdict
        return Scored(
            canary=self.items.name,
            canary_version=self.items.version,
            item=task.item.item,
            dimension=task.rubric.name,
            rubric_version=task.rubric.version,
            judge_model=self.config.model or "",
            expected=task.item.expected,
            label=verdict.label if verdict else None,
            score=verdict.score if verdict else None,
            error=outcome.error,
            day=day,
            judged_at_unix_nano=now,
        )


def _task(item: CanaryItem, rubric: Rubric, max_characters: int) -> Task:
    """The question to the judge, made of the item as of a captured call."""
    given = [_message("user", item.context)] if item.context else []
    asked = [*given, _message("user", item.question)]
    try:
        judged = exchange(
            json.dumps(asked), json.dumps([_message("assistant", item.answer)]), item.instructions
        )
        return Task(item, rubric, build(rubric, judged, max_characters))
    except NothingToJudge as error:
        return Task(item, rubric, None, str(error))


def _message(role: str, text: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}
