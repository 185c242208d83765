"""The running loop of the judge: on the real clock and the real pipeline, until told to stop."""

import asyncio
import json
import logging
import time
from pathlib import Path

import pytest
from support.judge_server import VERDICT, judge_server, said

from gemledger_collector.judge import loop
from gemledger_collector.judge_standing import JudgeStanding
from gemledger_collector.telemetry import Telemetry

from .conftest import Bench, configured, judge_spend


async def test_the_loop_judges_what_arrives_and_stops_when_told(bench: Bench) -> None:
    """The running loop, on the real clock and the real pipeline: two answers, two judgements, counted."""
    bench.answer()
    stop, telemetry = asyncio.Event(), Telemetry()
    config = configured()
    running = asyncio.create_task(
        loop.run(bench.store, config, bench.pipeline, loop.Around(time.time_ns, stop, telemetry))
    )
    bench.answer()
    async with asyncio.timeout(30):
        while telemetry.total("answers_judged_total") < 2:  # noqa: ASYNC110 - a counter has no event
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(running, 30)
    assert len(bench.rows()) == 2
    assert judge_spend(bench) > 0


async def test_what_a_judge_says_and_a_known_answer_holds_is_redacted(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that the judge made out of words is kept nowhere, and none of a canary set leaves."""
    known = {"question": f"Who is {MAIL}?", "answer": f"{MAIL} is me.", "context": f"From: {MAIL}"}
    canary = tmp_path / "own.jsonl"
    item = known | {"item": "one", "dimensions": ["accuracy"], "expected": "good"}
    canary.write_text(json.dumps(item))
    spoken = VERDICT.replace('"x"', f'"as {MAIL} wrote"').replace('"y"', f'"it is {MAIL}"')
    bench.answer()
    stop, telemetry = asyncio.Event(), Telemetry()
    with judge_server() as server:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
        server.reply = lambda _: said(spoken)
        config = configured(canary={"set": str(canary), "at": "00:00"})
        around = loop.Around(time.time_ns, stop, telemetry)
        running = asyncio.create_task(loop.run(bench.store, config, bench.pipeline, around))
        async with asyncio.timeout(30):
            while server.answered < 2:  # noqa: ASYNC110 - a counter has no event
                await asyncio.sleep(0.02)
        stop.set()
        await asyncio.wait_for(running, 30)
    (row,) = bench.rows()
    assert (row["evidence"], row["reason"]) == ("as [email] wrote", "it is [email]")
    assert any("[email] is me." in json.dumps(body) for body in server.bodies)
    assert MAIL not in json.dumps(server.bodies)


MAIL = "ann.smith@example.com"


async def test_the_loop_says_when_the_budget_is_used_up(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning, not one every round; and a metric."""
    bench.answer()
    stop, telemetry, standing = asyncio.Event(), Telemetry(), JudgeStanding()
    config = configured(daily_budget_usd="0.000001", interval="10ms")

    def clock() -> int:
        if telemetry.total("judge_halts_total") >= 3:
            stop.set()  # in the midst of a round, which is cut short and says nothing new
        return time.time_ns()

    around = loop.Around(clock, stop, telemetry, standing)
    began = time.time_ns()
    with caplog.at_level(logging.WARNING, "gemledger.judge"):
        await asyncio.wait_for(loop.run(bench.store, config, bench.pipeline, around), 30)
    assert [line for line in caplog.messages if "daily budget is used up" in line] == [
        "answers wait to be judged: the daily budget is used up"
    ]
    told = standing.now
    assert (told.state, told.stands_still) == ("budget", True)
    assert (told.budget_pico_usd, told.left_pico_usd) == (10**6, 10**6)
    assert told.since_unix_nano is not None
    assert began <= told.since_unix_nano <= time.time_ns()


async def test_without_a_key_the_loop_says_so_in_one_line(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The collector goes on; only judging is off."""
    monkeypatch.delenv("GEMINI_API_KEY")
    standing = JudgeStanding()
    around = loop.Around(time.time_ns, asyncio.Event(), standing=standing)
    await loop.run(bench.store, configured(), bench.pipeline, around)
    (line,) = [line for line in caplog.messages if "nothing is judged" in line]
    assert "GEMINI_API_KEY" in line
    assert standing.now.state == "misconfigured"
    assert "GEMINI_API_KEY" in standing.now.why


async def test_without_a_model_the_loop_has_nothing_to_do(bench: Bench) -> None:
    """Judging is off by default, and costs neither an import nor a query."""
    around = loop.Around(time.time_ns, asyncio.Event())
    await loop.run(bench.store, configured(model=None), bench.pipeline, around)
    assert around.standing.now.state == "off"


async def test_checks_run_without_a_model(bench: Bench) -> None:
    """They ask nobody, so a rule of checks needs neither a model nor a key."""
    bench.answer()
    stop, telemetry = asyncio.Event(), Telemetry()
    rule = {"rubrics": [], "checks": [{"check": "length", "min_characters": 1}]}
    around = loop.Around(time.time_ns, stop, telemetry)
    running = asyncio.create_task(
        loop.run(bench.store, configured(model=None, rule=rule), bench.pipeline, around)
    )
    async with asyncio.timeout(30):
        while telemetry.total("answers_checked_total") < 1:  # noqa: ASYNC110 - a counter has no event
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(running, 30)
    (row,) = bench.rows()
    assert (row["dimension"], row["label"], row["judge_model"]) == ("length", "good", "check")
    assert judge_spend(bench) == 0
