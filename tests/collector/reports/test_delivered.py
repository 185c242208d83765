"""Reports over the channels of alerts, against real receivers: e-mail, Slack, webhook and the log."""

import email
import email.policy
import json
import logging
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from support.collector import RunningCollector, config_for
from support.http_sink import Answer, HttpSink

from .conftest import MORNING, Shop, at


class Box:
    """Keeps what a mail server takes; refuses the first so often."""

    def __init__(self, refusals: int = 0) -> None:
        self.taken: list[EmailMessage] = []
        self.refusals = refusals

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Take it, or not yet."""
        if self.refusals:
            self.refusals -= 1
            return "451 later"
        assert isinstance(envelope.content, bytes)
        read = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(read, EmailMessage)
        self.taken.append(read)
        return "250 OK"


class _Server(Controller):
    """A controller that can be given port 0."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]  # it runs
        super()._trigger_server()  # type: ignore[no-untyped-call]  # the library's


def until(is_so: Callable[[], Any]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)


def collector(path: Path, channels: list[dict[str, Any]], **report: Any) -> RunningCollector:
    """One that sends the report of 28 November when it starts: seven o'clock has passed in Berlin."""
    names = [channel["name"] for channel in channels] or ["log"]
    written = {"name": "daily", "timezone": "Europe/Berlin", "channels": names, **report}
    extensions = {
        "alerts": {"channels": channels},
        "api": {"external_url": "https://ledger.example.com"},
        "reports": [written],
    }
    began = time.monotonic_ns()
    config = config_for(path / "x.duckdb", extensions=extensions)
    return RunningCollector(config, lambda: at(MORNING) + time.monotonic_ns() - began)


def mailbox(port: int) -> dict[str, Any]:
    """A channel to it."""
    return {
        "name": "team-mail",
        "type": "email",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "from": "gemledger@example.com",
        "to": ["team@example.com"],
    }


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_an_email_has_the_page_and_a_text_that_says_the_same(tmp_path: Path, form: str) -> None:
    """Retried as alerts are while the server says later; with markdown there is the text alone."""
    box = Box(refusals=1)
    server = _Server(box, hostname="127.0.0.1", port=0)
    server.start()
    try:
        with collector(tmp_path, [mailbox(server.port)], format=form, at="07:00") as running:
            until(lambda: box.taken)
            metric = "gemledger_collector_reports_sent_total"
            until(lambda: running.metric(metric) == 1)
    finally:
        server.stop()
    (mail,) = box.taken
    assert mail["Subject"] == "Gemini report for Saturday, 28 November 2026"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "Nothing was spent" in text.get_content()
    page = mail.get_body(("html",))
    assert (page is not None) == (form == "html")
    if page is not None:
        assert "<h1>Gemini report for Saturday, 28 November 2026</h1>" in page.get_content()


def test_slack_gets_the_three_sentences_and_a_link(tmp_path: Path) -> None:
    """Short: the whole report is behind the link."""
    with HttpSink() as sink:
        with collector(tmp_path, [{"name": "slack", "type": "slack", "url": f"{sink.url}/hook"}]):
            until(lambda: sink.received)
        (posted,) = sink.received
    body = json.loads(posted.body)
    header, *sections = [block["text"]["text"] for block in body["blocks"] if "text" in block]
    assert header == "Gemini report for Saturday, 28 November 2026"
    assert len(sections) == 3
    assert body["blocks"][-1]["elements"][0]["url"] == "https://ledger.example.com"


def test_a_webhook_gets_the_whole_report_and_a_restart_sends_it_no_second_time(
    tmp_path: Path,
) -> None:
    """As JSON, retried after a 500 with the same idempotency key; the store knows that it was sent."""
    with HttpSink(Answer(500)) as sink:
        channels = [{"name": "hook", "type": "webhook", "url": sink.url}]
        with collector(tmp_path, channels) as running:
            Shop(running).calls("2026-11-28T12:00", 2)
            until(lambda: len(sink.received) == 2)
        with collector(tmp_path, channels) as running:
            until(lambda: running.http.get("/readyz").status_code == 200)
            assert running.select("select report, day, timezone, channels from reports") == [
                ["daily", "2026-11-28", "Europe/Berlin", '["hook"]']
            ]
        first, again = sink.received
    assert first.headers["Idempotency-Key"] == again.headers["Idempotency-Key"]
    told = json.loads(again.body)
    assert told["report"]["sentences"]
    assert told["report"]["spend"]["day"]["calls"] == 0  # it was made before the calls came


def test_the_log_has_it_in_one_line_that_is_no_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log is always a channel."""
    caplog.set_level(logging.INFO, "gemledger.alerts")
    with collector(tmp_path, []):
        until(lambda: "daily of 2026-11-28" in caplog.text)
    (record,) = [each for each in caplog.records if "daily of" in each.getMessage()]
    assert record.levelno == logging.INFO
    assert record.getMessage().startswith("report daily of 2026-11-28: Nothing was spent")
