"""When sums of unsampled calls are sent: by the clock, at a flush, at the end; and where they cannot be."""

import gc
import itertools
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.sampled import NOON, PICO, Sampled, answer, asked, bill

import gemledger
from gemledger.call import CallRecorder
from gemledger.settings import Settings
from gemledger.unsampled import UnsampledSums, flush_unsampled


@pytest.fixture
def off() -> Iterator[Sampled]:
    """Nothing is sampled."""
    sampled = Sampled()
    yield sampled
    sampled.sums.close()


def test_a_flush_or_shutdown_of_the_provider_takes_the_sums_along(off: Sampled) -> None:
    """Behind a batch processor that was there first: they are in its queue before it is emptied, or closed."""
    batched = InMemorySpanExporter()
    off.provider.add_span_processor(BatchSpanProcessor(batched, schedule_delay_millis=3_600_000))
    off.call(answer())
    assert off.provider.force_flush()
    assert len(batched.get_finished_spans()) == 1
    off.call(answer())
    off.provider.shutdown()
    assert len(batched.get_finished_spans()) == 2


def test_sums_are_sent_regularly_without_anybody_asking() -> None:
    """One daemon thread, started by the first call that is not sampled, and ended with the sums."""
    arrived = threading.Event()

    class Telling(InMemorySpanExporter):
        def export(self, spans: Any) -> Any:
            arrived.set()
            return super().export(spans)

    sampled = Sampled(interval_seconds=0.01)
    sampled.provider.add_span_processor(SimpleSpanProcessor(Telling()))
    before = sampled.sums._thread
    sampled.call(answer())
    assert arrived.wait(20)
    thread = sampled.sums._thread
    assert thread is not None
    assert (before, thread.daemon) == (None, True)
    sampled.sums.close()
    thread.join(20)
    assert not thread.is_alive()


def test_a_recorder_that_is_gone_leaves_no_thread() -> None:
    """The thread holds nothing alive."""
    sampled = Sampled(interval_seconds=0.01)
    sampled.call(answer())
    thread = sampled.sums._thread
    assert thread is not None
    sampled.provider.shutdown()
    sampled.sums._outlet.close()  # type: ignore[union-attr]  # it has been opened
    del sampled
    gc.collect()
    thread.join(20)
    assert not thread.is_alive()


def test_memory_is_bounded_and_nothing_is_lost_by_it() -> None:
    """More payers than sums are held: the oldest sum goes out early, and comes again if its payer does."""
    sampled = Sampled(max_keys=10)
    for user in itertools.chain(range(100), range(100)):
        with gemledger.attribution(user_id=str(user)):
            sampled.call(answer())
        assert len(sampled.sums._sums) <= 10
    sampled.sums.close()
    assert bill(sampled) == (200, 200 * PICO)


def test_a_sum_is_sent_before_it_is_too_large_to_be_believed(off: Sampled) -> None:
    """The collector takes counts of more than a thousand million for nonsense."""
    for _ in range(3):
        off.call(answer(300_000_000, model="gemini-2.5-flash-lite"))
    assert [one["gen_ai.usage.input_tokens"] for one in off.summed] == [600_000_000, 300_000_000]


def test_threads_lose_nothing(off: Sampled) -> None:
    """Eight threads add while a ninth flushes."""
    done = threading.Event()

    def call() -> None:
        for _ in range(200):
            off.call(answer())

    def flush() -> None:
        while not done.is_set():
            off.sums.flush()

    callers = [threading.Thread(target=call) for _ in range(8)]
    flusher = threading.Thread(target=flush)
    for thread in (*callers, flusher):
        thread.start()
    for thread in callers:
        thread.join()
    done.set()
    flusher.join()
    off.sums.flush()
    assert bill(off) == (1600, 1600 * PICO)


# Where it cannot be done


def test_without_an_sdk_nothing_is_held(caplog: pytest.LogCaptureFixture) -> None:
    """The API alone exports nothing, sampled or not: no memory, no thread, no warning."""
    sums = UnsampledSums(trace.NoOpTracer(), "1")
    recorder = CallRecorder(trace.NoOpTracer(), Settings(), clock=lambda: NOON, unsampled=sums)
    call = recorder.start(asked())
    call.exchange(answer())
    call.end()
    assert (len(sums._sums), sums._thread, caplog.records) == (0, None, [])


