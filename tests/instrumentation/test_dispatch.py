"""Sending what waits: an outage of a minute in a fraction of a second, over real HTTP, with time as an argument."""

import logging
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from support.apps import unused_port, wait_until
from support.otlp_sink import Sink

from gemledger.export.backlog import Backlog
from gemledger.export.dispatch import Dispatch, backoff_seconds
from gemledger.export.otlp import (
    MOST_BYTES,
    Destination,
    Post,
    Verdict,
    encoded,
    inflated,
    read_answer,
)
from gemledger.export.spool import SpoolFile
from gemledger.export.spool_directory import orphans

MONDAY = 1_795_420_800.0
"""2026-11-23T08:00:00Z, in unix seconds."""


def ended(*names: str, text: str = "") -> list[ReadableSpan]:
    """Spans of the real SDK, ended."""
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("app")
    spans = [tracer.start_span(name, attributes={"text": text}) for name in names]
    for span in spans:
        span.end()
    assert all(isinstance(span, ReadableSpan) for span in spans)
    return [span for span in spans if isinstance(span, ReadableSpan)]


class Sending:
    """A dispatch, its backlog on disk, and a clock that is moved by hand."""

    def __init__(self, folder: Path, url: str, max_bytes: int = 2**20) -> None:
        self.folder = folder
        self.backlog = Backlog(partial(SpoolFile.create, folder, max_bytes), max_bytes)
        self.dispatch = Dispatch(
            self.backlog,
            Post(Destination.from_environ(url, {})),
            lambda: orphans(folder, 2**30),
            most_spans=512,
            delay_seconds=1.0,
        )
        self.now = 100.0

    def end(self, *names: str, text: str = "") -> None:
        """These spans end and are written down."""
        for spans, payload in encoded(ended(*names, text=text)):
            self.backlog.append(spans, payload)

    def pass_time(self, seconds: float, *, hurried: bool = False) -> None:
        """Let the sender do whatever falls due in this time."""
        until = self.now + seconds
        while (at := self.now + self.dispatch.delay(self.now, hurried=hurried)) <= until:
            self.now = at
            self.dispatch.step(self.now, MONDAY, hurried=hurried)
        self.now = until


@pytest.fixture
def sink() -> Iterator[Sink]:
    """An OTLP endpoint on a free port."""
    with Sink() as made:
        yield made


@pytest.fixture
def sending(tmp_path: Path, sink: Sink) -> Sending:
    """A sender to the sink."""
    return Sending(tmp_path, sink.url)


def test_an_outage_of_a_minute_loses_nothing(tmp_path: Path) -> None:
    """Ten spans a second, nobody listens for a minute: all arrive once, soon after, with few tries in between."""
    port = unused_port()
    sending = Sending(tmp_path, f"http://127.0.0.1:{port}")
    for second in range(60):
        sending.end(*(f"{second}-{number}" for number in range(10)))
        sending.pass_time(1)
    tries = sending.dispatch.failed_tries
    with Sink(port) as sink:
        sending.pass_time(36)  # the longest wait between two tries

        assert len(sink.spans) == len(sink.names) == 600
    assert (sending.dispatch.delivered, sending.backlog.lost, sending.backlog.spooled) == (
        600,
        0,
        0,
    )
    assert 5 <= tries <= 9
    assert len(sink.requests) == 2  # 60 records, in requests of at most 512 spans


def test_waits_grow_and_stay_below_36_seconds() -> None:
    """Half a second, doubling, half a minute at most; by chance 20 % shorter or longer."""
    assert [backoff_seconds(failures, 0.5) for failures in (1, 2, 3, 7, 50)] == pytest.approx(
        [0.5, 1, 2, 30, 30]
    )
    assert (backoff_seconds(9, 0.0), backoff_seconds(9, 1.0)) == pytest.approx((24, 36))


def test_a_request_holds_at_most_512_spans(sending: Sending, sink: Sink) -> None:
    """However many wait, and however they were written down."""
    for start in range(0, 1_200, 100):
        sending.end(*(str(number) for number in range(start, start + 100)))
    sending.pass_time(2)

    sizes = [len(request.resource_spans) * 100 for _, _, request in sink.requests]
    assert sizes == [500, 500, 200]


def test_a_collector_that_asks_for_patience_gets_it(sending: Sending, sink: Sink) -> None:
    """Retry-After is obeyed, also while somebody waits for a flush."""
    sink.manners.refuse, sink.manners.headers = 1, {"retry-after": "30"}
    sending.end("one")
    sending.pass_time(2)
    sending.dispatch.hurry(sending.now)
    sending.pass_time(27, hurried=True)
    assert len(sink.tried_at) == 1
    sending.pass_time(2)

    assert sink.names == {"one": 1}


