"""Whatever apprise can reach, in a thread of its own: it waits between calls, and takes the time it takes."""

import concurrent.futures
import json
from typing import TYPE_CHECKING

from gemledger_collector.alerts.channels.evidence import contributors
from gemledger_collector.alerts.channels.outcome import Outcome, Pace
from gemledger_collector.alerts.channels.parts import Parts
from gemledger_collector.alerts.channels.texts import plain
from gemledger_collector.alerts.channels.wording import (
    dashboard_link,
    severity,
    status,
    summary,
    title,
)
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts_config import AppriseConfig
from gemledger_collector.errors import ConfigError
from gemledger_collector.storage.alert_outbox import NotificationRow

if TYPE_CHECKING:
    from apprise import Apprise

MOST_ALERTS = 10
_KINDS = {"critical": "failure", "warning": "warning", "info": "info"}


def body(notification: Notification) -> str:
    """Title, plain text and kind, as JSON."""
    lines = []
    for alert in notification.alerts[:MOST_ALERTS]:
        lines.append(f"{status(alert)}: {summary(alert)}")
        lines += [f"  {line}" for line in (plain(alert.cause, 1000), *contributors(alert)) if line]
        lines += [each for each in (dashboard_link(alert, notification.external_url),) if each]
    more = len(notification.alerts) - MOST_ALERTS
    if more > 0:
        lines.append(f"… and {more} more")
    lines.append(f"({notification.reason.value})")
    kind = "success" if notification.status == "resolved" else _KINDS[severity(notification)]
    message = {"title": title(notification), "body": "\n".join(lines), "kind": kind}
    return json.dumps(message, ensure_ascii=False)


def require_apprise(config: AppriseConfig) -> None:
    """Raises ConfigError, with what to do, where apprise is missing or does not know an address."""
    try:
        import apprise  # noqa: F401, PLC0415 - an extra: nothing else needs it
    except ImportError:
        raise ConfigError(
            f"extensions.alerts.channels: {config.name} is of type apprise, which is not installed; "
            "pip install 'gemledger[notify]'"
        ) from None
    for place, url in enumerate(config.urls, 1):
        if _opened(url) is None:  # an address holds secrets: only its beginning is told
            scheme = url.partition("://")[0]
            raise ConfigError(
                f"extensions.alerts.channels: {config.name} has in place {place} an address ({scheme}://…) "
                "that apprise does not understand; see https://appriseit.com for how it is written"
            )


class Anywhere:
    """One or more addresses of apprise's, each told once."""

    def __init__(self, config: AppriseConfig) -> None:
        require_apprise(config)
        self.name = config.name
        self.pace = Pace(config.max_per_minute)
        self._config = config
        self._parts = Parts()
        self._thread = concurrent.futures.ThreadPoolExecutor(1, f"gemledger-{config.name}")
        self._running: concurrent.futures.Future[bool] | None = None

    def send(self, row: NotificationRow, now: int) -> Outcome:  # noqa: ARG002 - apprise has a clock
        """As ``Channel`` says: an attempt is one address. Apprise says only whether it went well."""
        message: dict[str, str] = json.loads(row.body)
        places = list(range(len(self._config.urls)))
        return self._parts.send_next(
            row.notification_id, places, lambda place: self._told(place, message)
        )

    def close(self) -> None:
        """Wait for nobody."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _told(self, place: int, message: dict[str, str]) -> Outcome:
        if self._running is not None and not self._running.done():
            return Outcome("an earlier attempt has not come back yet", retry=True)
        seconds = self._config.timeout.total_seconds()
        self._running = self._thread.submit(_notify, self._config.urls[place], message)
        try:
            taken = self._running.result(seconds)
        except concurrent.futures.TimeoutError:
            return Outcome(f"apprise took longer than {seconds:g} s", retry=True)
        except Exception as error:  # noqa: BLE001 - a channel never raises; the text could hold the address
            return Outcome(f"apprise failed: {type(error).__name__}", retry=True)
        scheme = self._config.urls[place].partition("://")[0]
        failed = f"apprise could not deliver to address {place + 1} ({scheme}://…)"
        return Outcome() if taken else Outcome(failed, retry=True)


def _notify(url: str, message: dict[str, str]) -> bool:
    opened = _opened(url)
    return opened is not None and bool(
        opened.notify(body=message["body"], title=message["title"], notify_type=message["kind"])
    )


def _opened(url: str) -> "Apprise | None":
    from apprise import Apprise  # noqa: PLC0415 - an extra

    opened = Apprise()
    return opened if opened.add(url) else None
