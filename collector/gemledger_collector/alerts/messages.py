"""A notification as it enters the outbox, in the form that its channel sends; pure."""

import hashlib
import json

from gemledger_collector.alerts.channels import ChannelForm, body_for
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.storage.alert_outbox import Message


def message(notification: Notification, channel: ChannelForm) -> Message:
    """What lies in the outbox. Its id depends on what is said, and to whom, at which look."""
    first = notification.alerts[0]
    said = "/".join(f"{alert.key}/{alert.state}" for alert in notification.alerts)
    at = f"{notification.group_key}/{notification.created_at_unix_nano}"
    identity = f"{notification.channel}/{at}/{said}"
    return Message(
        notification_id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        created_at_unix_nano=notification.created_at_unix_nano,
        sequence=notification.sequence,
        channel=notification.channel,
        rule=first.identity.rule,
        fingerprint=first.identity.fingerprint,
        fingerprints=json.dumps([alert.identity.fingerprint for alert in notification.alerts]),
        group_key=notification.group_key,
        status=notification.status,
        reason=notification.reason.value,
        body=body_for(channel, notification),
    )
