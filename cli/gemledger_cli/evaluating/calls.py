"""Calls of a run: each paid from the budget before it is made, written down, and made again where that can help."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from google.genai import types

from gemledger_cli.evaluating.asking import Gemini, Reply
from gemledger_cli.evaluating.budget import Budget
from gemledger_cli.evaluating.journal import Journal, Json, Key
from gemledger_collector.judge.backoff import pause_seconds
from gemledger_collector.judge.failures import ONCE_MORE, Kind
from gemledger_collector.judge.prompt import NotAVerdict, Prompt
from gemledger_collector.judge.spending import CallRates

PASSING = frozenset({Kind.LIMITED, Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.UNREACHABLE})
"""What may be over in a moment."""
ATTEMPTS = 3
LONGEST_PAUSE_SECONDS = 60.0
"""Whoever asks us to wait longer means another run."""
JUDGE_AGAIN = ONCE_MORE - {Kind.BAD_REQUEST}
ANSWER_AGAIN = frozenset({Kind.NOTHING})
"""Not what was cut off: it would be as long again, and cost as much."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of whom, and how the answer is read. ``prompt`` tells how long it can be in tokens."""

    model: str
    prompt: Prompt
    contents: list[types.Content] | str
    config: types.GenerateContentConfig
    read: Callable[[str], Json]
    """Raises NotAVerdict."""
    once_more: frozenset[Kind]
    """After which faults of the answer it is asked a second time."""


class Calls:
    """Asks. Safe for threads; ``pause`` waits so many seconds, or less where the run ends."""

    def __init__(
        self,
        rates: Mapping[str, CallRates],
        journal: Journal,
        budget: Budget,
        gemini: Gemini,
        pause: Callable[[float], bool],
    ) -> None:
        self._rates = rates
        self._journal = journal
        self._budget = budget
        self._gemini = gemini
        self._pause = pause

    def ask(self, key: Key, question: Question) -> str | None:
        """A few calls at most; the error of the last. Raises BudgetReachedError before one that cannot be paid."""
        for attempt in count(1):
            reply = self._once(key, question)
            if reply.kind is None or not _again(reply, attempt, question.once_more):
                return reply.error
            wait = 0.0
            if reply.kind in PASSING:
                wait = pause_seconds(1.0, attempt, reply.wait_seconds, random.random())  # noqa: S311 - spreads calls
            if not self._pause(wait):
                return reply.error
        raise AssertionError

    def _once(self, key: Key, question: Question) -> Reply:
        most = self._rates[question.model].most_pico_usd(
            question.prompt, question.config.max_output_tokens or 0
        )
        self._budget.reserve(most)
        self._journal.reserve(key, most)
        reply = self._gemini.ask(question.model, question.contents, question.config)
        found, reply = _read(reply, question.read)
        charged = most if reply.cost_pico_usd is None else reply.cost_pico_usd
        self._journal.append(key, {**found, **_told(reply, charged)})
        self._budget.settle(most, charged)
        return reply


def _again(reply: Reply, attempt: int, once_more: frozenset[Kind]) -> bool:
    if reply.kind in PASSING:
        return attempt < ATTEMPTS and reply.wait_seconds <= LONGEST_PAUSE_SECONDS
    return reply.kind in once_more and attempt == 1


def _read(reply: Reply, read: Callable[[str], Json]) -> tuple[Json, Reply]:
    """What the answer says; where it says nothing that can be read, the reply is an error."""
    if reply.text is None:
        return {}, reply
    try:
        return read(reply.text), reply
    except NotAVerdict as reason:
        return {}, reply.failed(str(reason), reason.kind)


def _told(reply: Reply, charged_pico_usd: int) -> Json:
    cost = reply.cost_pico_usd
    return {
        "error": reply.error,
        "kind": reply.kind,
        "cost_pico_usd": None if cost is None else str(cost),
        "charged_pico_usd": str(charged_pico_usd),
        "latency_seconds": round(reply.latency_seconds, 6),
    }
