"""The client against real sockets: every way an answer can fail has a name and a remedy."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from gemledger_dashboard import questions
from gemledger_dashboard.frame import filters
from gemledger_dashboard.frame.client import (
    Client,
    CollectorError,
    NotUnderstoodError,
    OlderError,
    RefusedError,
    UnreachableError,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
Serve = Callable[[int, bytes], "Speaker"]


class Speaker:
    """A real HTTP server on a free port that gives one answer and remembers what was asked."""

    def __init__(self, status: int, body: bytes) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server with one answer; it is stopped after the test."""
    speakers: list[Speaker] = []

    def start(status: int, body: bytes) -> Speaker:
        speakers.append(Speaker(status, body))
        return speakers[-1]

    yield start
    for speaker in speakers:
        speaker.close()


def test_a_question_says_which_time_in_which_zone_and_by_what(serve: Serve) -> None:
    """Moments go out in UTC, the zone by its name, each dimension on its own."""
    speaker = serve(200, b"{}")
    window = filters.window("7d", NOW, BERLIN)
    with closing(Client(speaker.url)) as asking, pytest.raises(NotUnderstoodError):
        asking.get(questions.spend(window, "day", "team", "feature"))
    asked = urlsplit(speaker.asked[0])
    assert asked.path == "/api/v1/spend"
    assert parse_qs(asked.query) == {
        "since": ["2026-11-13T23:00:00Z"],
        "until": ["2026-11-20T23:00:00Z"],
        "timezone": ["Europe/Berlin"],
        "bucket": ["day"],
        "by": ["team", "feature"],
    }


def test_nobody_at_the_address_is_unreachable() -> None:
    """A port that nobody listens on: the error names the address."""
    speaker = Speaker(200, b"{}")
    speaker.close()
    with (
        closing(Client(speaker.url)) as asking,
        pytest.raises(UnreachableError, match=speaker.url),
    ):
        asking.get(questions.status())


def test_a_proxy_of_the_environment_stays_outside(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The collector is on this machine: a proxy for the world outside must not be asked for it."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    speaker = serve(200, b"{}")
    with closing(Client(speaker.url)) as asking, pytest.raises(NotUnderstoodError):
        asking.get(questions.status())
    assert speaker.asked == ["/api/v1/status"]


@pytest.mark.parametrize(
    "url", ["nonsense", "http://", "http://[", "ftp://127.0.0.1", "http://é\x00"]
)
def test_an_address_that_is_none_is_unreachable(url: str) -> None:
    """A mistyped address is a clear error, not a crash."""
    with closing(Client(url)) as asking, pytest.raises(UnreachableError):
        asking.get(questions.status())


def test_a_refusal_repeats_the_collectors_own_words(serve: Serve) -> None:
    """The collector says what is wrong and what to do; that is what the reader must see."""
    speaker = serve(400, b'{"error": {"type": "bad_range", "message": "since is after until"}}')
    with closing(Client(speaker.url)) as asking:
        with pytest.raises(RefusedError, match="400: since is after until") as caught:
            asking.get(questions.limits())
        assert caught.value.remedy


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b"{}", b'{"version": 1}', b"\xff"])
def test_an_answer_of_another_kind_is_not_understood(serve: Serve, body: bytes) -> None:
    """Something else listens there, or another version does: said so, never a KeyError."""
    with (
        closing(Client(serve(200, body).url)) as asking,
        pytest.raises(NotUnderstoodError) as caught,
    ):
        asking.get(questions.status())
    assert isinstance(caught.value, CollectorError)
    assert "version" in caught.value.remedy


@pytest.mark.parametrize("cost", [b"1.5", b'"1.5"', b"null", b'"NaN"'])
def test_money_that_is_not_a_whole_number_is_not_understood(serve: Serve, cost: bytes) -> None:
    """A float where picodollars belong would be a wrong bill that looks right."""
    sums = b'"calls":1,"errors":0,"input_tokens":1,"cache_read_tokens":0,"tool_use_tokens":0'
    sums += b',"output_tokens":1,"thoughts_tokens":0,"known_pico_usd":"0","unowned_pico_usd":"0","unpriced_calls":0'
    sums += b',"estimated_pico_usd":"0","cost_pico_usd":' + cost
    speaker = serve(200, b'{"by":[],"rows":[],"totals":{' + sums + b"}}")
    window = filters.window("7d", NOW, BERLIN)
    with closing(Client(speaker.url)) as asking, pytest.raises(NotUnderstoodError):
        asking.get(questions.spend(window, "total"))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, b'{"error": {"message": "nothing is at /api/v1/budgets; the routes"}}', OlderError),
        (405, b"{}", OlderError),
        (404, b'{"error": {"message": "no span of trace 1 is stored"}}', RefusedError),
    ],
)
def test_a_collector_that_does_not_know_a_question_is_older(
    serve: Serve, status: int, body: bytes, kind: type[CollectorError]
) -> None:
    """Only a route that is missing says so: a trace that is not there has its own words."""
    with closing(Client(serve(status, body).url)) as asking, pytest.raises(kind) as caught:
        asking.get(questions.limits())
    assert ("older than the dashboard" in caught.value.remedy) == (kind is OlderError)
