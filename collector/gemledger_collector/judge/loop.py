"""The clock of the judge: rounds on an interval, without a pause while answers wait."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from gemledger_collector.errors import Overloaded
from gemledger_collector.judge.grade import GradeError, Judge, open_judge
from gemledger_collector.judge.judging import Halt, Judging, Round
from gemledger_collector.judge_config import JudgeConfig
from gemledger_collector.own_calls.delivery import Sink, delivery_to
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry

log = logging.getLogger("gemledger.judge")

Clock = Callable[[], int]
"""Unix nanoseconds now."""

LONGEST_PAUSE_SECONDS = 300.0
STANDSTILLS = frozenset({Halt.BUDGET, Halt.UNPRICED, Halt.FAILING})


async def run(
    store: Store,
    config: JudgeConfig,
    sink: Sink,
    clock: Clock,
    stop: asyncio.Event,
    telemetry: Telemetry | None = None,
) -> None:
    """Judge until ``stop`` is set; without a model or a rule there is nothing to do."""
    if config.model is None or not config.rules:
        return
    judge = await _open(config, sink)
    if judge is None:
        return
    judging = Judging(store, config, judge, stop.is_set)
    try:
        await _rounds(judging, clock, stop, telemetry or Telemetry())
    finally:
        await asyncio.to_thread(judge.close)


async def _open(config: JudgeConfig, sink: Sink) -> Judge | None:
    deliver = delivery_to(sink, asyncio.get_running_loop())
    try:
        return await asyncio.to_thread(open_judge, config, deliver)
    except (GradeError, ImportError) as error:
        log.error("nothing is judged: %s", error)  # noqa: TRY400 - one clear line, no traceback
        return None


async def _rounds(
    judging: Judging, clock: Clock, stop: asyncio.Event, telemetry: Telemetry
) -> None:
    interval = judging.config.interval.total_seconds()
    pause, said = interval, Halt.DONE
    while not stop.is_set():
        done = await _round(judging, clock)
        _count(done, telemetry)
        said = _say(done, said)
        pause = min(LONGEST_PAUSE_SECONDS, pause * 2) if done.halt is Halt.FAILING else interval
        if done.halt is not Halt.MORE:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)


async def _round(judging: Judging, clock: Clock) -> Round:
    try:
        return await asyncio.to_thread(judging.round, clock())
    except Overloaded as error:
        log.warning("judging waits: %s", error)
    except Exception:
        log.exception("a round of judging failed; the next one tries again")
    return Round(0, 0, Halt.FAILING)


def _count(done: Round, telemetry: Telemetry) -> None:
    telemetry.add("answers_judged_total", done.judged)
    telemetry.add("judge_errors_total", done.errors)
    if done.halt in STANDSTILLS:
        telemetry.add("judge_halts_total", reason=done.halt.name.lower())


def _say(done: Round, said: Halt) -> Halt:
    """Log why judging stands still, once for each change of the reason."""
    if done.halt is not said and done.halt in STANDSTILLS:
        log.warning("answers wait to be judged: %s", done.halt.value)
    return done.halt
