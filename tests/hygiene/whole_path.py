"""The whole way of a text: app, SDK, collector, judge, API, exports, report, backup; and all it leaves behind."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from support.http_sink import HttpSink
from support.judge_server import JudgeServer
from support.processes import CollectorProcess

from gemledger_simulator.process import SimulatorProcess

from .bad_questions import ask_badly
from .foreign_senders import send_foreign_spans
from .people import canary_set, give_feedback, label_answers
from .quoting_judge import shown_to
from .takeaway import take_everything_out
from .the_app import run_the_app, run_without_a_collector
from .trail import Trail


def configuration(hook: str, canary: str, *, redacting: bool) -> str:
    """What the collector is told beside its address and file."""
    content = "" if redacting else "processors: {redact: {content: false}}\n"
    return (
        f"{content}extensions:\n"
        "  judge: {model: gemini-2.5-flash-lite, interval: 200ms, retry_after: 1s, max_attempts: 2,\n"
        f"    canary: {{set: '{canary}', at: '00:00'}},\n"
        "    rules: [{name: chat, rubrics: [accuracy, tone], sample_rate: 1.0}]}\n"
        "  alerts: {evaluation_interval: 200ms, group_wait: 0s,\n"
        f"    channels: [{{name: hook, type: webhook, url: '{hook}'}}],\n"
        "    rules: [{name: any, above_usd: 0.0000001, window: 1h}]}\n"
    )


def wait_for_judgements(collector: CollectorProcess, least: int = 4) -> None:
    """Until the judge has said something, some of it in prose."""
    deadline = time.monotonic() + 60
    while True:
        (row,) = collector.query(
            "select count(label) as told, count(*) - count(label) as failed from evaluations"
        )
        if row["told"] >= least and row["failed"] >= 1:
            return
        assert time.monotonic() < deadline, f"the judge has said {row}"
        time.sleep(0.2)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run takes place between: who starts collectors, who judges, and who is Gemini."""

    start: Callable[[str], CollectorProcess]
    judge: JudgeServer
    simulator: SimulatorProcess


def walk(trail: Trail, around: Surroundings, *, redacting: bool) -> CollectorProcess:
    """The whole way once; the collector has ended by then."""
    with HttpSink() as hook:
        told = configuration(hook.url, canary_set(trail), redacting=redacting)
        collector = around.start(told)
        run_the_app(trail, collector, around.simulator, redacting=redacting)
        send_foreign_spans(trail, collector)
        ask_badly(trail, collector)
        give_feedback(trail, collector)
        wait_for_judgements(collector)
        label_answers(trail, collector)
        take_everything_out(trail, collector)
        collector.stop()
    run_without_a_collector(trail, around.simulator, redacting=redacting)
    trail.logs.append(collector.log)
    assert hook.received, "no alert was sent"
    messages = [str(each.headers).encode() + each.body for each in hook.received]
    trail.others.append(trail.write("alert messages", b"\0".join(messages)))
    trail.others.append(trail.write("what the judge was sent", shown_to(around.judge)))
    return collector
