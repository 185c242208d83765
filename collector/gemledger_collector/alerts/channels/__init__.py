"""Where alerts are sent, one module for each kind: what is said there, and how it gets there.

Each kind has a pure ``body``, made when a message enters the outbox, and a sender of such bodies. Only here does
``alerts`` open connections to elsewhere.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from gemledger_collector.alerts.channels import (
    alertmanager,
    anywhere,
    log_line,
    mail_message,
    pagerduty,
    slack_message,
    webhook,
)
from gemledger_collector.alerts.channels.alertmanager import Alertmanager
from gemledger_collector.alerts.channels.anywhere import Anywhere
from gemledger_collector.alerts.channels.log_line import LogChannel
from gemledger_collector.alerts.channels.mail import Mail
from gemledger_collector.alerts.channels.outcome import Channel, Outcome, Pace
from gemledger_collector.alerts.channels.pagerduty import PagerDuty
from gemledger_collector.alerts.channels.slack import Slack
from gemledger_collector.alerts.channels.webhook import Webhook
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts_config import (
    LOG,
    AlertmanagerConfig,
    AlertsConfig,
    AppriseConfig,
    EmailConfig,
    PagerDutyConfig,
    SlackConfig,
    WebhookConfig,
)
from gemledger_collector.alerts_config import Channel as ChannelConfig

__all__ = [
    "LOG",
    "Channel",
    "ChannelForm",
    "LogChannel",
    "Outcome",
    "Pace",
    "Webhook",
    "body_for",
    "forms",
    "open_channel",
    "open_channels",
    "require_extras",
]

ChannelForm = ChannelConfig | Literal["log"]
"""What decides how a message looks: a channel's configuration; of the log, which has none, its name."""

_BODIES: Mapping[type, Callable[[Notification], str]] = {
    WebhookConfig: webhook.body,
    SlackConfig: slack_message.body,
    PagerDutyConfig: pagerduty.body,
    AlertmanagerConfig: alertmanager.body,
    AppriseConfig: anywhere.body,
}


def body_for(channel: ChannelForm, notification: Notification) -> str:
    """The message in the form that a channel of this kind sends; pure."""
    if isinstance(channel, EmailConfig):
        return mail_message.body(notification, channel)
    return _BODIES.get(type(channel), log_line.body)(notification)


def open_channel(channel: ChannelConfig) -> Channel:
    """Whoever sends to it. Raises ConfigError where an extra is missing."""
    match channel:
        case WebhookConfig():
            return Webhook(channel)
        case SlackConfig():
            return Slack(channel)
        case PagerDutyConfig():
            return PagerDuty(channel)
        case EmailConfig():
            return Mail(channel)
        case AlertmanagerConfig():
            return Alertmanager(channel)
        case AppriseConfig():
            return Anywhere(channel)


def open_channels(config: AlertsConfig) -> list[Channel]:
    """The log and every configured channel. Raises ConfigError where an extra is missing."""
    return [LogChannel(), *(open_channel(channel) for channel in config.channels)]


def require_extras(config: AlertsConfig) -> None:
    """Raises ConfigError, with the command to run, where a channel needs what is not installed."""
    for channel in config.channels:
        if isinstance(channel, AppriseConfig):
            anywhere.require_apprise(channel)


def forms(config: AlertsConfig) -> Mapping[str, ChannelForm]:
    """Every channel's form, the log's included."""
    return {LOG: "log", **{channel.name: channel for channel in config.channels}}
