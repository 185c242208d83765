"""A message that says it is a test, sent at once: does a channel work?"""

from dataclasses import replace

from gemledger_collector.alerts.alert import Alert, Ended, Identity, State, Window
from gemledger_collector.alerts.channels import ChannelForm, LogChannel, body_for, open_channel
from gemledger_collector.alerts.channels.outcome import Outcome
from gemledger_collector.alerts.notification import Notification, Reason
from gemledger_collector.alerts_config import PagerDutyConfig
from gemledger_collector.errors import ConfigError
from gemledger_collector.storage.alert_outbox import NotificationRow

RULE = "gemledger-test"
_MOST_PARTS = 20
_MINUTE_NS = 60 * 10**9


def send_test(channel: ChannelForm, now: int, external_url: str = "") -> Outcome:
    """Send one and say what came of it. Nothing is stored or tried again; PagerDuty's incident is ended at once."""
    try:
        sender = LogChannel() if isinstance(channel, str) else open_channel(channel)
    except ConfigError as error:
        return Outcome(str(error))
    told = _notification(channel, now, external_url)
    row = _row(told, body_for(channel, told))
    try:
        for _ in range(_MOST_PARTS):
            outcome = sender.send(row, now)
            if not outcome.progressed:
                return outcome
        return Outcome(f"not even {_MOST_PARTS} parts were enough", retry=True)
    finally:
        sender.close()


def _notification(channel: ChannelForm, now: int, external_url: str) -> Notification:
    firing = Alert(
        identity=Identity(RULE, "test", "info", {}),
        state=State.FIRING,
        window=Window(now - _MINUTE_NS, now),
        value=1,
        limit=1,
        started_at=now,
        firing_since=now,
        unit="count",
        cause="somebody asked for a test: all is well",
    )
    resolved = _resolved(firing)
    return Notification(
        channel=channel if isinstance(channel, str) else channel.name,
        group_key=f'{{}}:{{alertname="{RULE}"}}',
        group_labels=(("alertname", RULE),),
        alerts=(firing, resolved) if isinstance(channel, PagerDutyConfig) else (firing,),
        reason=Reason.FIRST,
        created_at_unix_nano=now,
        sequence=0,
        external_url=external_url,
    )


def _resolved(firing: Alert) -> Alert:
    return replace(
        firing,
        state=State.RESOLVED,
        resolved_at=firing.started_at,
        ended=Ended.NOT_BREACHED,
    )


def _row(told: Notification, body: str) -> NotificationRow:
    return NotificationRow(
        notification_id=f"test-{told.created_at_unix_nano}",
        created_at_unix_nano=told.created_at_unix_nano,
        sequence=0,
        channel=told.channel,
        rule=RULE,
        fingerprint="",
        fingerprints="[]",
        group_key=told.group_key,
        status=told.status,
        reason=told.reason.value,
        body=body,
        attempts=0,
        next_attempt_unix_nano=None,
        delivered_at_unix_nano=None,
        error=None,
    )
