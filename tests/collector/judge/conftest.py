"""A bench for the judge: a real store and pipeline, the real SDK, and a simulator that knows the facts."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from support.blank import open_blank

from gemledger.pricing import load_book
from gemledger_collector.judge.grade import Judge, open_judge
from gemledger_collector.judge.judging import Halt, Judging
from gemledger_collector.judge_config import JudgeConfig
from gemledger_collector.pipeline import Limits, Pipeline
from gemledger_collector.processors.chain import Chain
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.user_sql import Bounds
from gemledger_collector.telemetry import Telemetry
from gemledger_simulator import facts
from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.settings import Settings

MODEL = "gemini-2.5-flash-lite"
MINUTE = 60 * 10**9
_EVERY_ROW = """
select * replace (replace(trace_id::varchar, '-', '') as trace_id, printf('%016x', span_id) as span_id)
from evaluations
order by call_start_unix_nano desc, dimension, judged_at_unix_nano desc
"""
FRIENDLY = "Happy to help with that."
RUDE = "Did you even open the manual?"


def message(role: str, text: str) -> str:
    """One captured message, in OpenTelemetry's shape."""
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


@dataclass
class Bench:
    """What a collector is made of, as far as the judge sees it."""

    store: Store
    pipeline: Pipeline
    judges: list[Judge] = field(default_factory=list)
    answers: int = 0

    def answer(self, *, wrong: bool = False, rude: bool = False, **columns: Any) -> int:
        """Capture one answer of the support chat, true or false, polite or not; returns its number."""
        fact = facts.table()[self.answers % len(facts.table())]
        claim = fact.claim(self.answers, fact.wrong[0] if wrong else fact.right)
        return self.capture(fact.questions[0], f"{RUDE if rude else FRIENDLY} {claim}.", **columns)

    def capture(self, question: str, answer: str, **columns: Any) -> int:
        """Capture any question and answer; returns its number, which is also in its ids."""
        self.answers += 1
        row = {
            "trace_id": str(UUID(int=self.answers)),
            "span_id": self.answers,
            "start_time_unix_nano": time.time_ns() - MINUTE,
            "feature": "support-chat",
            "model": "gemini-2.5-flash",
            "input_messages": message("user", f"{question} (case {self.answers})"),
            "output_messages": message("model", answer),
            **columns,
        }
        with self.store.writing() as transaction:
            transaction.append("contents", pa.Table.from_pylist([row]))
        return self.answers

    def judging(self, **settings: Any) -> Judging:
        """A judge as after a start of the collector, on this store."""
        config = configured(**settings)
        judge = open_judge(config, lambda payload: void(asyncio.run(self.pipeline.accept(payload))))
        self.judges.append(judge)
        return Judging(self.store, config, judge)

    def rows(self) -> list[dict[str, Any]]:
        """Every row of evaluations in the store, also those that a later one replaced; the newest call first."""
        found = self.store.ask(_EVERY_ROW, Bounds())
        names = [name for name, _ in found.columns]
        return [dict(zip(names, row, strict=True)) for row in found.rows]


def void(_: object) -> None:
    """Take a result and give none."""


def configured(**settings: Any) -> JudgeConfig:
    """A configuration that judges the accuracy of every answer, unless told otherwise."""
    rule = {
        "name": "support-quality",
        "rubrics": ["accuracy"],
        "floor": None,
        **({} if "every" in settings.get("rule", {}) else {"sample_rate": 1.0}),
        **settings.pop("rule", {}),
    }
    return JudgeConfig.model_validate(
        {"model": MODEL, "rules": [rule], "interval": "50ms", **settings}
    )


def all_rounds(judging: Judging, most: int = 40) -> Halt:
    """Judge until nothing more can be done; returns why."""
    for _ in range(most):
        done = judging.round(time.time_ns())
        if done.halt is not Halt.MORE:
            return done.halt
    raise AssertionError("judging did not come to an end")


def judge_spend(bench: Bench) -> int:
    """What the judge's calls have cost, in picoUSD, says the ledger."""
    with bench.store.reading() as snapshot:
        return evaluations.judge_spend(snapshot, 0)


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorProcess]:
    """A Gemini that costs nothing; as a judge it errs at its default sensitivity and specificity."""
    with SimulatorProcess(Settings()) as process:
        yield process


@pytest.fixture(scope="session")
def perfect_simulator() -> Iterator[SimulatorProcess]:
    """A judge that never errs."""
    with SimulatorProcess(Settings(judge_sensitivity=1.0, judge_specificity=1.0)) as process:
        yield process


def point_sdk_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let google-genai talk to this address."""
    monkeypatch.setenv("GEMINI_API_KEY", "no-key-is-needed")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", url)


@pytest.fixture
def bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, perfect_simulator: SimulatorProcess
) -> Iterator[Bench]:
    """An empty store and a running pipeline, with a judge at hand that never errs."""
    point_sdk_at(monkeypatch, perfect_simulator.url)
    store = open_blank(tmp_path / "bench.duckdb")
    pipeline = Pipeline(store, Chain(load_book()), Telemetry(), Limits())
    pipeline.start()
    made = Bench(store, pipeline)
    yield made
    for judge in made.judges:
        judge.close()
    pipeline.close()
    store.close()
