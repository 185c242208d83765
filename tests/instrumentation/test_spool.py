"""No span is lost without a word: kills, outages and broken disks, with real processes."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from support.apps import CALLS, SPANS, TELL, finished, heard, start_app, unused_port, wait_until
from support.otlp_sink import Sink
from support.processes import CollectorProcess

import gemledger
import gemledger.export.spooling
from gemledger.setup import spool_processor

ENDLESS = """
number = 0
while True:
    response = call(number)
    say(id=response.response_id, at=time.monotonic())
    number += 1
    time.sleep(0.01)
"""
ADOPT = """
from gemledger.export.spool_directory import default_directory
left = lambda: list(default_directory(os.environ).rglob("*.spool"))
while left():
    time.sleep(0.05)
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    """An OTLP endpoint on a free port."""
    with Sink() as made:
        yield made


def attributes(span: Any) -> dict[str, str]:
    """The text attributes of a span off the wire."""
    return {one.key: one.value.string_value for one in span.attributes}


def test_sigkill_loses_no_span_that_ended_two_seconds_before(simulator: Any) -> None:
    """An app makes calls, its collector is down, it is killed; the next start delivers them, each of them once."""
    port = unused_port()
    environ = {
        "SIMULATOR": simulator.url,
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OTEL_BSP_SCHEDULE_DELAY": "60000",  # of requests; the disk does not wait for it
    }
    app = start_app(CALLS, ENDLESS, **environ)
    told = [heard(app)]
    while told[-1]["at"] < told[0]["at"] + 3.5:
        told.append(heard(app))
    app.send_signal(signal.SIGKILL)
    killed_at = time.monotonic()
    app.communicate()

    with Sink(port) as sink:
        finished(start_app(SPANS, ADOPT, **environ))  # also that of a process which sends rarely
        arrived = [attributes(span)["gen_ai.response.id"] for span in sink.spans]
    safe = {one["id"] for one in told if one["at"] < killed_at - 2}
    assert len(safe) > 20
    assert safe <= set(arrived)
    assert len(arrived) == len(set(arrived))


def test_an_app_that_could_not_deliver_leaves_it_to_the_next_start(simulator: Any) -> None:
    """Also after an orderly end; a collector elsewhere gets none of it."""
    port = unused_port()
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
    finished(start_app(SPANS, "for number in range(700): end(str(number))", **environ))

    with Sink() as elsewhere:
        finished(start_app(SPANS, "end('x')", OTEL_EXPORTER_OTLP_ENDPOINT=elsewhere.url))
        assert elsewhere.names == {"x": 1}
    with Sink(port) as sink:
        finished(start_app(SPANS, ADOPT, **environ))
        assert sink.names == {str(number): 1 for number in range(700)}


def test_an_outage_of_seconds_costs_nothing_while_spans_keep_ending() -> None:
    """The collector goes away and comes back under an app at work; the stock exporter lost a third in 15 seconds."""
    port = unused_port()
    work = """
    for number in range(700):
        end(str(number))
        time.sleep(0.01)
    say(flushed=gemledger.flush(30))
    """
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
    with Sink(port) as before:
        app = start_app(SPANS, work, TELL, **environ)
        before.wait_for(30)
    time.sleep(4)
    with Sink(port) as after:
        flushed, told = finished(app)

    assert flushed == {"flushed": True}
    assert told == {"ended": 700, "delivered": 700, "spooled": 0, "dropped": 0}
    assert len(after.spans) > 400  # it was an outage
    assert before.names + after.names == {str(number): 1 for number in range(700)}


