"""A collector that runs over a store with judged answers, some of which the judge flagged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.blank import open_blank
from support.collector import RunningCollector, config_for

from gemledger_collector.storage import evaluations

NOON = int(datetime.fromisoformat("2026-11-10T12:00:00+00:00").timestamp()) * 10**9
ANSWERS, FLAGGED = 300, 30
"""Answers judged, of which the first so many were flagged."""
MODEL = "gemini-2.5-flash-lite"


def trace(number: int) -> str:
    """The trace id of an answer."""
    return f"{number:032x}"


def span(number: int) -> str:
    """The span id of an answer."""
    return f"{number:016x}"


def verdict(number: int, label: str | None, **columns: Any) -> dict[str, Any]:
    """One evaluation as the judge writes it."""
    empty: dict[str, Any] = dict.fromkeys(evaluations.SCHEMA.names)
    return empty | {
        "rule": "support-quality",
        "dimension": "accuracy",
        "rubric_version": "1",
        "trace_id": trace(number),
        "span_id": number,
        "call_start_unix_nano": NOON,
        "feature": "support-chat",
        "label": label,
        "evidence": "the very phrase",
        "attempt": 1,
        "judge_model": MODEL,
        "sample_rate": 0.1,
        "judged_at_unix_nano": NOON + 1,
        **columns,
    }


def content(number: int, **columns: Any) -> dict[str, Any]:
    """What was captured of one answer."""
    asked = f'[{{"role": "user", "parts": [{{"type": "text", "content": "Question {number}?"}}]}}]'
    said = (
        f'[{{"role": "assistant", "parts": [{{"type": "text", "content": "Answer {number}."}}]}}]'
    )
    return {
        "trace_id": trace(number),
        "span_id": number,
        "start_time_unix_nano": NOON,
        "feature": "support-chat",
        "model": "gemini-2.5-flash",
        "input_messages": asked,
        "output_messages": said,
        **columns,
    }


@dataclass
class Labelling:
    """A collector that is asked and told over HTTP."""

    collector: RunningCollector

    def say(self, *labels: dict[str, Any], source: str = "api") -> Any:
        """Send labels; the answer's JSON."""
        answer = self.collector.http.post(
            "/api/v1/labels", json={"labels": list(labels), "source": source}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def following(self, limit: int = 10, **asked: Any) -> list[dict[str, Any]]:
        """Answers that await a label."""
        asked = {"dimension": "accuracy", "limit": limit, **asked}
        rows: list[dict[str, Any]] = self.collector.get("/api/v1/labels/next", **asked)["answers"]
        return rows

    def judge(self, index: int = 0) -> dict[str, Any]:
        """How one judge does, by the labels so far."""
        found: dict[str, Any] = self.collector.get("/api/v1/calibration")["judges"][index]
        return found


def label(number: int, said: str, **more: Any) -> dict[str, Any]:
    """A label as it is sent."""
    return {
        "trace_id": trace(number),
        "span_id": span(number),
        "dimension": "accuracy",
        "label": said,
        **more,
    }


def fill(path: Path, rows: Sequence[dict[str, Any]], contents: Sequence[dict[str, Any]]) -> None:
    """Put verdicts and content into a store before its collector starts."""
    store = open_blank(path)
    with store.writing() as transaction:
        evaluations.record(transaction, rows)
        transaction.append("contents", pa.Table.from_pylist(list(contents)))
    store.close()


@pytest.fixture
def labelling(tmp_path: Path) -> Iterator[Labelling]:
    """A collector with 300 judged answers, 30 of them flagged; all contents are kept."""
    path = tmp_path / "ledger.duckdb"
    numbers = range(1, ANSWERS + 1)
    rows = [verdict(number, "bad" if number <= FLAGGED else "good") for number in numbers]
    fill(path, rows, [content(number) for number in numbers])
    with RunningCollector(config_for(path), lambda: NOON + 3600 * 10**9) as running:
        yield Labelling(running)
