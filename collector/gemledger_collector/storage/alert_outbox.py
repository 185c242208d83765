"""The outbox: what channels are to be sent about alerts, and what came of it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from gemledger_collector.storage.alert_history import exact
from gemledger_collector.storage.transaction import Snapshot, Transaction

SUPERSEDED = "left out: a newer message of its group says more"


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


def first_waiting(snapshot: Snapshot, channel: str) -> NotificationRow | None:
    """Of what the channel is still owed, the message due first; of each group only its oldest counts."""
    rows = snapshot.query("alerts_waiting", {"channel": channel}).to_pylist()
    return exact(NotificationRow, rows[0]) if rows else None


def supersede(transaction: Transaction, channel: str, reminding: str) -> None:
    """Leave out reminders for which a newer message of their group waits; ``reminding`` is their reason."""
    asked = {"channel": channel, "reminding": reminding, "superseded": SUPERSEDED}
    transaction.execute("alerts_supersede", asked)


def settle(transaction: Transaction, settlement: Settlement) -> None:
    """Note what came of one attempt."""
    transaction.execute("alerts_settle", asdict(settlement))


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """How the messages for one channel fare. Moments are unix nanoseconds; None: there was none."""

    channel: str
    waiting: int
    failing: int
    """Of those that wait, how many have been tried in vain."""
    given_up: int
    waiting_since_unix_nano: int | None
    next_attempt_unix_nano: int | None
    last_success_unix_nano: int | None
    last_error_unix_nano: int | None
    """When the newest message was made that failed, and was not delivered since."""
    last_error: str | None


def channels_since(snapshot: Snapshot, since: int) -> dict[str, ChannelRow]:
    """Every channel that had messages since then, by name."""
    asked = {"since": since, "superseded": SUPERSEDED}
    rows = snapshot.query("alerts_channels", asked).to_pylist()
    return {row["channel"]: exact(ChannelRow, row) for row in rows}


def waiting_by_channel(snapshot: Snapshot) -> dict[str, int]:
    """How many messages wait for each channel; those for which none does are left out."""
    return {str(name): int(str(count)) for name, count in snapshot.rows("alerts_waiting_counts")}


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