@pytest.mark.slow
def test_the_bill_is_the_same_to_the_pico_with_the_collector_killed_and_an_app_killed(
    simulator: Any, start_collector: Callable[..., CollectorProcess]
) -> None:
    """Collector and app are both killed in mid-work: every call that the app told of is in the bill, once."""
    collector = start_collector()
    environ = {"SIMULATOR": simulator.url, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    priced = ENDLESS.replace("say(", "say(pico=gemledger.cost_of(response).total_pico_usd, ")
    app = start_app(CALLS, priced, **environ)
    told = [heard(app) for _ in range(50)]
    collector.kill()
    told += [heard(app) for _ in range(100)]
    time.sleep(2)
    app.send_signal(signal.SIGKILL)
    app.communicate()
    collector.start()
    finished(start_app(SPANS, ADOPT, **environ))

    rows = collector.query(
        "select response_id, cost_pico_usd, count(*) as n from calls group by all"
    )
    bill = {row["response_id"]: int(row["cost_pico_usd"]) for row in rows}
    assert all(row["n"] == 1 for row in rows)
    assert {one["id"]: one["pico"] for one in told}.items() <= bill.items()
    assert sum(one["pico"] for one in told) > 0


def test_a_directory_that_cannot_be_used_is_one_warning_and_memory(
    sink: Sink, tmp_path: Path
) -> None:
    """The app runs, the spans arrive."""
    (tmp_path / "file").touch()
    app = start_app(
        SPANS,
        "end('one')",
        OTEL_EXPORTER_OTLP_ENDPOINT=sink.url,
        GEMLEDGER_SPOOL_DIR=str(tmp_path / "file" / "spool"),
    )
    _, errors = app.communicate(timeout=30)

    assert app.returncode == 0
    assert errors.count("cannot spool spans to disk") == len(errors.splitlines()) == 1
    assert sink.names == {"one": 1}


@pytest.fixture
def own_provider(sink: Sink, tmp_path: Path) -> Iterator[TracerProvider]:
    """An app's own OpenTelemetry, with our processor."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(spool_processor(sink.url, directory=tmp_path / "spool"))
    yield provider
    provider.shutdown()


def test_an_apps_own_provider_gets_the_spool_by_one_line(
    own_provider: TracerProvider, sink: Sink, tmp_path: Path
) -> None:
    """All its spans, Gemini's or not; after the shutdown nothing is left and nothing more is taken."""
    tracer = own_provider.get_tracer("app")
    for number in range(1_500):
        tracer.start_span(str(number)).end()
    assert gemledger.flush(20)
    assert len(sink.names) == len(sink.spans) == 1_500
    (file,) = (tmp_path / "spool").rglob("*.spool")
    assert file.stat().st_size < 100

    own_provider.shutdown()
    tracer.start_span("late").end()
    assert not list((tmp_path / "spool").rglob("*.spool"))
    assert sink.names["late"] == 0


def test_spans_are_on_disk_within_a_second_while_the_collector_hangs(tmp_path: Path) -> None:
    """A request that waits for its answer keeps nobody from writing."""
    answering = threading.Event()
    with Sink(hang=answering) as sink:
        processor = spool_processor(sink.url, directory=tmp_path)
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(processor)
        tracer = provider.get_tracer("app")
        tracer.start_span("first").end()
        wait_until(lambda: bool(sink.tried_at), "a request hangs")
        for number in range(100):
            tracer.start_span(str(number)).end()
        assert isinstance(processor, gemledger.export.spooling.SpoolingSpanProcessor)
        began = time.monotonic()
        wait_until(lambda: processor.delivery.spooled == 101, "all are on disk", 5)
        lasted = time.monotonic() - began
        answering.set()
        provider.shutdown()

        assert lasted < 1.5
        assert processor.delivery == (101, 101, 0)


def test_beyond_the_queue_the_oldest_are_dropped_and_counted(
    sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More spans at once than the queue holds: nobody waits, nothing grows, and the count says so."""
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100000")
    processor = spool_processor(sink.url, directory=tmp_path)
    assert isinstance(processor, gemledger.export.spooling.SpoolingSpanProcessor)
    processor._courier._running = True  # its threads have yet to be given a turn
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    for number in range(250):
        provider.get_tracer("app").start_span(str(number)).end()
    processor._courier._running = False
    provider.shutdown()

    assert set(sink.names) == {str(number) for number in range(150, 250)}  # twice, if it was slow
    assert (processor.delivery.ended, processor.delivery.dropped) == (250, 150)


def test_a_flush_during_a_refusal_says_that_not_all_arrived(sink: Sink, tmp_path: Path) -> None:
    """True means delivered, nothing less."""
    processor = spool_processor(sink.url, directory=tmp_path)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    sink.manners.refuse, sink.manners.status = 1, 400
    provider.get_tracer("app").start_span("one").end()
    assert not processor.force_flush(10_000)
    provider.get_tracer("app").start_span("two").end()
    assert processor.force_flush(10_000)
    provider.shutdown()


def test_a_span_that_cannot_be_encoded_is_counted_as_lost(sink: Sink, tmp_path: Path) -> None:
    """It harms no other, and the flush tells."""

    class Broken(ReadableSpan):
        @property
        def events(self) -> tuple[()]:
            raise RuntimeError("broken")

    processor = spool_processor(sink.url, directory=tmp_path)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    span = provider.get_tracer("app").start_span("one")
    span.end()
    assert isinstance(span, ReadableSpan)
    processor.on_end(Broken("broken", context=span.context))
    assert not processor.force_flush()
    provider.shutdown()

    assert isinstance(processor, gemledger.export.spooling.SpoolingSpanProcessor)
    assert (sink.names, processor.delivery.dropped) == ({"one": 1}, 1)


def test_a_spool_too_small_for_anything_is_refused(tmp_path: Path) -> None:
    """A mistake in the app's code, said where it is made."""
    with pytest.raises(ValueError, match="max_bytes is 1000; give at least 65536"):
        spool_processor(directory=tmp_path, max_bytes=1_000)


def test_the_next_start_reads_a_directory_full_of_rubbish(
    sink: Sink, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A corrupt file never stops an app, and is gone afterwards."""
    caplog.set_level(logging.WARNING)
    processor: SpanProcessor = spool_processor(sink.url, directory=tmp_path)
    (folder,) = tmp_path.iterdir()
    for number in range(20):
        (folder / f"{number}-x.spool").write_bytes(os.urandom(number * 500))
    processor.shutdown()
    again = spool_processor(sink.url, directory=tmp_path)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(again)
    provider.get_tracer("app").start_span("one").end()
    assert provider.force_flush()
    wait_until(lambda: len(list(folder.iterdir())) == 1, "only our own file is left")
    provider.shutdown()

    assert sink.names == {"one": 1}
    assert caplog.text == ""
