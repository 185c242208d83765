"""Clients that send slowly, nothing, or too many at once: cut off, counted, and everybody else is served."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.collector import RunningCollector, config_for
from support.otlp import payload_of

LIMITS = {
    "header_timeout": "300ms",
    "body_timeout": "300ms",
    "idle_timeout": "300ms",
    "max_connections": 5,
}
POST = (
    "POST {path} HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
)


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[RunningCollector]:
    """A collector that waits a third of a second."""
    with RunningCollector(config_for(tmp_path / "x.duckdb", http=LIMITS)) as running:
        yield running


def connect(collector: RunningCollector) -> socket.socket:
    """A connection, nothing said on it yet."""
    host, port = collector.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def trickled(collector: RunningCollector, beginning: str, drop: bytes) -> bytes:
    """What is answered to a beginning that is followed by a drop now and then, until the end."""
    heard = b""
    with connect(collector) as slow:
        slow.sendall(beginning.encode())
        slow.settimeout(0.05)
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            try:
                if not (more := slow.recv(4096)):
                    return heard
                heard += more
            except TimeoutError:
                slow.sendall(drop)
            except ConnectionError:
                return heard
    pytest.fail(f"still connected after ten seconds, having heard {heard!r}")


def cut(collector: RunningCollector, reason: str) -> float:
    """How many connections were cut for the reason."""
    return collector.metric(f'gemledger_collector_connections_cut_total{{reason="{reason}"}}')


@pytest.mark.parametrize("path", ["/v1/traces", "/api/v1/query"])
def test_a_body_that_trickles_in_is_answered_408(impatient: RunningCollector, path: str) -> None:
    """A byte now and then does not keep a request alive, neither a sender's nor a reader's."""
    heard = trickled(impatient, POST.format(path=path), b" ")
    assert heard.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in heard.lower()
    rejected = impatient.metric('gemledger_collector_requests_rejected_total{reason="too_slow"}')
    assert rejected + cut(impatient, "slow_body") == 1
    assert impatient.send(payload_of(1)).status_code == 200


def test_a_webhook_that_trickles_in_is_answered_408(tmp_path: Path) -> None:
    """Google's deliveries come whole or not at all."""
    webhooks = {"secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]}
    config = config_for(
        tmp_path / "x.duckdb", http=LIMITS, extensions={"settle": {"webhooks": webhooks}}
    )
    with RunningCollector(config) as collector:
        beginning = POST.format(path="/webhooks/gemini").replace(
            "\r\n\r\n",
            "\r\nwebhook-id: a\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,x\r\n\r\n",
        )
        assert trickled(collector, beginning, b" ").startswith(b"HTTP/1.1 408 ")
        refused = 'gemledger_collector_webhooks_refused_total{reason="too_slow"}'
        assert collector.metric(refused) == 1


def test_headers_that_trickle_in_are_cut_off(impatient: RunningCollector) -> None:
    """The oldest way to keep a server busy with nothing."""
    heard = trickled(impatient, "POST /v1/traces HTTP/1.1\r\nX-A: ", b"a")
    assert heard.startswith(b"HTTP/1.1 408 ")
    assert cut(impatient, "slow_headers") == 1


CHUNKED = (
    "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n"
)
LINE = "x-padding: " + "y" * 8000 + "\r\n"


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        ("GET /readyz HTTP/1.1\r\nHost: localhost\r\n", LINE),
        ("GET /readyz HTTP/1.1\r\nHost: localhost\r\nx-long: ", "y" * 8000),
        ("GET /" + "y" * 8000, "y" * 8000),
        (CHUNKED + "2\r\n{}\r\n0\r\n", LINE),
        (CHUNKED + "2;", "y" * 8000),
    ],
    ids=["many headers", "one header", "a path", "trailers", "a chunk's extension"],
)
def test_headers_without_end_are_cut_off(
    collector: RunningCollector, beginning: str, piece: str
) -> None:
    """Before any token was looked at: whoever can connect could fill the memory otherwise."""
    with connect(collector) as client:
        client.sendall(beginning.encode())
        with pytest.raises(ConnectionError):
            client.sendall(piece.encode() * 8000)
    assert cut(collector, "large_headers") == 1
    assert collector.send(payload_of(1)).status_code == 200


def test_headers_of_some_size_and_bodies_of_any_are_no_matter(collector: RunningCollector) -> None:
    """Sixty kilobytes of headers pass, again and again, and so does a long body in small chunks."""
    for _ in range(5):
        assert collector.http.get("/readyz", headers={"x-padding": "y" * 60_000}).status_code == 200
    chunks = (piece for piece in [*[b" " * 1024] * 300, b"{}"])
    media = {"Content-Type": "application/json"}
    assert collector.http.post("/v1/traces", content=chunks, headers=media).status_code == 200


def test_a_connection_that_says_nothing_is_closed(impatient: RunningCollector) -> None:
    """From the beginning, and after a request: silence, or line breaks that begin nothing."""
    with connect(impatient) as silent:
        assert silent.recv(10) == b""
    assert trickled(impatient, "", b"\r\n") in (
        b"",
        b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    )
    for drop in (b"", b"\r\n"):
        heard = trickled(impatient, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", drop)
        assert heard.startswith(b"HTTP/1.1 200 ")


def test_one_connection_too_many_is_told_to_come_back(impatient: RunningCollector) -> None:
    """503 with Retry-After; those that are there are served, and room is made by those that leave."""
    assert impatient.send(payload_of(1)).status_code == 200  # the client's own connection is one
    crowd = [connect(impatient) for _ in range(4)]
    with connect(impatient) as one_more:
        heard = one_more.recv(4096)
    assert heard.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in heard
    for each in crowd:
        each.close()
    assert impatient.send(payload_of(2)).status_code == 200
    assert cut(impatient, "too_many_connections") == 1


def test_bodies_that_wait_for_their_end_hold_no_more_than_their_room(tmp_path: Path) -> None:
    """A crowd that sends most of a large body and then nothing: later ones are told to come back, then all are cut."""
    settings = {"http": {"body_timeout": "2s"}, "otlp": {"queue_bytes": "1MiB"}}
    begun = 900_000
    head = (
        b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
        b"Content-Length: 1000000\r\n\r\n"
    )
    with RunningCollector(config_for(tmp_path / "x.duckdb", **settings)) as collector:
        crowd = [connect(collector) for _ in range(3)]
        for each in crowd:
            each.sendall(head + bytes(begun))
        answers = [each.recv(4096)[:13] for each in crowd]
        for each in crowd:
            each.close()
        assert sorted(answers) == [b"HTTP/1.1 408 ", b"HTTP/1.1 408 ", b"HTTP/1.1 503 "]
        refused = 'gemledger_collector_requests_refused_total{reason="bodies_full"}'
        assert collector.metric(refused) == 1
        assert collector.send(payload_of(1)).status_code == 200
