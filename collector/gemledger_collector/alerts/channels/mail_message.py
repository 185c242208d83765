"""What an e-mail looks like: text and HTML, headers that nothing can break out of; pure."""

import hashlib
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts.channels.evidence import contributors, forecast
from gemledger_collector.alerts.channels.texts import plain
from gemledger_collector.alerts.channels.wording import (
    annotations,
    dashboard_link,
    expected_words,
    labels,
    runbook_link,
    silence_link,
    status,
    summary,
    title,
)
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts.quantities import iso
from gemledger_collector.alerts_config import EmailConfig

MOST_ALERTS = 50
_HOST = "gemledger.invalid"
"""The right-hand side of ids: a name that is nobody's."""

Rows = list[tuple[str, str]]


def body(notification: Notification, config: EmailConfig) -> str:
    """The message as it goes over the wire, in ASCII.

    Its id follows from the notification, so that a repeated delivery is the same mail; all mails about a group refer
    to one id, which makes them a thread.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(config.sender)
    message["To"] = [_address(each) for each in config.to]
    message["Subject"] = title(notification)
    message["Date"] = format_datetime(_moment(notification.created_at_unix_nano))
    message["Message-ID"] = f"<{_digest(notification, own=True)}@{_HOST}>"
    thread = f"<{_digest(notification, own=False)}@{_HOST}>"
    message["In-Reply-To"] = thread
    message["References"] = thread
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(notification), cte="base64")
    message.add_alternative(_html(notification), subtype="html", cte="base64")
    return message.as_bytes().decode("ascii")


def _address(written: str) -> Address:
    return Address(addr_spec=written)


def _moment(unix_nano: int) -> datetime:
    return datetime.fromtimestamp(unix_nano // 10**9, UTC)


def _digest(notification: Notification, *, own: bool) -> str:
    said = [notification.channel, notification.group_key]
    if own:
        said += [str(notification.created_at_unix_nano), str(notification.sequence)]
    return hashlib.sha256("\0".join(said).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _rows(alert: Alert, notification: Notification) -> Rows:
    told = annotations(alert, notification.external_url)
    rows = [
        ("Observed", told["value"]),
        ("Expected", expected_words(alert)),
        ("Excess", told["excess"]),
        ("Forecast", forecast(alert) or ""),
        ("Cause", told["cause"]),
        *((f"{place}.", line) for place, line in enumerate(contributors(alert), 1)),
        ("Since", iso(alert.started_at)),
        ("Until", "" if alert.resolved_at is None else iso(alert.resolved_at)),
        ("Labels", ", ".join(f"{name}={value}" for name, value in labels(alert).items())),
    ]
    return [(name, plain(value, 1000)) for name, value in rows if value]


def _links(alert: Alert, notification: Notification) -> Rows:
    links = (
        ("Dashboard", dashboard_link(alert, notification.external_url)),
        ("Silence 1h", silence_link(alert, notification.external_url)),
        ("Runbook", runbook_link(alert)),
    )
    return [(name, url) for name, url in links if url]


def _text(notification: Notification) -> str:
    pieces = []
    for alert in notification.alerts[:MOST_ALERTS]:
        rows = [*_rows(alert, notification), *_links(alert, notification)]
        lines = (f"  {name}: {value}" for name, value in rows)
        pieces.append("\n".join([f"{status(alert)}: {summary(alert)}", *lines]))
    return "\n\n".join([*pieces, *_closing(notification)]) + "\n"


def _html(notification: Notification) -> str:
    pieces = []
    for alert in notification.alerts[:MOST_ALERTS]:
        cells = "".join(
            f"<tr><td><b>{escape(name)}</b></td><td>{escape(value)}</td></tr>"
            for name, value in _rows(alert, notification)
        )
        links = " · ".join(
            f'<a href="{escape(url)}">{escape(name)}</a>'
            for name, url in _links(alert, notification)
        )
        head = escape(f"{status(alert)}: {summary(alert)}")
        pieces.append(f"<h3>{head}</h3><table>{cells}</table><p>{links}</p>")
    closing = "".join(f"<p>{escape(line)}</p>" for line in _closing(notification))
    return f"<!doctype html><html><body>{''.join(pieces)}{closing}</body></html>"


def _closing(notification: Notification) -> list[str]:
    more = len(notification.alerts) - MOST_ALERTS
    counted = [f"… and {more} more alerts"] if more > 0 else []
    return [*counted, f"Sent because: {notification.reason.value}."]
