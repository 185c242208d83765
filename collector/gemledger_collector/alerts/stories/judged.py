"""Judged answers of a story, written as the judge writes its verdicts."""

import itertools
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from gemledger_collector.alerts.stories.story import JudgedAnswers
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.store import Store

Row = dict[str, Any]
_MODEL = "gemini-2.5-flash"


def verdicts(judged: JudgedAnswers, start_unix_nano: int) -> Iterator[tuple[int, list[Row]]]:
    """When answers are judged, and how: the first ``bad`` of an interval's answers are the bad ones."""
    step = nanoseconds(judged.interval)
    for index, count in enumerate(judged.answers):
        moment = start_unix_nano + index * step
        bad = judged.bad[index] if index < len(judged.bad) else 0
        rows = [
            _verdict(judged, moment + number, "bad" if number < int(bad or 0) else "good")
            for number in range(int(count or 0))
        ]
        if rows:
            yield moment, rows


def _verdict(judged: JudgedAnswers, start: int, label: str) -> Row:
    labels: Row = dict(judged.labels.items())
    return {
        "rule": judged.rule,
        "dimension": judged.dimension,
        "rubric_version": "1",
        "call_start_unix_nano": start,
        "model": _MODEL,
        **labels,
        "label": label,
        "attempt": 1,
        "judge_model": "story",
        "sample_rate": 1.0,
        "judged_at_unix_nano": start,
    }


class Judge:
    """Writes verdicts into a store; numbers the answers, so that none is there twice."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def say(self, store: Store, rows: list[Row]) -> None:
        """Commit these verdicts together."""
        numbered = [
            {**row, "trace_id": str(UUID(int=number)), "span_id": number}
            for row, number in zip(rows, self._numbers, strict=False)
        ]
        with store.writing() as transaction:
            evaluations.record(transaction, numbered)
