"""init(): spans leave in batches over OTLP; a collector that is down costs the app nothing."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support.apps import CALLS, SPANS, TELL, finished, heard, start_app, unused_port
from support.otlp_sink import Sink

THREE_CALLS = "texts = [call(number).text for number in range(3)]\n"
WAITING = """
import threading
threading.Event().wait(60)
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    """An OTLP endpoint on a free port."""
    with Sink() as made:
        yield made


def settings(simulator: Any, endpoint: str, **more: str) -> dict[str, str]:
    """The environment of an app."""
    return {"SIMULATOR": simulator.url, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **more}


def test_spans_arrive_with_service_name_in_compressed_batches(simulator: Any, sink: Sink) -> None:
    """One line in an app, and the collector has its calls; a flush says that all are delivered."""
    again = "assert gemledger.init() is provider and gemledger.flush()\n"
    app = start_app(CALLS, THREE_CALLS, again, TELL, **settings(simulator, sink.url))

    assert finished(app) == [{"ended": 3, "delivered": 3, "spooled": 0, "dropped": 0}]
    assert len(sink.spans) == 3
    path, headers, request = sink.requests[0]
    assert (path, headers["Content-Encoding"]) == ("/v1/traces", "gzip")
    resource = {a.key: a.value.string_value for a in request.resource_spans[0].resource.attributes}
    assert resource["service.name"] == "shop"
    scope = request.resource_spans[0].scope_spans[0]
    assert (scope.scope.name, bool(scope.scope.version), bool(scope.schema_url)) == (
        "gemledger",
        True,
        True,
    )


def test_what_waits_is_delivered_when_the_process_ends(simulator: Any, sink: Sink) -> None:
    """Nobody has to remember to flush."""
    environ = settings(simulator, sink.url, OTEL_BSP_SCHEDULE_DELAY="60000")
    finished(start_app(CALLS, THREE_CALLS, **environ))

    assert len(sink.spans) == 3


def test_a_collector_that_refuses_for_a_while_gets_every_span_once(
    simulator: Any, sink: Sink
) -> None:
    """503 with Retry-After is what a full queue answers."""
    sink.manners.refuse = 3
    flush = "assert gemledger.flush()\n"
    (told,) = finished(start_app(CALLS, THREE_CALLS, flush, TELL, **settings(simulator, sink.url)))

    assert told["delivered"] == 3
    assert len({span.span_id for span in sink.spans}) == len(sink.spans) == 3


@pytest.mark.slow
def test_a_collector_that_is_away_for_twelve_seconds_gets_every_span(simulator: Any) -> None:
    """A restart: connection refused meanwhile. The stock exporter gives up after seven seconds."""
    port = unused_port()
    environ = settings(simulator, f"http://127.0.0.1:{port}")
    flush = "say(flushed=gemledger.flush(40))\n"
    app = start_app(CALLS, THREE_CALLS, flush, TELL, **environ)
    time.sleep(12)
    with Sink(port) as sink:
        flushed, told = finished(app)

        assert (flushed["flushed"], told["delivered"]) == (True, 3)
        assert len(sink.spans) == 3


@pytest.mark.parametrize("spool", ["True", "False"])
def test_with_the_collector_down_an_app_answers_the_same_and_ends_in_time(
    simulator: Any, sink: Sink, spool: str
) -> None:
    """Same texts, not slower; what could not be delivered is on disk, or counted and said; the process ends in time."""
    calls = """
    began = time.perf_counter()
    texts = [call(number).text for number in range(20)]
    say(texts=texts, seconds=time.perf_counter() - began)
    say(flushed=gemledger.flush(2))
    """
    head = CALLS.replace('"shop"', f'"shop", spool={spool}')
    up, _, _ = finished(start_app(head, calls, TELL, **settings(simulator, sink.url)))
    environ = settings(simulator, f"http://127.0.0.1:{unused_port()}")
    app = start_app(head, calls, TELL, **environ)
    output, errors = app.communicate(timeout=60)
    down, flushed, told = map(json.loads, output.splitlines())

    assert app.returncode == 0
    assert down["texts"] == up["texts"]
    assert down["seconds"] < up["seconds"] + 1
    assert flushed == {"flushed": False}
    kept = spool == "True"
    assert told == {
        "ended": 20,
        "delivered": 0,
        "spooled": 20 if kept else 0,
        "dropped": 0 if kept else 20,
    }
    assert ("20 spans wait in " if kept else "20 spans did not reach the collector") in errors


