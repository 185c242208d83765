"""E-mail to a real SMTP server: in plain, with STARTTLS, with TLS from the start, and to servers that are not well."""

import asyncio
import email
import email.policy
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from support.authority import Authority
from support.notifications import NOON, alert, notification, row

from gemledger_collector.alerts.channels import Outcome, body_for, open_channel
from gemledger_collector.alerts_config import AlertsConfig


class Mailbox:
    """What the server took; ``answers`` are its words to the first messages."""

    def __init__(self, *answers: str) -> None:
        self.taken: list[Envelope] = []
        self.answers = list(answers)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Keep it."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.taken.append(envelope)
        return answer

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Know everybody but strangers."""
        if address.startswith("stranger"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"


class _Server(Controller):
    """A controller that can be given port 0: it looks which port it got before it says hello."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # the library's


@contextmanager
def serving(box: Mailbox, **settings: Any) -> Iterator[int]:
    """A mail server on a free port."""
    controller = _Server(box, hostname="127.0.0.1", port=0, **settings)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture
def server_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 by an authority that this process trusts."""
    authority = Authority(tmp_path)
    issued = authority.issue("mail", 2)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued["cert_file"], issued["key_file"])
    return context


def sent(port: int, **settings: Any) -> Outcome:
    """What comes of one mail to that port."""
    written = {
        "name": "mail",
        "type": "email",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "timeout": "5s",
        "from": "gemledger@example.com",
        "to": ["oncall@example.com"],
        **settings,
    }
    config = AlertsConfig.model_validate({"channels": [written]}).channels[0]
    channel = open_channel(config)
    told = notification(alert(filter={"team": "Zoë\r\nBcc: all@example.com"}))
    outcome = channel.send(row(body_for(config, told)), NOON)
    channel.close()
    return outcome


def test_a_mail_arrives_at_those_who_are_configured_and_nobody_else() -> None:
    """A line break in a label adds no recipient."""
    box = Mailbox()
    with serving(box) as port:
        assert sent(port) == Outcome()
    (envelope,) = box.taken
    assert envelope.mail_from == "gemledger@example.com"
    assert envelope.rcpt_tos == ["oncall@example.com"]
    assert isinstance(envelope.content, bytes)
    read = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert read["Bcc"] is None
    assert read["Subject"] == "[FIRING:1] hourly-cost"
    text = read.get_body(("plain",))
    assert text is not None
    assert "Zoë  Bcc: all@example.com" in text.get_content()


def test_with_starttls_the_password_goes_over_an_encrypted_line(
    server_tls: ssl.SSLContext,
) -> None:
    """The server asks for both; its certificate is checked."""
    box, asked = Mailbox(), []

    def authenticated(*arguments: Any) -> AuthResult:
        asked.append(arguments[-1])
        return AuthResult(success=arguments[-1].password == b"pw", handled=False)

    settings = {"authenticator": authenticated, "auth_required": True, "require_starttls": True}
    with serving(box, tls_context=server_tls, **settings) as port:
        told = {"tls": "starttls", "username": "ada"}
        assert sent(port, password="pw", **told) == Outcome()
        refused = sent(port, password="wrong", **told)
        plain = sent(port)
    assert len(box.taken) == 1
    assert asked[0].login == b"ada"
    assert (refused.error or "").startswith("SMTP 535")
    assert not refused.retry
    assert (plain.error or "").startswith("SMTP 530")


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(
    server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever is between could read the password."""
    monkeypatch.delenv("SSL_CERT_FILE")
    box = Mailbox()
    with serving(box, tls_context=server_tls) as port:
        outcome = sent(port, tls="starttls", username="ada", password="pw")
    assert "certificate verify failed" in (outcome.error or "")
    assert outcome.retry
    assert box.taken == []


def test_a_server_without_starttls_is_not_spoken_to_in_plain() -> None:
    """tls: starttls is what was asked for; the message says what to look at."""
    box = Mailbox()
    with serving(box) as port:
        outcome = sent(port, tls="starttls")
    assert outcome == Outcome(
        "STARTTLS extension not supported by server. (see tls, username and password)"
    )
    assert box.taken == []


def test_tls_from_the_first_byte(server_tls: ssl.SSLContext) -> None:
    """Port 465's way."""
    box = Mailbox()
    with serving(box, ssl_context=server_tls) as port:
        assert sent(port, tls="implicit") == Outcome()
    assert len(box.taken) == 1


@pytest.mark.parametrize(
    ("answer", "retry"), [("451 try later", True), ("554 we do not want this", False)]
)
def test_what_the_server_says_decides_whether_to_try_again(answer: str, retry: bool) -> None:
    """4xx may be better later, 5xx will not."""
    with serving(Mailbox(answer)) as port:
        assert sent(port) == Outcome(f"SMTP {answer.replace(' ', ': ', 1)}", retry)


def test_of_several_recipients_those_who_exist_have_it_once() -> None:
    """A refused address is said and not tried again, since the others would get the mail twice."""
    box = Mailbox()
    with serving(box) as port:
        partly = sent(port, to=["oncall@example.com", "stranger@example.com"])
        nobody = sent(port, to=["stranger@example.com"])
    assert partly == Outcome("not all recipients: SMTP 550 for stranger@example.com: no such user")
    assert nobody == Outcome("SMTP 550 for stranger@example.com: no such user")
    assert len(box.taken) == 1


def test_a_server_that_sends_a_byte_now_and_then_does_not_hold_the_channel() -> None:
    """A timeout of smtplib is one of each read; ours is one of the whole delivery."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def trickle() -> None:
        connection, _ = listener.accept()
        with connection:
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"2")
                except OSError:
                    return

    server = threading.Thread(target=trickle)
    server.start()
    begin = time.monotonic()
    outcome = sent(listener.getsockname()[1], timeout="500ms")
    took = time.monotonic() - begin
    stop.set()
    server.join()
    listener.close()
    assert outcome.retry
    assert took < 2


def test_a_server_that_is_gone_is_tried_again() -> None:
    """A refused connection is no reason to forget."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = sent(port)
    assert outcome.retry
    assert "ConnectionRefusedError" in (outcome.error or "")
