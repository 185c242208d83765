"""E-mail over SMTP, in a time that a slow server cannot stretch."""

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator

from gemledger_collector.alerts.channels.outcome import Outcome, Pace
from gemledger_collector.alerts.channels.texts import plain
from gemledger_collector.alerts_config import EmailConfig
from gemledger_collector.storage.alert_outbox import NotificationRow

_AGAIN_SECONDS = 0.1


class Mail:
    """Sends each message over a connection of its own."""

    def __init__(self, config: EmailConfig) -> None:
        self.name = config.name
        self.pace = Pace(config.max_per_minute)
        self._config = config

    def send(self, row: NotificationRow, now: int) -> Outcome:  # noqa: ARG002 - a mail has its date
        """As ``Channel`` says: an answer of 5xx is for good, anything else may be better later."""
        try:
            with _cut_after(self._config.timeout.total_seconds()) as cutter:
                return _deliver(self._config, cutter, row.body.encode("ascii"))
        except smtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients)
        except smtplib.SMTPResponseException as error:
            said = error.smtp_error
            text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
            # A connection that was cut has the code -1.
            return Outcome(plain(f"SMTP {error.smtp_code}: {text}"), error.smtp_code < 500)
        except smtplib.SMTPNotSupportedError as error:
            return Outcome(plain(f"{error} (see tls, username and password)"))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return Outcome(plain(f"{type(error).__name__}: {error}"), retry=True)

    def close(self) -> None:
        """Nothing is kept open."""


class _Cutter:
    """Cuts a client's connection, whichever it has by then: STARTTLS puts another socket in the first one's place."""

    client: smtplib.SMTP | None = None

    def cut(self) -> None:
        """End every read and write that waits."""
        connection = None if self.client is None else self.client.sock
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Plain(smtplib.SMTP):
    """Known to the cutter before it connects: the constructor waits for the server's greeting."""

    def __init__(self, config: EmailConfig, cutter: _Cutter) -> None:
        cutter.client = self
        super().__init__(config.host, config.port, timeout=config.timeout.total_seconds())


class _Encrypted(smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""

    def __init__(self, config: EmailConfig, cutter: _Cutter) -> None:
        cutter.client = self
        seconds, context = config.timeout.total_seconds(), ssl.create_default_context()
        super().__init__(config.host, config.port, timeout=seconds, context=context)


def _deliver(config: EmailConfig, cutter: _Cutter, message: bytes) -> Outcome:
    kind = _Encrypted if config.tls == "implicit" else _Plain
    client = kind(config, cutter)
    try:
        if config.tls == "starttls":
            client.starttls(context=ssl.create_default_context())
        if config.username is not None:
            client.login(config.username, config.password or "")
        refused = client.sendmail(config.sender, list(config.to), message)
        with contextlib.suppress(smtplib.SMTPException, OSError):
            client.quit()  # it has been taken: a bad farewell is no reason to send it again
    finally:
        client.close()
    if not refused:
        return Outcome()
    # The others have it: sent again they would have it twice.
    return Outcome(f"not all recipients: {_refused(refused).error}")


def _refused(recipients: dict[str, tuple[int, bytes]]) -> Outcome:
    address, (code, said) = next(iter(recipients.items()))
    retry = any(each < 500 for each, _ in recipients.values())
    return Outcome(plain(f"SMTP {code} for {address}: {said.decode('utf-8', 'replace')}"), retry)


@contextlib.contextmanager
def _cut_after(seconds: float) -> Iterator[_Cutter]:
    """Cut the connection when the time is over: smtplib's own timeout is one of each read."""
    done, cutter = threading.Event(), _Cutter()

    def watch() -> None:
        over = done.wait(seconds)
        while not over:
            cutter.cut()
            over = done.wait(_AGAIN_SECONDS)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield cutter
    finally:
        done.set()
        watcher.join()