def test_content_is_captured_when_init_is_told_to(simulator: Any, sink: Sink) -> None:
    """The argument wins over the environment."""
    head = CALLS.replace('"shop"', '"shop", capture_content=True')
    finished(start_app(head, THREE_CALLS, **settings(simulator, sink.url)))

    names = {attribute.key for attribute in sink.spans[0].attributes}
    assert {"gen_ai.input.messages", "gen_ai.output.messages"} <= names


def test_the_standard_variables_say_where_to_who_and_how_much(sink: Sink) -> None:
    """Traces endpoint, headers, resource attributes and compression, as every OpenTelemetry SDK has them."""
    finished(
        start_app(
            SPANS.replace('"shop"', ""),
            "end('one')",
            OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{sink.url}/elsewhere",
            OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20token,x-tenant=a",
            OTEL_EXPORTER_OTLP_COMPRESSION="none",
            OTEL_RESOURCE_ATTRIBUTES="deployment.environment=test",
            OTEL_SERVICE_NAME="by-variable",
        )
    )

    ((path, headers, request),) = sink.requests
    assert path == "/elsewhere"
    assert headers["authorization"] == "Bearer token"
    assert headers["x-tenant"] == "a"
    assert "Content-Encoding" not in headers
    resource = {a.key: a.value.string_value for a in request.resource_spans[0].resource.attributes}
    assert resource["service.name"] == "by-variable"
    assert resource["deployment.environment"] == "test"


@pytest.mark.parametrize(
    "variable",
    [
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_SAMPLER": "always_off"},
    ],
    ids=str,
)
def test_a_variable_that_turns_tracing_off_is_obeyed(sink: Sink, variable: dict[str, str]) -> None:
    """Nothing is sent and nothing is counted as lost."""
    flush = "assert gemledger.flush()\n"
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, **variable}
    (told,) = finished(start_app(SPANS, "end('one')\n", flush, TELL, **environ))

    assert (told["dropped"], sink.tried_at) == (0, [])


def test_what_cannot_be_followed_is_said(sink: Sink) -> None:
    """No gRPC is spoken here, and a queue of minus one is no size: both are said, and spans arrive."""
    app = start_app(
        SPANS,
        "end('one')",
        OTEL_EXPORTER_OTLP_ENDPOINT=sink.url,
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        OTEL_BSP_MAX_QUEUE_SIZE="-1",
    )
    _, errors = app.communicate(timeout=30)

    assert "OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not followed" in errors
    assert "OTEL_BSP_MAX_QUEUE_SIZE=-1 is not a whole number" in errors
    assert sink.names == {"one": 1}


def test_sigterm_delivers_and_then_ends_the_process_as_it_would_have(sink: Sink) -> None:
    """The default action is preserved: whoever waits for the process sees that SIGTERM ended it."""
    then = "end('one')\nsay(ready=True)\n"
    app = start_app(SPANS, then, WAITING, OTEL_EXPORTER_OTLP_ENDPOINT=sink.url)
    heard(app)
    app.send_signal(signal.SIGTERM)
    app.communicate(timeout=20)

    assert app.returncode == -signal.SIGTERM
    assert sink.names == {"one": 1}


def test_an_earlier_handler_of_sigterm_is_called_after_the_delivery(sink: Sink) -> None:
    """It is the app's, with the app's idea of how to end."""
    handler = """
    import signal
    def leave(number, frame):
        say(signal=number, delivered=gemledger.setup.delivery().delivered)
        sys.exit(7)
    signal.signal(signal.SIGTERM, leave)
    """
    then = "end('one')\nsay(ready=True)\n"
    app = start_app(handler, SPANS, then, WAITING, OTEL_EXPORTER_OTLP_ENDPOINT=sink.url)
    heard(app)
    app.send_signal(signal.SIGTERM)

    assert heard(app) == {"signal": signal.SIGTERM, "delivered": 1}
    app.communicate(timeout=20)
    assert app.returncode == 7


