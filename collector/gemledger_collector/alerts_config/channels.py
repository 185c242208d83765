"""Channels: where messages go, each kind with what it needs."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from gemledger_collector.config_values import Duration, Listed, Name, Strict

Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$")]


class ChannelConfig(Strict):
    """What every channel has: how long it may take, how often it may be used, whether it hears that all is well."""

    name: Name
    timeout: Duration = timedelta(seconds=5)
    send_resolved: bool = True
    max_per_minute: Annotated[int, Field(ge=1, le=6000)] = 60


class WebhookConfig(ChannelConfig):
    """An address that takes Alertmanager's webhook body (version 4); ``secret`` signs it with HMAC-SHA256."""

    type: Literal["webhook"]
    url: Url
    secret: str | None = None


class SlackConfig(ChannelConfig):
    """A Slack incoming webhook."""

    type: Literal["slack"]
    url: Url
    send_resolved: bool = False
    max_per_minute: Annotated[int, Field(ge=1, le=6000)] = 50


class PagerDutyConfig(ChannelConfig):
    """PagerDuty's Events API, version 2."""

    type: Literal["pagerduty"]
    routing_key: Annotated[str, Field(min_length=32, max_length=32)]
    url: Url = "https://events.pagerduty.com/v2/enqueue"


class EmailConfig(ChannelConfig):
    """E-mail over SMTP: ``tls`` is ``starttls``, ``implicit`` or ``none``."""

    type: Literal["email"]
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    username: str | None = None
    password: str | None = None
    sender: Annotated[str, Field(alias="from", pattern=r"^[^@\s,]+@[^@\s,]+$")]
    to: Annotated[
        Listed[Annotated[str, Field(pattern=r"^[^@\s,]+@[^@\s,]+$")]], Field(min_length=1)
    ]
    send_resolved: bool = False
    timeout: Duration = timedelta(seconds=15)


class AlertmanagerConfig(ChannelConfig):
    """A Prometheus Alertmanager that routes by itself: alerts are pushed to its API, version 2."""

    type: Literal["alertmanager"]
    url: Url
    username: str | None = None
    password: str | None = None
    resend_every: Duration = timedelta(minutes=1)
    max_per_minute: Annotated[int, Field(ge=1, le=6000)] = 6000


class AppriseConfig(ChannelConfig):
    """Whatever apprise can reach; needs the extra ``notify``."""

    type: Literal["apprise"]
    urls: Annotated[
        Listed[Annotated[str, Field(pattern=r"^[a-z0-9+]+://\S*$")]], Field(min_length=1)
    ]
    send_resolved: bool = False
    timeout: Duration = timedelta(seconds=30)


Channel = Annotated[
    WebhookConfig
    | SlackConfig
    | PagerDutyConfig
    | EmailConfig
    | AlertmanagerConfig
    | AppriseConfig,
    Field(discriminator="type"),
]
