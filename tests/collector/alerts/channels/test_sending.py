"""How bodies get there, against real servers: signed, within their time, and never saying a secret."""

import hashlib
import hmac
import json
import re
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from support.http_sink import Answer, HttpSink
from support.notifications import NOON, SECOND, alert, ended, notification, row

from gemledger_collector.alerts.channels import Channel, Outcome, Pace, body_for, open_channel
from gemledger_collector.alerts.channels.webhook import signature
from gemledger_collector.alerts_config import AlertsConfig


def opened(**settings: Any) -> Channel:
    """A channel of this configuration."""
    config = AlertsConfig.model_validate({"channels": [{"name": "oncall", **settings}]})
    return open_channel(config.channels[0])


def events(*alerts: Any, **settings: Any) -> str:
    """PagerDuty's body about these alerts."""
    written = {"name": "x", "type": "pagerduty", "routing_key": "k" * 32, **settings}
    config = AlertsConfig.model_validate({"channels": [written]})
    return body_for(config.channels[0], notification(*alerts))


def test_a_signed_webhook_can_be_verified_by_whoever_has_the_secret() -> None:
    """HMAC-SHA256 over time and body, as docs/channels.md says; a repetition has the same idempotency key."""
    with HttpSink() as sink:
        channel = opened(type="webhook", url=f"{sink.url}/hook", secret="shh")
        for _ in range(2):
            assert channel.send(row('{"a": "ü"}'), NOON) == Outcome()
        channel.close()
    first, again = sink.received
    assert (
        first.headers["Idempotency-Key"]
        == again.headers["Idempotency-Key"]
        == "0123456789abcdef" * 2
    )
    told = dict(part.split("=") for part in first.headers["Gemledger-Signature"].split(","))
    expected = hmac.new(b"shh", f"{told['t']}.".encode() + first.body, hashlib.sha256).hexdigest()
    assert told == {"t": str(NOON // SECOND), "v1": expected}


def test_the_function_in_the_documentation_tells_ours_from_others() -> None:
    """The one to paste: it takes ours, and neither a changed body, nor another secret, nor an old message."""
    page = (Path(__file__).parents[4] / "docs" / "channels.md").read_text()
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(found[1], names)
    now = time.time_ns()
    header, is_ours = signature("shh", '{"a": "ü"}', now), names["is_ours"]
    body = '{"a": "ü"}'.encode()
    assert is_ours("shh", header, body)
    assert not is_ours("shh", header, body + b" ")
    assert not is_ours("other", header, body)
    assert not is_ours("shh", signature("shh", '{"a": "ü"}', now - 600 * SECOND), body)


def test_without_a_secret_nothing_is_signed() -> None:
    """A signature by an empty key would be one that anybody can make."""
    with HttpSink() as sink:
        channel = opened(type="webhook", url=sink.url)
        channel.send(row("{}"), NOON)
        channel.close()
    assert "Gemledger-Signature" not in sink.received[0].headers


@pytest.mark.parametrize("where", ["status line", "header", "body"])
def test_a_server_that_sends_a_byte_now_and_then_does_not_hold_the_channel(where: str) -> None:
    """The time is that of the whole exchange; what was meant to be an answer is tried again."""
    beginnings = {
        "status line": b"",
        "header": b"HTTP/1.1 500 x\r\nx-slow: ",
        "body": b"HTTP/1.1 500 x\r\ncontent-length: 100000\r\n\r\n",
    }

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        try:
            handler.wfile.write(beginnings[where])
            for _ in range(600):
                handler.wfile.write(b"H" if where == "status line" else b"x")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass  # the channel hung up, as it should

    with HttpSink() as sink:
        sink.instead = trickle
        channel = opened(type="webhook", url=sink.url, timeout="500ms")
        begin = time.monotonic()
        outcome = channel.send(row("{}"), NOON)
        took = time.monotonic() - begin
        channel.close()
    assert outcome.retry
    assert took < 2


@pytest.mark.parametrize(
    ("status", "retry"),
    [(301, False), (400, False), (403, False), (404, False), (408, True), (429, True), (503, True)],
)
def test_the_answer_says_whether_trying_again_can_help(status: int, retry: bool) -> None:
    """And what it says is kept for people, on one line; a redirection is not followed."""
    headers = (("Retry-After", "17"), ("Location", "http://127.0.0.1:1/elsewhere"))
    with HttpSink(Answer(status, b"no\r\nway", headers)) as sink:
        channel = opened(type="webhook", url=sink.url)
        outcome = channel.send(row("{}"), NOON)
        channel.close()
    assert outcome == Outcome(f"HTTP {status}: no  way", retry, 17)


def test_nonsense_instead_of_an_answer_is_tried_again() -> None:
    """A port that speaks something else is no end of the message."""

    def nonsense(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"\x00\xff220 mail.example.com ESMTP\r\n")
        handler.close_connection = True

    with HttpSink() as sink:
        sink.instead = nonsense
        channel = opened(type="webhook", url=sink.url)
        outcome = channel.send(row("{}"), NOON)
        channel.close()
    assert outcome.retry
    assert "RemoteProtocolError" in (outcome.error or "")


def test_slacks_address_is_a_secret_and_no_error_repeats_it() -> None:
    """Whoever has the address can write to the channel; errors are shown on the dashboard."""
    with HttpSink() as sink:
        url = f"{sink.url}/services/T0/B0/secret"
        sink.answers = [Answer(404, f"nothing at {url}".encode())]
        channel = opened(type="slack", url=url)
        outcome = channel.send(row('{"text": "x"}'), NOON)
        assert channel.send(row('{"text": "x"}'), NOON) == Outcome()
        channel.close()
    assert outcome == Outcome("HTTP 404: nothing at [hidden]")
    assert [each.path for each in sink.received] == ["/services/T0/B0/secret"] * 2


def test_pagerduty_gets_one_event_after_the_other_each_of_them_once() -> None:
    """What was accepted (202) is not sent again when a later one fails; the end of an incident comes once."""
    body = events(alert(), alert(filter={"team": "b"}), ended(alert(filter={"team": "c"})))
    answers = (Answer(202), Answer(503), Answer(429), Answer(202), Answer(202))
    with HttpSink(*answers) as sink:
        channel = opened(type="pagerduty", routing_key="k" * 32, url=sink.url)
        outcomes = [channel.send(row(body), NOON) for _ in range(5)]
        channel.close()
    assert [(each.progressed, each.retry) for each in outcomes] == [
        (True, True),
        (False, True),
        (False, True),
        (True, True),
        (False, False),
    ]
    assert outcomes[-1] == Outcome()
    sent = [json.loads(each.body) for each in sink.received]
    assert {each["routing_key"] for each in sent} == {"k" * 32}
    keys = [each["dedup_key"] for each in sent]
    assert keys[1] == keys[2] == keys[3]
    assert len(set(keys)) == 3
    assert [each["event_action"] for each in sent] == ["trigger"] * 4 + ["resolve"]


def test_an_event_that_is_refused_for_good_does_not_keep_the_others_back() -> None:
    """The second incident opens though the first could not, and the failure is said, without the key."""
    refusal = Answer(400, b'{"message": "bad key ' + b"k" * 32 + b'"}')
    with HttpSink(refusal, Answer(202)) as sink:
        channel = opened(type="pagerduty", routing_key="k" * 32, url=sink.url)
        body = events(alert(), alert(filter={"team": "b"}))
        assert channel.send(row(body), NOON).progressed
        outcome = channel.send(row(body), NOON)
        channel.close()
    assert outcome == Outcome('1 of 2 refused: HTTP 400: {"message": "bad key [hidden]"}')


def test_alertmanager_is_asked_with_the_password_it_wants() -> None:
    """POST /api/v2/alerts, whether or not the path was configured."""
    with HttpSink() as sink:
        for url in (sink.url, f"{sink.url}/am/", f"{sink.url}/api/v2/alerts"):
            channel = opened(type="alertmanager", url=url, username="ada", password="pw")
            assert channel.send(row("[]"), NOON) == Outcome()
            channel.close()
    paths = ["/api/v2/alerts", "/am/api/v2/alerts", "/api/v2/alerts"]
    assert [each.path for each in sink.received] == paths
    assert sink.received[0].headers["Authorization"] == "Basic YWRhOnB3"


def test_a_pace_lets_so_many_go_in_any_minute_and_has_the_rest_wait() -> None:
    """Two a minute: the third is due when the first is a minute old."""
    pace = Pace(2)
    pace.used(NOON)
    pace.used(NOON + SECOND)
    assert pace.free_at(NOON + 2 * SECOND) == NOON + 60 * SECOND
    assert pace.free_at(NOON + 60 * SECOND) == NOON + 60 * SECOND
    pace.used(NOON + 60 * SECOND)
    assert pace.free_at(NOON + 60 * SECOND) == NOON + 61 * SECOND
    assert Pace().free_at(NOON) == NOON
