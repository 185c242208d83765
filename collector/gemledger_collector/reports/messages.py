"""A report as it enters the outbox: in the form that each kind of channel sends; pure."""

import hashlib
import json
from collections.abc import Callable, Mapping

from gemledger_collector.alerts.channels import ChannelForm, texts
from gemledger_collector.alerts_config import (
    AppriseConfig,
    EmailConfig,
    SlackConfig,
    WebhookConfig,
)
from gemledger_collector.reports.as_json import as_json
from gemledger_collector.reports.composing import compose, title
from gemledger_collector.reports.content import Report
from gemledger_collector.reports.mail import mail
from gemledger_collector.reports.sentences import missing, sentences
from gemledger_collector.reports_config import ReportConfig
from gemledger_collector.storage.alert_outbox import Message

STATUS = "report"
REASON = "daily report"
_SLACK_HEADER, _SLACK_TEXT = 150, 2900


def message(config: ReportConfig, channel: ChannelForm, report: Report, sequence: int) -> Message:
    """One channel's message. Its id follows from report, day and channel: repeated, it is the same message."""
    name = channel if isinstance(channel, str) else channel.name
    identity = f"report/{config.name}/{report.about.day}/{name}"
    return Message(
        notification_id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        created_at_unix_nano=report.about.now,
        sequence=sequence,
        channel=name,
        rule=config.name,
        fingerprint="",
        fingerprints="[]",
        group_key=f"report/{config.name}",
        status=STATUS,
        reason=REASON,
        body=_body(config, channel, report),
    )


def _body(config: ReportConfig, channel: ChannelForm, report: Report) -> str:
    if isinstance(channel, EmailConfig):
        return mail(compose(report), channel, config, report.about.now)
    return _BODIES.get(type(channel), _log)(config, report)


def _slack(_: ReportConfig, report: Report) -> str:
    """Short: what a manager reads, and where the rest is."""
    lines = [texts.slack(line, _SLACK_TEXT) for line in sentences(report)]
    blocks: list[dict[str, object]] = [
        {"type": "header", "text": _unformatted(title(report), _SLACK_HEADER)},
        *[_section(line) for line in lines],
    ]
    absent = missing(report)
    if absent:
        lacking = texts.slack("Not in it: " + " ".join(absent), _SLACK_TEXT)
        blocks.append({"type": "context", "elements": [_formatted(lacking)]})
    address = texts.link(report.external_url) if report.external_url else None
    if address:
        button = {"type": "button", "text": _unformatted("Dashboard", 75), "url": address}
        blocks.append({"type": "actions", "elements": [button]})
    fallback = texts.slack(f"{title(report)}: {sentences(report)[0]}", _SLACK_TEXT)
    return json.dumps({"text": fallback, "blocks": blocks}, ensure_ascii=False)


def _webhook(config: ReportConfig, report: Report) -> str:
    """The whole report for a program; ``kind`` tells it from the body of alerts, which has none."""
    told = {"kind": "report", "name": config.name, "title": title(report)}
    return json.dumps({**told, "report": as_json(report)}, ensure_ascii=False)


def _apprise(_: ReportConfig, report: Report) -> str:
    address = [report.external_url] if report.external_url else []
    lines = [texts.plain(line, 1000) for line in (*sentences(report), *missing(report), *address)]
    told = {"title": title(report), "body": "\n".join(lines), "kind": "info"}
    return json.dumps(told, ensure_ascii=False)


def _log(config: ReportConfig, report: Report) -> str:
    told = " ".join(sentences(report))
    return texts.plain(f"{config.name} of {report.about.day}: {told}", 2000)


_BODIES: Mapping[type, Callable[[ReportConfig, Report], str]] = {
    SlackConfig: _slack,
    WebhookConfig: _webhook,
    AppriseConfig: _apprise,
}


def _section(line: str) -> dict[str, object]:
    return {"type": "section", "text": _formatted(line)}


def _formatted(text: str) -> dict[str, object]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _unformatted(text: str, most: int) -> dict[str, object]:
    return {"type": "plain_text", "text": texts.slack(text, most), "emoji": False}
