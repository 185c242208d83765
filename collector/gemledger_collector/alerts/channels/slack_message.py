"""What a Slack message looks like: blocks within Slack's limits, every name escaped; pure."""

import json

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts.channels import texts
from gemledger_collector.alerts.channels.evidence import contributors, forecast
from gemledger_collector.alerts.channels.wording import (
    annotations,
    dashboard_link,
    expected_words,
    runbook_link,
    severity,
    silence_link,
    status,
    summary,
    title,
)
from gemledger_collector.alerts.notification import Notification

HEADER, FIELD, SECTION, TEXT = 150, 2000, 3000, 3000
"""Characters that Slack takes of each; a message above its limits is refused whole."""
MOST_OTHERS = 10
"""Alerts besides the first that get a line of their own."""

Block = dict[str, object]


def body(notification: Notification) -> str:
    """The message as JSON."""
    first, *others = notification.alerts
    blocks = [
        {"type": "header", "text": _unformatted(title(notification), HEADER)},
        _section(f"*{_safe(summary(first), 1000)}*"),
        {"type": "section", "fields": [_field(*each) for each in _figures(first, notification)]},
        *_cause(first),
        *_others(others),
        *_buttons(first, notification.external_url),
        {"type": "context", "elements": [_text(_context(notification))]},
    ]
    fallback = f"{title(notification)}: {summary(first)}"
    message = {"text": _safe(fallback, TEXT), "blocks": blocks}
    return json.dumps(message, ensure_ascii=False)


def _figures(alert: Alert, notification: Notification) -> list[tuple[str, str]]:
    told = annotations(alert, notification.external_url)
    figures = [
        ("Observed", told["value"]),
        ("Expected", expected_words(alert)),
        ("Excess", told["excess"]),
    ]
    foreseen = forecast(alert)
    return [*figures, ("Forecast", foreseen)] if foreseen else figures


def _cause(alert: Alert) -> list[Block]:
    named = contributors(alert)
    blocks = [_section(f"*Cause:* {_safe(alert.cause, 1500)}")] if alert.cause else []
    if named:
        lines = (f"{place}. {_safe(line, 700)}" for place, line in enumerate(named, 1))
        blocks.append(_section("\n".join(["*Top contributors*", *lines])))
    return blocks


def _others(others: list[Alert]) -> list[Block]:
    if not others:
        return []
    lines = [f"• {status(alert)}: {_safe(summary(alert), 250)}" for alert in others[:MOST_OTHERS]]
    if len(others) > MOST_OTHERS:
        lines.append(f"… and {len(others) - MOST_OTHERS} more")
    return [_section("\n".join(lines))]


def _buttons(alert: Alert, external_url: str) -> list[Block]:
    links = (
        ("Silence 1h", silence_link(alert, external_url)),
        ("Dashboard", dashboard_link(alert, external_url)),
        ("Runbook", runbook_link(alert)),
    )
    buttons = [
        {"type": "button", "text": _unformatted(words, 75), "url": url}
        for words, url in links
        if url
    ]
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _context(notification: Notification) -> str:
    return f"gemledger · {severity(notification)} · {notification.reason.value}"


def _safe(text: str, most: int) -> str:
    return texts.slack(text, most)


def _section(text: str) -> Block:
    return {"type": "section", "text": _text(text)}


def _field(name: str, value: str) -> Block:
    return _text(f"*{name}*\n{_safe(value, 200)}")


def _text(text: str) -> Block:
    # verbatim: Slack must not make links or mentions of words that somebody chose as a name.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _unformatted(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": texts.slack(text, most), "emoji": False}
