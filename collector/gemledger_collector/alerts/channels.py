"""Where alerts are sent: the log, and webhooks. The only file here that opens a connection to elsewhere."""

import logging
from dataclasses import dataclass
from typing import Protocol

import httpx

from gemledger_collector.alerts_config import LOG, AlertsConfig, WebhookConfig
from gemledger_collector.storage.alert_outbox import NotificationRow

log = logging.getLogger("gemledger.alerts")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt: ``error`` None means delivered; ``retry`` says whether trying again can help."""

    error: str | None = None
    retry: bool = False
    retry_after_seconds: int | None = None


class Channel(Protocol):
    """Where a message is sent. Never raises: what went wrong is in the outcome."""

    name: str

    def send(self, notification: NotificationRow) -> Outcome:
        """Try once."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class LogChannel:
    """The collector's own log; always there."""

    name = LOG

    def send(self, notification: NotificationRow) -> Outcome:
        """Write the line; a resolution is no warning."""
        level = logging.INFO if notification.status == "resolved" else logging.WARNING
        log.log(level, "alert %s", notification.body)
        return Outcome()

    def close(self) -> None:
        """Nothing to let go of."""


class Webhook:
    """POSTs Alertmanager's body; the header ``Idempotency-Key`` lets the receiver drop a repetition."""

    def __init__(self, config: WebhookConfig) -> None:
        self.name = config.name
        self._url = config.url
        # A proxy from the environment must not see alerts meant for a host nearby, so none is used.
        self._client = httpx.Client(
            timeout=config.timeout.total_seconds(), trust_env=False, follow_redirects=False
        )

    def send(self, notification: NotificationRow) -> Outcome:
        """2xx is delivered; 429, 5xx and a failed connection may help later; anything else never will."""
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": notification.notification_id,
        }
        try:
            response = self._client.post(
                self._url, content=notification.body.encode(), headers=headers
            )
        except httpx.HTTPError as error:
            return Outcome(error=f"{type(error).__name__}: {error}"[:300], retry=True)
        if response.is_success:
            return Outcome()
        retry = response.status_code == 429 or response.status_code >= 500
        return Outcome(f"HTTP {response.status_code}", retry, _retry_after_seconds(response))

    def close(self) -> None:
        """Close the connections kept alive."""
        self._client.close()


def open_channels(config: AlertsConfig) -> list[Channel]:
    """The log and every configured channel."""
    return [
        LogChannel(),
        *(Webhook(channel) for channel in config.channels if isinstance(channel, WebhookConfig)),
    ]


def _retry_after_seconds(response: httpx.Response) -> int | None:
    written = response.headers.get("Retry-After", "")
    return int(written) if written.isdecimal() and len(written) < 6 else None
