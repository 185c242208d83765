"""What a judge said of answers, and which of many are bad: rows for a real store."""

from collections.abc import Iterable
from itertools import count
from typing import Any
from uuid import UUID

import numpy as np

from gemledger_collector.storage import evaluations
from gemledger_collector.storage.store import Store

NUMBERS = count(1)


def verdict(at_unix_nano: int, label: str | None, **columns: Any) -> dict[str, Any]:
    """One row of evaluations, about an answer of the support chat unless told otherwise."""
    number = next(NUMBERS)
    return {
        "rule": "support-quality",
        "dimension": "accuracy",
        "rubric_version": "1",
        "trace_id": str(UUID(int=number)),
        "span_id": number,
        "call_start_unix_nano": at_unix_nano,
        "response_id": None,
        "conversation_id": None,
        "team": "support",
        "feature": "support-chat",
        "environment": "production",
        "prompt_version": "v7",
        "model": "gemini-2.5-flash",
        "label": label,
        "score": None,
        "evidence": "the words of the answer",
        "reason": "the words of the judge",
        "error": None if label else "nothing came",
        "attempt": 1,
        "judge_model": "gemini-2.5-flash-lite",
        "sample_rate": 1.0,
        "judged_at_unix_nano": at_unix_nano + 30 * 10**9,
        "kind": None,
        "inclusion_probability": None,
        "sampled_because": None,
        "representative": None,
        **columns,
    }


def record(store: Store, rows: Iterable[dict[str, Any]]) -> None:
    """Let the judge have said this."""
    with store.writing() as transaction:
        evaluations.record(transaction, list(rows))


def drawn(rate: float, number: int, seed: int = 1) -> list[bool]:
    """Which of so many answers are bad where so many are."""
    return [bool(each) for each in np.random.default_rng(seed).random(number) < rate]


def every(nth: int, number: int) -> list[bool]:
    """Every nth is bad."""
    return [place % nth == nth - 1 for place in range(number)]
