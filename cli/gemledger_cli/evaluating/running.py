"""A run: every item answered by every candidate and judged by every rubric, a few at a time, under the budget."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from google.genai import types

from gemledger_cli.evaluating.asking import Gemini, Reply
from gemledger_cli.evaluating.budget import Budget, BudgetReachedError
from gemledger_cli.evaluating.candidates import Candidate
from gemledger_cli.evaluating.conversation import Turn, turns
from gemledger_cli.evaluating.items import Item
from gemledger_cli.evaluating.journal import ANSWER, Journal, Json, Key
from gemledger_cli.evaluating.judged import (
    NotAVerdict,
    NothingToJudge,
    judge_config,
    judge_prompt,
    verdict,
)
from gemledger_cli.evaluating.plan import Halt, Plan
from gemledger_cli.signals import Stop
from gemledger_collector.judge.rubric import Rubric

FAILURES_IN_A_ROW = 12
"""So many calls that all fail, and the next will too."""


class Run:
    """A plan under way; what is done already stands in the journal."""

    def __init__(
        self, plan: Plan, journal: Journal, budget: Budget, gemini: Gemini, stop: Stop
    ) -> None:
        self._plan = plan
        self._journal = journal
        self._budget = budget
        self._gemini = gemini
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
            if self._stop.requested and self._halt is Halt.DONE:
                self._halt = Halt.STOPPED
            return None if self._halt is not Halt.DONE else next(jobs, None)

    def _end(self, why: Halt) -> None:
        with self._lock:
            if self._halt is Halt.DONE:
                self._halt = why

    def _do(self, item: Item, candidate: Candidate) -> None:
        answer = item.answer if candidate.model is None else self._answer(item, candidate)
        if answer is None:
            return
        for rubric in self._plan.rubrics:
            key = (item.id, candidate.name, rubric.name)
            if not self._is_done(key) and self._halt is Halt.DONE:
                self._judge(key, rubric, item, answer)

    def _is_done(self, key: Key) -> bool:
        """An error is not: it may be over by now."""
        before = self._journal.result(key)
        return before is not None and before["error"] is None

    def _answer(self, item: Item, candidate: Candidate) -> str | None:
        key = (item.id, candidate.name, ANSWER)
        if not self._is_done(key):
            instruction = candidate.system_instruction or item.system_instruction
            config = types.GenerateContentConfig(
                system_instruction=instruction, max_output_tokens=self._plan.max_output_tokens
            )
            said = turns(item)
            size = sum(len(text.encode()) for _, text in [*said, ("", instruction or "")])
            model = candidate.model or ""
            self._ask(key, model, _contents(said), config, size, lambda text: {"answer": text})
        done = self._journal.result(key) or {}
        answer: str | None = done.get("answer")
        return answer

    def _judge(self, key: Key, rubric: Rubric, item: Item, answer: str) -> None:
        try:
            prompt = judge_prompt(rubric, item, answer)
        except NothingToJudge as nothing:
            self._journal.append(key, _error(str(nothing)))
            return
        config, model = judge_config(prompt), self._plan.judge_model
        size = len(prompt.system_instruction.encode()) + len(prompt.contents.encode())
        self._ask(key, model, prompt.contents, config, size, verdict)

    def _ask(
        self,
        key: Key,
        model: str,
        contents: list[types.Content] | str,
        config: types.GenerateContentConfig,
        size: int,
        read: Callable[[str], Json],
    ) -> None:
        """One call, paid from the budget. Raises BudgetReachedError before it is made."""
        most = self._plan.rates[model].most_pico_usd(size, config.max_output_tokens or 0)
        self._budget.reserve(most)
        self._journal.reserve(key, most)
        reply = self._gemini.ask(model, contents, config)
        charged = most if reply.cost_pico_usd is None else reply.cost_pico_usd
        self._budget.settle(most, charged)
        result = _result(reply, charged, read)
        self._journal.append(key, result)
        self._count(result["error"])

    def _count(self, error: str | None) -> None:
        with self._lock:
            self._failures = self._failures + 1 if error else 0
            self._last_error = error or self._last_error
            if self._failures >= FAILURES_IN_A_ROW and self._halt is Halt.DONE:
                self._halt = Halt.FAILING


def _contents(said: Sequence[Turn]) -> list[types.Content]:
    return [types.Content(role=role, parts=[types.Part(text=text)]) for role, text in said]


def _result(reply: Reply, charged: int, read: Callable[[str], Json]) -> Json:
    try:
        found, error = read(reply.text or "") if reply.error is None else {}, reply.error
    except NotAVerdict as reason:
        found, error = {}, str(reason)
    cost = reply.cost_pico_usd
    return {
        **found,
        "error": error,
        "cost_pico_usd": None if cost is None else str(cost),
        "charged_pico_usd": str(charged),
        "latency_seconds": round(reply.latency_seconds, 6),
    }


def _error(reason: str) -> Json:
    """Nothing was asked, and nothing spent."""
    return {"error": reason, "cost_pico_usd": "0", "charged_pico_usd": "0", "latency_seconds": 0.0}