def test_sigterm_is_left_alone_where_it_is_ignored_or_not_ours_to_handle(sink: Sink) -> None:
    """An app that ignores SIGTERM goes on doing so; outside the main thread nothing is installed."""
    code = """
    import signal, threading
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    gemledger.init()
    ignored = signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    import gemledger.setup
    gemledger.setup._provider = None
    thread = threading.Thread(target=gemledger.init)
    thread.start()
    thread.join()
    say(ignored=ignored, default=signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
    """
    (told,) = finished(start_app(code, OTEL_EXPORTER_OTLP_ENDPOINT=sink.url))

    assert told == {"ignored": True, "default": True}


@pytest.mark.parametrize("end", ["", "os.kill(os.getpid(), 15)\n"], ids=["exit", "SIGTERM"])
def test_what_is_still_open_or_only_summed_up_leaves_before_the_process_ends(
    simulator: Any, sink: Sink, end: str
) -> None:
    """A stream that nobody read to its end is a span; calls outside the sample are a sum."""
    stream = """
    stream = client.models.generate_content_stream(model="gemini-2.5-flash", contents="Hello")
    next(stream)
    """
    app = start_app(CALLS, stream, end, **settings(simulator, sink.url))
    app.communicate(timeout=30)
    sampled_out = {"OTEL_TRACES_SAMPLER": "always_off"}
    app = start_app(CALLS, THREE_CALLS, end, **settings(simulator, sink.url, **sampled_out))
    app.communicate(timeout=30)

    stream_span, sums = sink.spans
    facts = {one.key: one.value for one in stream_span.attributes}
    assert facts["gemledger.stream.state"].string_value == "abandoned"
    assert sums.name == "gemledger.unsampled"


def test_a_collector_that_hangs_keeps_no_process_from_ending(sink: Sink) -> None:
    """Five seconds, then the process ends by the signal; its span waits on disk."""
    sink.manners.hang = threading.Event()
    then = "end('one')\nsay(ready=True)\n"
    app = start_app(SPANS, then, WAITING, OTEL_EXPORTER_OTLP_ENDPOINT=sink.url)
    heard(app)
    app.send_signal(signal.SIGTERM)
    began = time.monotonic()
    _, errors = app.communicate(timeout=30)
    lasted = time.monotonic() - began
    sink.manners.hang.set()

    assert app.returncode == -signal.SIGTERM
    assert lasted < 8
    assert "1 spans wait in" in errors


def test_our_own_requests_are_no_spans(sink: Sink) -> None:
    """Another instrumentation of the HTTP client is told to look away, as it would be by the stock exporter."""
    code = """
    import requests
    from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled
    send, seen = requests.Session.send, []
    def instrumented(session, request, **kwargs):
        seen.append(is_http_instrumentation_enabled())
        return send(session, request, **kwargs)
    requests.Session.send = instrumented
    end("one")
    gemledger.flush()
    say(seen=seen)
    """
    (told,) = finished(start_app(SPANS, code, OTEL_EXPORTER_OTLP_ENDPOINT=sink.url))

    assert told == {"seen": [False]}


def test_an_app_with_opentelemetry_of_its_own_loads_none_of_this() -> None:
    """Neither the import nor instrument() brings in the exporter, the spool, or the HTTP client."""
    code = """
    import sys, gemledger
    gemledger.instrument()
    ours = {"setup", "spooling", "courier", "dispatch", "backlog", "spool", "otlp", "route"}
    loaded = [name for name in sys.modules if name.removeprefix("gemledger.") in ours]
    print(loaded, "requests" in sys.modules)
    """
    ran = subprocess.run(
        [sys.executable, "-c", code.replace("\n    ", "\n")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "[] False\n"
