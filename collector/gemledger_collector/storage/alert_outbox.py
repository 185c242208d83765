"""The outbox: what channels are to be sent about alerts, and what came of it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from gemledger_collector.storage.alert_history import exact
from gemledger_collector.storage.transaction import Snapshot, Transaction


@dataclass(frozen=True, slots=True)
class Message:
    """One message for one channel, as it enters the outbox."""

    notification_id: str
    created_at_unix_nano: int
    sequence: int
    channel: str
    rule: str
    fingerprint: str
    """Of the first alert it is about."""
    fingerprints: str
    """JSON array: of all of them."""
    group_key: str
    status: str
    reason: str
    body: str


@dataclass(frozen=True, slots=True)
class NotificationRow(Message):
    """A message and what came of it; ``next_attempt_unix_nano`` None: delivered or given up."""

    attempts: int
    next_attempt_unix_nano: int | None
    delivered_at_unix_nano: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of one attempt to send a message."""

    notification_id: str
    next_attempt_unix_nano: int | None
    delivered_at_unix_nano: int | None
    error: str | None


def queue(transaction: Transaction, message: Message) -> None:
    """Put a message into the outbox."""
    transaction.execute("alerts_queue", asdict(message))


def waiting(snapshot: Snapshot, channel: str) -> list[NotificationRow]:
    """What the channel is still owed, the message due first at the head; one per alert."""
    return [
        exact(NotificationRow, row)
        for row in snapshot.query("alerts_waiting", {"channel": channel}).to_pylist()
    ]


def settle(transaction: Transaction, settlement: Settlement) -> None:
    """Note what came of one attempt."""
    transaction.execute("alerts_settle", asdict(settlement))


def abandon_other_channels(transaction: Transaction, channels: Iterable[str]) -> None:
    """Give up the messages for channels that are no longer configured."""
    transaction.execute("alerts_abandon_channel", {"channels": list(channels)})


def notifications_between(
    snapshot: Snapshot, since: int, until: int, limit: int
) -> list[NotificationRow]:
    """Messages created in ``[since, until)``, newest first."""
    bounds = {"since": since, "until": until, "limit": limit}
    return [
        exact(NotificationRow, row)
        for row in snapshot.query("alerts_notifications_between", bounds).to_pylist()
    ]
