"""The judge's budget of a day: set aside before a call, kept by the store, whatever becomes of the process."""

import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.blank import open_blank
from support.judge_server import ANSWER_TOKENS, PROMPT_TOKENS, judge_server

from gemledger_collector.judge.grade import platform
from gemledger_collector.judge.spending import DailyBudget, call_rates
from gemledger_collector.storage.store import Store

from .conftest import MODEL, Bench, configured

if TYPE_CHECKING:
    from gemledger_collector.pipeline import Pipeline

NOON = 1_796_212_800 * 10**9
"""A day that began twelve hours before."""
HOUR = 3600 * 10**9
_FORKS = multiprocessing.get_context("forkserver")


def settle(store: Store, budget: DailyBudget, amounts: list[int], now: int, kept: int = 0) -> int:
    """Reserve and settle at once; how many of the calls were allowed."""
    reserved = budget.reserve(amounts, now)
    if reserved is None:
        return 0
    with store.writing() as transaction:
        budget.settle(transaction, reserved, now, kept_pico_usd=kept)
    return len(reserved.amounts)


def test_as_many_calls_are_allowed_as_the_day_has_money_for(tmp_path: Path) -> None:
    """The first ones, in their order; what is open stays taken, what is settled is free again."""
    store = open_blank(tmp_path / "a.duckdb")
    budget = DailyBudget(store, 100)
    first = budget.reserve([40, 40, 40], NOON)
    assert first is not None
    assert list(first.amounts) == [40, 40]
    assert budget.left_pico_usd(NOON) == 20
    assert budget.reserve([21], NOON) is None
    assert DailyBudget(store, 100).left_pico_usd(NOON) == 20, "a second user shares it"
    with store.writing() as transaction:
        budget.settle(transaction, first, NOON, kept_pico_usd=40)
    assert budget.left_pico_usd(NOON) == 60, "of one call nobody knows what it cost"
    store.close()


def test_what_a_crash_left_open_is_spent_for_its_day_alone(tmp_path: Path) -> None:
    """Just before midnight it may have been spent after it, and counts for both days."""
    store = open_blank(tmp_path / "a.duckdb")
    DailyBudget(store, 100).reserve([70], NOON)
    DailyBudget(store, 100).reserve([20], NOON + 12 * HOUR - HOUR // 2)
    store.close()
    store = Store.open(tmp_path / "a.duckdb")
    budget = DailyBudget(store, 100)
    assert budget.left_pico_usd(NOON + HOUR) == 10
    assert budget.left_pico_usd(NOON + 13 * HOUR) == 80
    assert budget.left_pico_usd(NOON + 48 * HOUR) == 100
    store.close()


@given(
    st.integers(1, 1000),
    st.lists(st.tuples(st.lists(st.integers(1, 400), max_size=5), st.booleans()), max_size=6),
)
def test_what_is_open_never_exceeds_the_limit(
    tmp_path_factory: pytest.TempPathFactory, limit: int, rounds: list[tuple[list[int], bool]]
) -> None:
    """In whatever order money is set aside, settled and left open."""
    store = open_blank(tmp_path_factory.mktemp("budget") / "a.duckdb")
    budget = DailyBudget(store, limit)
    still_open = 0
    for amounts, settles in rounds:
        if settles:
            settle(store, budget, amounts, NOON)
        elif reserved := budget.reserve(amounts, NOON):
            still_open += sum(reserved.amounts)
        assert still_open <= limit
        assert budget.left_pico_usd(NOON) == limit - still_open
    store.close()


def _judge_until_killed(path: str, url: str, budget: str) -> None:
    """The child: judges with what is there until the parent ends it."""
    os.environ.update(GEMINI_API_KEY="none", GOOGLE_GEMINI_BASE_URL=url)
    import asyncio  # noqa: PLC0415 - in the child alone

    from gemledger.pricing import load_book  # noqa: PLC0415
    from gemledger_collector.judge.grade import open_judge  # noqa: PLC0415
    from gemledger_collector.judge.judging import Judging  # noqa: PLC0415
    from gemledger_collector.pipeline import Limits, Pipeline  # noqa: PLC0415
    from gemledger_collector.processors.chain import Chain  # noqa: PLC0415
    from gemledger_collector.telemetry import Telemetry  # noqa: PLC0415

    store = Store.open(path)
    pipeline = Pipeline(store, Chain(load_book()), Telemetry(), Limits())
    pipeline.start()

    def deliver(payload: bytes) -> None:
        asyncio.run(pipeline.accept(payload))

    config = configured(daily_budget_usd=budget, concurrency=2)
    judging = Judging(store, config, open_judge(config, deliver))
    while True:
        judging.round(time.time_ns())
        time.sleep(0.02)


def test_killing_the_collector_again_and_again_brings_no_new_money(tmp_path: Path) -> None:
    """What the model's own side counts stays below the budget, though the ledger never heard of some calls."""
    path, budget_usd = tmp_path / "killed.duckdb", "0.0300"
    store = open_blank(path)
    bench = Bench(store, cast("Pipeline", None))  # it only captures
    for _ in range(120):
        bench.capture("How far does it go?", "It goes 160 metres.")
    store.close()
    with judge_server(seconds=0.15) as server:
        for kill in range(4):
            before = server.answered
            process = _FORKS.Process(
                target=_judge_until_killed, args=(str(path), server.url, budget_usd)
            )
            process.start()
            deadline = time.monotonic() + 12  # once the budget is used up, no more come
            while server.answered < before + 3 + kill and time.monotonic() < deadline:
                if not process.is_alive():
                    break
                time.sleep(0.01)
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()
        time.sleep(0.4)
        rates = call_rates(platform(), MODEL, time.time_ns())
        assert rates is not None
        each = PROMPT_TOKENS * rates.input_pico_usd + ANSWER_TOKENS * rates.output_pico_usd
        billed = server.answered * each
    assert server.answered >= 6
    assert billed <= 3 * 10**10
    store = Store.open(path)
    left = DailyBudget(store, 3 * 10**10).left_pico_usd(time.time_ns())
    assert billed <= 3 * 10**10 - left, "all that was billed counts as taken, seen or not"
    store.close()
