"""The clock of the judge: rounds on an interval, without a pause while answers wait."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from gemledger.pricing import Book
from gemledger.redaction import Redactor
from gemledger_collector.errors import ConfigError, Overloaded
from gemledger_collector.judge.backoff import pause_seconds
from gemledger_collector.judge.canary.scoring import Canary
from gemledger_collector.judge.checking import Checking
from gemledger_collector.judge.grade import GradeError, Judge, open_judge
from gemledger_collector.judge.judging import Halt, Judging, Round
from gemledger_collector.judge.redacting import RedactingJudge
from gemledger_collector.judge_config import JudgeConfig
from gemledger_collector.judge_standing import JudgeStanding, Standing, State
from gemledger_collector.own_calls.delivery import Sink, delivery_to
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry

log = logging.getLogger("gemledger.judge")

Clock = Callable[[], int]
"""Unix nanoseconds now."""

STATES: dict[Halt, State] = {
    Halt.DONE: "judging",
    Halt.MORE: "judging",
    Halt.BUDGET: "budget",
    Halt.UNPRICED: "unpriced",
    Halt.LIMITED: "limited",
    Halt.FAILING: "failing",
}
IDLE = Round(0, 0, Halt.DONE)


@dataclass(frozen=True, slots=True)
class Around:
    """What a running judge is told by and tells."""

    clock: Clock
    stop: asyncio.Event
    telemetry: Telemetry = field(default_factory=Telemetry)
    standing: JudgeStanding = field(default_factory=JudgeStanding)
    book: Book | None = None
    redactor: Redactor | None = field(default_factory=Redactor)
    """Of what the judge says, and of answers whose labels are known; None leaves both as they are."""


async def run(store: Store, config: JudgeConfig, sink: Sink, around: Around) -> None:
    """Judge and check until told to stop; without a model no rubric is judged, and without a rule there is no work."""
    around.standing.tell(Standing())
    checking = Checking(store, config, around.stop.is_set)
    judge = await _open(config, sink, around) if _judges(config) else None
    judging = None if judge is None else _judging(store, config, judge, around)
    try:
        if judging is not None or checking.runs:
            await _rounds(judging, checking, around)
    finally:
        if judge is not None:
            await asyncio.to_thread(judge.close)


def _judges(config: JudgeConfig) -> bool:
    return config.model is not None and any(rule.rubrics for rule in config.rules)


async def _open(config: JudgeConfig, sink: Sink, around: Around) -> Judge | None:
    deliver = delivery_to(sink, asyncio.get_running_loop())
    try:
        judge = await asyncio.to_thread(open_judge, config, deliver)
    except (GradeError, ImportError) as error:
        _misconfigured(around, error)
        return None
    return judge if around.redactor is None else RedactingJudge(judge, around.redactor)


def _judging(store: Store, config: JudgeConfig, judge: Judge, around: Around) -> Judging | None:
    try:
        return Judging(store, config, judge, around.stop.is_set, around.book)
    except ConfigError as error:  # a rubric's file has changed since it was checked
        _misconfigured(around, error)
        return None


def _misconfigured(around: Around, error: Exception) -> None:
    log.error("nothing is judged: %s", error)  # one clear line, no traceback
    around.standing.tell(Standing("misconfigured", str(error), around.clock()))


async def _rounds(judging: Judging | None, checking: Checking, around: Around) -> None:
    interval = checking.config.interval.total_seconds()
    failures, said, next_judging = 0, Halt.DONE, 0
    canary = None if judging is None else Canary.beside(judging, around.redactor)
    while not around.stop.is_set():
        checked = await _checked(checking, around)
        done = IDLE
        if judging is not None and around.clock() >= next_judging:
            done = await _judged(judging, around)
            await _known(canary, around)
            failures = failures + 1 if done.halt in (Halt.FAILING, Halt.LIMITED) else 0
            wait = pause_seconds(interval, failures, done.wait_seconds, random.random())  # noqa: S311 - spreads load
            next_judging = around.clock() + int(wait * 1e9) if failures else 0
            said = _say(done, said)
        if Halt.MORE not in (done.halt, checked.halt):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(around.stop.wait(), interval)


async def _checked(checking: Checking, around: Around) -> Round:
    if not checking.runs:
        return IDLE
    done = await _round(checking.round, around.clock)
    around.telemetry.add("answers_checked_total", done.judged)
    _count_errors(done, around.telemetry)
    return done


async def _judged(judging: Judging, around: Around) -> Round:
    done = await _round(judging.round, around.clock)
    around.telemetry.add("answers_judged_total", done.judged)
    _count_errors(done, around.telemetry)
    if STATES[done.halt] != "judging":
        around.telemetry.add("judge_halts_total", reason=done.halt.name.lower())
    if around.stop.is_set() and done.halt is Halt.DONE:
        return done  # cut short: how things stand is what was told before
    left = await asyncio.to_thread(_left, judging, around.clock())
    around.standing.tell(
        Standing(
            STATES[done.halt],
            done.halt.value,
            around.clock(),
            judging.config.daily_budget_pico_usd,
            left,
        )
    )
    return done


async def _known(canary: Canary | None, around: Around) -> None:
    """Grade what is due of the answers whose labels are known."""
    if canary is None:
        return
    try:
        await asyncio.to_thread(canary.round, around.clock())
    except Overloaded as error:
        log.warning("the canary set waits: %s", error)
    except Exception:
        log.exception("a round of the canary set failed; the next one tries again")


def _left(judging: Judging, now: int) -> int | None:
    with contextlib.suppress(Overloaded):
        return judging.budget.left_pico_usd(now)
    return None


async def _round(once: Callable[[int], Round], clock: Clock) -> Round:
    try:
        return await asyncio.to_thread(once, clock())
    except Overloaded as error:
        log.warning("judging waits: %s", error)
    except Exception:
        log.exception("a round of judging failed; the next one tries again")
    return Round(0, 0, Halt.FAILING)


def _count_errors(done: Round, telemetry: Telemetry) -> None:
    for kind, count in done.kinds.items():
        telemetry.add("judge_errors_total", count, reason=kind.value)


def _say(done: Round, said: Halt) -> Halt:
    """Log why judging stands still, once for each change of the reason."""
    if done.halt is not said and STATES[done.halt] != "judging":
        log.warning("answers wait to be judged: %s", done.halt.value)
    return done.halt