class Foreign(trace.Tracer):
    """A tracer of somebody else's, around the SDK's."""

    def __init__(self, inner: trace.Tracer) -> None:
        self.inner = inner

    def start_span(self, *arguments: Any, **named: Any) -> trace.Span:
        """As the inner tracer does."""
        return self.inner.start_span(*arguments, **named)

    start_as_current_span = None  # type: ignore[assignment]  # not needed here


def test_a_foreign_tracer_is_a_loud_limit(caplog: pytest.LogCaptureFixture) -> None:
    """Its sampler cannot be passed: one warning says that the bill will be short."""
    sampled = Sampled()
    sums = UnsampledSums(Foreign(sampled.recorder.tracer), "1", interval_seconds=3600)
    recorder = CallRecorder(sampled.recorder.tracer, Settings(), clock=lambda: NOON, unsampled=sums)
    with caplog.at_level(logging.WARNING, "gemledger"):
        for _ in range(3):
            call = recorder.start(asked())
            call.exchange(answer())
            call.end()
        sums.close()
    (warning,) = caplog.records
    assert "Foreign" in warning.getMessage()
    assert "the bill will be short" in warning.getMessage()


def test_an_sdk_that_hides_its_processors_is_a_loud_limit(caplog: pytest.LogCaptureFixture) -> None:
    """Sums still arrive, by the clock or ``gemledger.flush()``; the warning says what does not work."""
    sampled = Sampled()
    chain: Any = sampled.recorder.tracer.span_processor  # type: ignore[attr-defined]  # the SDK's
    chain._span_processors = list(chain._span_processors)
    with caplog.at_level(logging.WARNING, "gemledger"):
        sampled.call(answer())
    (warning,) = caplog.records
    assert "call gemledger.flush() before" in warning.getMessage()
    flush_unsampled()
    assert bill(sampled) == (1, PICO)
    sampled.sums.close()


def test_a_disabled_tracer_stays_disabled() -> None:
    """Who turned us off in the provider's configuration gets no sums either."""
    sampled = Sampled()
    tracer: Any = sampled.recorder.tracer
    tracer._tracer_config = type(tracer._tracer_config)(is_enabled=False)
    sampled.call(answer())
    sampled.sums.close()
    assert sampled.spans == []


# Processes


def _in_child(sampled: Sampled, counts: Any) -> None:
    inherited = len(sampled.sums._sums)
    sampled.call(answer())
    held = len(sampled.sums._sums)
    sampled.sums.flush()
    counts.put((inherited, held, bill(sampled)))


def test_a_forked_child_sends_its_own_calls_and_none_of_its_parents(off: Sampled) -> None:
    """The parent's sums are the parent's, even while a thread of the parent's holds the lock."""
    off.call(answer())
    context = multiprocessing.get_context("fork")
    counts = context.SimpleQueue()
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        with off.sums._lock, off.sums._emitting:
            locked.set()
            release.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(20)
    child = context.Process(target=_in_child, args=(off, counts), daemon=True)
    child.start()
    release.set()
    holder.join()
    child.join(20)
    assert child.exitcode == 0
    assert counts.get() == (0, 1, (1, PICO))
    off.sums.flush()
    assert bill(off) == (1, PICO)


APP = """
import multiprocessing, os, sys
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from support.sampled import Sampled, answer

class File(SpanExporter):
    def export(self, spans):
        with open(sys.argv[1], "a") as file:
            for span in spans:
                file.write(f"{os.getpid()} {span.attributes['gemledger.unsampled.calls']}\\n")
        return SpanExportResult.SUCCESS

sampled = Sampled()
sampled.provider.add_span_processor(SimpleSpanProcessor(File()))
sampled.call(answer())
if sys.argv[2] == "fork":
    child = os.fork()
    sampled.call(answer())
    if child:
        os.waitpid(child, 0)
elif sys.argv[2] == "multiprocessing":
    child = multiprocessing.get_context("fork").Process(target=sampled.call, args=(answer(),))
    child.start()
    child.join()
"""


@pytest.mark.parametrize(
    ("children", "calls"),
    [("none", [1]), ("fork", [1, 2]), ("multiprocessing", [1, 1])],
)
def test_a_process_that_ends_sends_what_it_holds(
    tmp_path: Path, children: str, calls: list[int]
) -> None:
    """Without a flush by anybody: the app itself, a forked worker, a child of multiprocessing; each only its own."""
    file = tmp_path / "sums"
    subprocess.run(
        [sys.executable, "-c", APP, str(file), children],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        check=True,
        timeout=120,
    )
    sums: Counter[str] = Counter()
    for line in file.read_text().splitlines():
        process, count = line.split()
        sums[process] += int(count)
    assert sorted(sums.values()) == calls
