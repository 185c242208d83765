"""A run: every item answered by every candidate and judged by every rubric, a few at a time, under the budget."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from gemledger_cli.evaluating.asking import Gemini
from gemledger_cli.evaluating.budget import Budget, BudgetReachedError
from gemledger_cli.evaluating.calls import Calls, Question
from gemledger_cli.evaluating.candidates import Candidate
from gemledger_cli.evaluating.items import Item
from gemledger_cli.evaluating.journal import ANSWER, Journal, Json, Key, settled
from gemledger_cli.evaluating.plan import Halt, Plan
from gemledger_cli.evaluating.questions import to_answer, to_judge
from gemledger_cli.signals import Stop
from gemledger_collector.judge.rubric import Rubric
from gemledger_collector.judge.transcript import NothingToJudge

FAILURES_IN_A_ROW = 12
"""So many that all fail, and the next will too."""
_LOOK_SECONDS = 0.2


class Run:
    """A plan under way; what is done already stands in the journal."""

    def __init__(
        self, plan: Plan, journal: Journal, budget: Budget, gemini: Gemini, stop: Stop
    ) -> None:
        self._plan = plan
        self._journal = journal
        self._calls = Calls(plan.rates, journal, budget, gemini, self._pause)
        self._stop = stop
        self._lock = threading.Lock()
        self._halt = Halt.DONE
        self._failures = 0
        self._last_error = ""

    @property
    def last_error(self) -> str:
        """What the last call that failed said."""
        return self._last_error

    def to_the_end(self, concurrency: int, on_done: Callable[[], None]) -> Halt:
        """Do what is left to do, or as much as can be done; why that was all. Blocks."""
        jobs = self._plan.jobs()

        def work() -> None:
            while (job := self._next(jobs)) is not None:
                try:
                    self._do(*job)
                except BudgetReachedError:
                    self._end(Halt.BUDGET)
                on_done()

        with ThreadPoolExecutor(concurrency, thread_name_prefix="evaluate") as pool:
            for worker in [pool.submit(work) for _ in range(concurrency)]:
                worker.result()
        return self._halt

    def _next(self, jobs: Iterator[tuple[Item, Candidate]]) -> tuple[Item, Candidate] | None:
        with self._lock:
            return None if self._ended() else next(jobs, None)

    def _ended(self) -> bool:
        if self._stop.requested and self._halt is Halt.DONE:
            self._halt = Halt.STOPPED
        return self._halt is not Halt.DONE

    def _end(self, why: Halt) -> None:
        with self._lock:
            if self._halt is Halt.DONE:
                self._halt = why

    def _pause(self, seconds: float) -> bool:
        """Wait so long; False where the run ends meanwhile."""
        until = time.monotonic() + seconds
        while not self._ended():
            left = until - time.monotonic()
            if left <= 0:
                return True
            time.sleep(min(left, _LOOK_SECONDS))
        return False

    def _do(self, item: Item, candidate: Candidate) -> None:
        answer = item.answer if candidate.model is None else self._answer(item, candidate)
        if answer is None:
            return
        for rubric in self._plan.rubrics:
            key = (item.id, candidate.name, rubric.name)
            if not settled(self._journal.result(key)) and not self._ended():
                self._judge(key, rubric, item, answer)

    def _answer(self, item: Item, candidate: Candidate) -> str | None:
        key = (item.id, candidate.name, ANSWER)
        if not settled(self._journal.result(key)):
            self._ask(key, to_answer(item, candidate, self._plan.max_output_tokens))
        done = self._journal.result(key) or {}
        answer: str | None = done.get("answer")
        return answer

    def _judge(self, key: Key, rubric: Rubric, item: Item, answer: str) -> None:
        try:
            question = to_judge(rubric, item, answer, self._plan.judge_model)
        except NothingToJudge as nothing:
            self._journal.append(key, _not_asked(nothing))
            return
        self._ask(key, question)

    def _ask(self, key: Key, question: Question) -> None:
        """Raises BudgetReachedError before a call that cannot be paid."""
        error = self._calls.ask(key, question)
        with self._lock:
            self._failures = self._failures + 1 if error else 0
            self._last_error = error or self._last_error
            if self._failures >= FAILURES_IN_A_ROW and self._halt is Halt.DONE:
                self._halt = Halt.FAILING


def _not_asked(why: NothingToJudge) -> Json:
    """Nothing was asked, and nothing spent."""
    return {
        "error": str(why),
        "kind": why.kind,
        "cost_pico_usd": "0",
        "charged_pico_usd": "0",
        "latency_seconds": 0.0,
    }
