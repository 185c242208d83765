"""What was expected beside what was found; pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gemledger_collector.alerts.alert import Alert, State
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts.quantities import in_words, iso
from gemledger_collector.alerts.stories.story import (
    Expectation,
    ExpectedAlert,
    ExpectedMessage,
)
from gemledger_collector.alerts_config import LOG, AlertsConfig
from gemledger_collector.alerts_config.metrics import parse_limit

TOLERANCE = 40
"""Percentiles come out of histograms whose buckets are 5 % wide: a 40th to both sides."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is at one moment: every alert ever, and what was sent since it was last asked for."""

    now: int
    alerts: Sequence[Alert]
    sent: Sequence[Notification]
    config: AlertsConfig


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that was not met: what was expected and is not there, what is there and was not expected."""

    at: str
    time: str
    what: str
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    line: int | None = None

    def at_line(self, line: int | None) -> "Failure":
        """The same, with its place in the file."""
        return replace(self, line=line)


def failures(expected: Expectation, seen: Seen) -> list[Failure]:
    """What of one expectation is not met."""
    found = []
    if expected.alerts is not None:
        found.append(("alerts", *_alerts(expected.alerts, seen)))
    if expected.notifications is not None:
        found.append(("notifications", *_messages(expected.notifications, seen)))
    return [
        Failure(expected.at, iso(seen.now), what, tuple(missing), tuple(unexpected))
        for what, missing, unexpected in found
        if missing or unexpected
    ]


def _alerts(expected: Sequence[ExpectedAlert], seen: Seen) -> tuple[list[str], list[str]]:
    left = list(seen.alerts)
    missing = []
    # Those that say most choose first.
    for each in sorted(expected, key=lambda one: -len(one.labels)):
        match = next((alert for alert in left if _is(each, alert)), None)
        if match is None:
            missing.append(_expected_alert(each))
        else:
            left.remove(match)
    open_ones = [alert for alert in left if alert.state is not State.RESOLVED]
    if any(each.state == "resolved" for each in expected) and missing:
        open_ones = left
    return missing, [_found_alert(alert) for alert in open_ones]


def _is(expected: ExpectedAlert, alert: Alert) -> bool:
    labels = alert.identity.labels
    return (
        alert.identity.rule == expected.rule
        and alert.state == expected.state
        and all(labels.get(name, "") == value for name, value in expected.labels.items())
        and (expected.value is None or _is_value(expected.value, alert))
        and (expected.reason is None or expected.reason == alert.reason)
    )


def _is_value(written: str | float, alert: Alert) -> bool:
    wanted = 0 if written == 0 else parse_limit(written, alert.unit)
    allowed = wanted // TOLERANCE if alert.unit == "microseconds" else 0
    return abs(alert.value - wanted) <= allowed


def _expected_alert(each: ExpectedAlert) -> str:
    value = "" if each.value is None else f" with {each.value}"
    reason = "" if each.reason is None else f" ({each.reason})"
    return f"{each.state} {each.rule}{_braces(each.labels)}{value}{reason}"


def _found_alert(alert: Alert) -> str:
    own = {"alertname", "rule", "kind", "severity"}
    labels = {name: value for name, value in alert.identity.labels.items() if name not in own}
    value, limit = in_words(alert.value, alert.unit), in_words(alert.limit, alert.unit)
    reason = f" ({alert.reason})" if alert.reason else ""
    return (
        f"{alert.state} {alert.identity.rule}{_braces(labels)} with {value} against {limit}{reason}"
    )


def _messages(expected: Sequence[ExpectedMessage], seen: Seen) -> tuple[list[str], list[str]]:
    left = [each for each in seen.sent if _is_heard(each, expected, seen.config)]
    missing = []
    for each in expected:
        match = next((one for one in left if _is_said(each, one)), None)
        if match is None:
            missing.append(_expected_message(each))
        else:
            left.remove(match)
    return missing, [_found_message(one) for one in left]


def _is_heard(
    sent: Notification, expected: Sequence[ExpectedMessage], config: AlertsConfig
) -> bool:
    """The log hears everything; where there are other channels, it counts only where it is named."""
    return sent.channel != LOG or not config.channels or any(e.channel == LOG for e in expected)


def _is_said(expected: ExpectedMessage, sent: Notification) -> bool:
    return (
        sent.channel == expected.channel
        and sent.status == expected.status
        and (expected.reason is None or sent.reason.name.lower() == expected.reason)
        and (expected.alerts is None or Counter(expected.alerts) == Counter(_rules(sent)))
    )


def _rules(sent: Notification) -> list[str]:
    return [alert.identity.rule for alert in sent.alerts]


def _expected_message(each: ExpectedMessage) -> str:
    reason = "" if each.reason is None else f" ({each.reason})"
    about = "" if each.alerts is None else f" about {', '.join(each.alerts)}"
    return f"{each.status} to {each.channel}{about}{reason}"


def _found_message(sent: Notification) -> str:
    about, reason = ", ".join(_rules(sent)), sent.reason.name.lower()
    at = iso(sent.created_at_unix_nano)
    return f"{sent.status} to {sent.channel} about {about} ({reason}) at {at}"


def _braces(labels: dict[str, str]) -> str:
    written = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return f" {{{written}}}" if written else ""
