"""A store full of answers whose truth is known, and a judge that sees it: what is drawn is what is under test."""

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from support.blank import open_blank

from gemledger_collector.judge.sampling import Pick, SampleKeeper, picks
from gemledger_collector.judge_config import JudgeConfig
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.store import Store

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
NOON = 1_793_534_400 * SECOND
"""Of a day; a whole hour."""
GRADING = ("accuracy", "1")
NEVER = 1e-12
"""A rate that picks nobody."""

CONTENTS = pa.schema(
    [
        ("trace_id", pa.string()),
        ("span_id", pa.uint64()),
        ("start_time_unix_nano", pa.int64()),
        ("response_id", pa.string()),
        ("conversation_id", pa.string()),
        ("feature", pa.string()),
        ("environment", pa.string()),
        ("prompt_version", pa.string()),
        ("model", pa.string()),
        ("input_messages", pa.string()),
        ("output_messages", pa.string()),
        ("capture_rate", pa.float64()),
        ("finish_reasons", pa.string()),
        ("answer_tokens", pa.int64()),
        ("cost_pico_usd", pa.int64()),
        ("avg_logprobs", pa.float64()),
    ]
)


@dataclass
class Shop:
    """A store, and who asks it."""

    store: Store
    ids: random.Random = field(default_factory=lambda: random.Random(7))
    spans: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def answer(self, start: int, **columns: Any) -> dict[str, Any]:
        """One answer, not yet stored."""
        span = next(self.spans)
        return {
            "trace_id": str(UUID(int=self.ids.getrandbits(128))),
            "span_id": span,
            "start_time_unix_nano": start,
            "response_id": f"response-{span}",
            "feature": "support-chat",
            "prompt_version": "v1",
            "model": "gemini-2.5-flash",
            "output_messages": "[]",
            **columns,
        }

    def add(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Store answers."""
        with self.store.writing() as transaction:
            transaction.append("contents", pa.Table.from_pylist(rows, schema=CONTENTS))
        return rows

    def traffic(self, start: int, until: int, every: int, **columns: Any) -> list[dict[str, Any]]:
        """Store an answer each so many nanoseconds."""
        return self.add([self.answer(at, **columns) for at in range(start, until, every)])

    def thumb(self, given_at: int, label: str = "down", **about: Any) -> None:
        """Somebody says what they think of an answer."""
        row = {
            "feedback_id": str(UUID(int=self.ids.getrandbits(128))),
            "given_at_unix_nano": given_at,
            "received_at_unix_nano": given_at,
            "name": "user_feedback",
            "label": label,
            "source": "app",
            **about,
        }
        with self.store.writing() as transaction:
            transaction.append("feedback", pa.Table.from_pylist([row]))

    def keep(self, config: JudgeConfig, now: int) -> None:
        """What a collector does that has just been started."""
        SampleKeeper(self.store, config).keep(now)

    def picks(self, config: JudgeConfig, now: int, limit: int = 1_000_000) -> list[Pick]:
        """What the first rule wants judged."""
        with self.store.reading() as snapshot:
            return list(picks(snapshot, config, config.rules[0], GRADING, now=now, limit=limit))

    def drawn(self, config: JudgeConfig, now: int) -> list[Pick]:
        """Draw from what is over, and take all that is wanted."""
        self.keep(config, now)
        return self.picks(config, now)

    def judge(self, config: JudgeConfig, now: int, bad: frozenset[int] = frozenset()) -> int:
        """Judge what is wanted; answers of these span ids are bad."""
        found = self.picks(config, now)
        rows = [
            _row(config, pick, now, "bad" if pick.answer.span_id in bad else "good")
            for pick in found
        ]
        with self.store.writing() as transaction:
            evaluations.record(transaction, rows)
        return len(rows)

    def verdicts(self) -> list[dict[str, Any]]:
        """What counts: the last row of each answer."""
        last: dict[int, dict[str, Any]] = {}
        for row in sorted(
            self.table("evaluations"), key=lambda row: int(row["judged_at_unix_nano"])
        ):
            last[row["span_id"]] = row
        return list(last.values())

    def slots(self) -> list[dict[str, Any]]:
        """Every slot that was decided."""
        return self.table("sampling_slots")

    def table(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table."""
        with self.store.reading() as snapshot:
            relation = snapshot._cursor.sql(f"from {name} order by all")
            rows: list[dict[str, Any]] = relation.to_arrow_table().to_pylist()
        return rows

    def booked(self, start: int, **labels: str) -> None:
        """The ledger knows of calls that nobody captured."""
        with self.store.reading() as snapshot:
            described = snapshot._cursor.sql("describe ledger").fetchall()
        counts = {name: 0 for name, kind, *_ in described if kind in ("BIGINT", "HUGEINT")}
        row = {**counts, "slot_unix_seconds": start // SECOND, "cost_status": "exact", **labels}
        with self.store.writing() as transaction:
            transaction.append("ledger", pa.Table.from_pylist([row]))


def _row(config: JudgeConfig, pick: Pick, now: int, label: str) -> dict[str, Any]:
    answer = pick.answer
    facts = {
        name: getattr(answer, name)
        for name in ("trace_id", "span_id", "response_id", "feature", "prompt_version", "model")
    }
    return {
        **dict.fromkeys(evaluations.SCHEMA.names),
        **facts,
        "rule": config.rules[0].name,
        "dimension": GRADING[0],
        "rubric_version": GRADING[1],
        "call_start_unix_nano": answer.start_time_unix_nano,
        "label": label,
        "score": float(label == "good"),
        "attempt": 1,
        "judge_model": "one that knows",
        "sample_rate": config.rules[0].sample_rate,
        "inclusion_probability": pick.inclusion_probability,
        "sampled_because": pick.because,
        "representative": pick.representative,
        "judged_at_unix_nano": now,
    }


def judged_by(floor: Mapping[str, Any] | None = None, **rule: Any) -> JudgeConfig:
    """A configuration of one rule; without a floor unless one is given."""
    written = {"name": "quality", "rubrics": ["accuracy"], "floor": floor, **rule}
    return JudgeConfig.model_validate({"model": "gemini-2.5-flash-lite", "rules": [written]})


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """An empty store."""
    store = open_blank(tmp_path / "shop.duckdb")
    yield Shop(store)
    store.close()