def test_a_redirect_is_no_acknowledgement(
    sending: Sending, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    """Followed, a POST becomes a GET, and some page answers it with 200: the spans would be gone."""
    sink.manners.refuse, sink.manners.status = 1, 302
    sink.manners.headers = {"location": f"{sink.url}/login"}
    sending.end("one")
    sending.pass_time(0)
    assert (sending.dispatch.delivered, sending.backlog.waiting) == (0, 1)
    sending.pass_time(2)

    assert sink.names == {"one": 1}
    assert f"HTTP 302 to {sink.url}/login; send to the right address" in caplog.text


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.1", 0.1),
        ("Mon, 23 Nov 2026 08:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0),
        ("86400", 600),
        ("-5", 0),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    """As HTTP has it; what is nonsense is as if it were not there, and a day is cut to ten minutes."""
    answer = read_answer(503, {"retry-after": header}, b"", MONDAY)

    assert (answer.verdict, answer.retry_after) == (Verdict.LATER, seconds)


@pytest.mark.parametrize(
    ("verdict", "statuses"),
    [
        (Verdict.DELIVERED, (200, 202, 204)),
        (Verdict.REFUSED, (400, 405, 413, 415, 422)),
        (Verdict.LATER, (301, 307, 401, 403, 404, 408, 429, 500, 502, 503, 504)),
    ],
)
def test_only_a_refusal_of_the_spans_themselves_is_for_good(
    verdict: Verdict, statuses: tuple[int, ...]
) -> None:
    """A wrong token or address, or a broken server, says nothing about the spans: they are kept."""
    assert {read_answer(status, {}, b"", MONDAY).verdict for status in statuses} == {verdict}


def test_the_variables_for_traces_win_over_the_general_ones() -> None:
    """Certificates, key, timeout and headers as the stock exporter takes them; nonsense is as if it were not there."""
    general = "OTEL_EXPORTER_OTLP_"
    environ = {
        f"{general}ENDPOINT": "https://collector:4318/",
        f"{general}CERTIFICATE": "/ca.pem",
        f"{general}CLIENT_CERTIFICATE": "/client.pem",
        f"{general}CLIENT_KEY": "/client.key",
        f"{general}TIMEOUT": "soon",
        f"{general}HEADERS": "a=general",
    }
    assert Destination.from_environ(None, environ) == Destination(
        url="https://collector:4318/v1/traces",
        headers={"a": "general"},
        timeout_seconds=10,
        verify="/ca.pem",
        certificate=("/client.pem", "/client.key"),
        compressed=True,
    )
    traces = {
        f"{general}TRACES_ENDPOINT": "http://elsewhere/path",
        f"{general}TRACES_TIMEOUT": "2.5",
        f"{general}TRACES_HEADERS": "b=traces",
    }
    found = Destination.from_environ(None, environ | traces)
    assert (found.url, found.timeout_seconds) == ("http://elsewhere/path", 2.5)
    assert found.headers == {"b": "traces"}
    assert Destination.from_environ("http://code", environ | traces).url == "http://code/v1/traces"
    in_milliseconds = {f"{general}TIMEOUT": "10000"}
    assert Destination.from_environ(None, in_milliseconds).timeout_seconds == 60


def test_what_is_refused_for_good_is_counted_and_said_once(
    sending: Sending, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    """The same answer would come again; what follows still arrives."""
    sink.manners.refuse, sink.manners.status = 2, 400
    for name in ("one", "two", "three"):
        sending.end(name)
        sending.pass_time(2)

    assert (sending.dispatch.refused, sending.dispatch.delivered) == (2, 1)
    assert sink.names == {"three": 1}
    warnings = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert warnings == ["the collector refused 1 spans for good: HTTP 400 b'no'"]


def test_spans_that_an_acknowledged_request_left_out_are_counted(
    sending: Sending, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    """OTLP's partial success: it says how many, and why."""
    sink.manners.rejected = 2
    sending.end("one", "two", "three")
    sending.pass_time(2)

    assert (sending.dispatch.refused, sending.dispatch.delivered) == (2, 1)
    assert "refused 2 spans for good: left out" in caplog.text


def test_a_full_spool_drops_the_oldest_and_says_how_many(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As many as it takes and no more; the newest arrive."""
    port = unused_port()
    sending = Sending(tmp_path, f"http://127.0.0.1:{port}", max_bytes=65_536)
    for number in range(1_000):
        sending.end(str(number))
    lost = sending.backlog.lost
    assert 0 < lost < 1_000
    with Sink(port) as sink:
        sending.pass_time(3)

        assert sorted(map(int, sink.names)) == list(range(lost, 1_000))
    assert f"{lost} spans were lost so far" in caplog.text


def test_what_is_dropped_while_it_is_sent_and_arrives_is_not_counted_as_delivered_too(
    tmp_path: Path,
) -> None:
    """Every span is counted once, as one or the other."""
    answering = threading.Event()
    with Sink(hang=answering) as sink:
        sending = Sending(tmp_path, sink.url, max_bytes=65_536)
        sending.end("oldest")
        thread = threading.Thread(target=sending.pass_time, args=(1,))
        thread.start()
        wait_until(lambda: bool(sink.tried_at), "the request is under way")
        for number in range(1_000):
            sending.end(str(number))
        answering.set()
        thread.join()
        sending.pass_time(3)

    assert sending.dispatch.delivered + sending.backlog.lost == 1_001


def test_a_span_that_is_too_large_for_a_request_with_others_goes_alone() -> None:
    """Requests stay around 4 MB, so that a collector's limit is not met by accident."""
    requests = encoded(ended(*"abcd", text="x" * (MOST_BYTES // 3)))

    assert [spans for spans, _ in requests] == [2, 2]
    assert all(len(inflated([payload])) <= MOST_BYTES for _, payload in requests)
    assert [spans for spans, _ in encoded(ended("huge", text="x" * 2 * MOST_BYTES))] == [1]


def test_large_records_are_not_joined_beyond_the_size_of_a_request(
    sending: Sending, sink: Sink
) -> None:
    """Ten small files that unpack to 2 MB each are five requests, not one of 20 MB."""
    for number in range(10):
        sending.end(str(number), text="x" * (MOST_BYTES // 2 - 1_000))
    sending.pass_time(2)

    assert len(sink.requests) == 5


def test_a_span_that_cannot_be_encoded_costs_no_other() -> None:
    """Somebody's span class may break; its neighbours are sent."""

    class Broken(ReadableSpan):
        @property
        def events(self) -> tuple[()]:
            raise RuntimeError("broken")

    spans = ended("a", "b", "c")
    spans.insert(1, Broken("broken", context=spans[0].context))

    assert sum(count for count, _ in encoded(spans)) == 3


def test_what_dead_processes_left_is_sent_after_what_is_our_own(
    sending: Sending, sink: Sink
) -> None:
    """And not counted among ours."""
    dead = Sending(sending.folder, sink.url)
    dead.end("left behind")
    dead.backlog.leave()
    sending.end("own")
    sending.pass_time(3)

    assert [span.name for span in sink.spans] == ["own", "left behind"]
    assert sending.dispatch.delivered == 1


def test_a_process_that_dies_later_is_found_within_a_minute(sending: Sending, sink: Sink) -> None:
    """Workers come and go; whoever lives on sends what they left."""
    sending.pass_time(1)
    dead = Sending(sending.folder, sink.url)
    dead.end("left behind")
    dead.backlog.leave()
    sending.pass_time(60)

    assert sink.names == {"left behind": 1}
    assert len(list(sending.folder.iterdir())) == 0


def test_an_outage_is_said_once_and_its_end_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With the reason, and without what the address may hold of a secret."""
    caplog.set_level(logging.INFO)
    port = unused_port()
    sending = Sending(tmp_path, f"http://user:secret@127.0.0.1:{port}")
    sending.end("one")
    sending.pass_time(30)
    with Sink(port):
        sending.pass_time(36)

    said = [one.getMessage() for one in caplog.records if one.name == "gemledger"]
    assert len(said) == 2
    assert said[0].startswith("the collector does not take spans (127.0.0.1:")
    assert "refused" in said[0]
    assert said[1].startswith("the collector takes spans again, after ")
    assert "secret" not in caplog.text


@pytest.fixture
def full_disk() -> Iterator[Callable[[], None]]:
    """Called, no file may grow beyond 100 kB: the error of a full disk, from the real kernel."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_one_warning_and_no_loss(
    sending: Sending, sink: Sink, full_disk: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    """What fits is on disk, the rest waits in memory, and everything arrives in order."""
    full_disk()
    for number in range(600):
        sending.end(str(number))
    assert 0 < sending.backlog.spooled < sending.backlog.waiting == 600
    assert sink.spans == []
    sending.pass_time(3)

    assert [int(span.name) for span in sink.spans] == list(range(600))
    assert caplog.text.count("cannot spool spans to disk") == 1


def test_a_spool_that_is_cut_under_us_costs_what_was_cut(
    sending: Sending, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody truncates or overwrites the file of a living process: counted, and everything else goes on."""
    sending.end("one")
    sending.end("two")
    (path,) = sending.folder.iterdir()
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 5)
    sending.pass_time(2)
    sending.end("three")
    sending.pass_time(2)

    assert sink.names == {"one": 1, "three": 1}
    assert sending.backlog.lost == 1
