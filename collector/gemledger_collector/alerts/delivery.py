"""Emptying the outbox: at least once, in order for each alert, patient with a channel that is down."""

from dataclasses import dataclass

from gemledger_collector.alerts.channels import Channel, Outcome
from gemledger_collector.storage import alert_outbox
from gemledger_collector.storage.alert_outbox import NotificationRow, Settlement
from gemledger_collector.storage.store import Store

FIRST_RETRY_SECONDS = 1
LONGEST_RETRY_SECONDS = 300
GIVE_UP_NS = 24 * 3600 * 10**9
"""A page a day old helps nobody; that it was never delivered stays on record."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one look into the outbox came to: the attempt, if there was one, and when the next is due."""

    outcome: Outcome | None
    next_due: int | None


def deliver_next(store: Store, channel: Channel, now: int) -> Step:
    """Send the one message that the channel is owed longest, if it is due.

    A crash between sending and noting it sends again, with the same id.
    """
    with store.reading() as snapshot:
        waiting = alert_outbox.waiting(snapshot, channel.name)
    if not waiting or _due(waiting[0]) > now:
        return Step(None, _due(waiting[0]) if waiting else None)
    outcome = channel.send(waiting[0])
    with store.writing() as transaction:
        alert_outbox.settle(transaction, settle(waiting[0], outcome, now))
    return Step(outcome, now)  # what waited behind it may be due as well


def _due(notification: NotificationRow) -> int:
    return notification.next_attempt_unix_nano or 0


def settle(notification: NotificationRow, outcome: Outcome, now: int) -> Settlement:
    """What an attempt means for its message; pure."""
    if outcome.error is None:
        return Settlement(notification.notification_id, None, now, None)
    hopeless = not outcome.retry or now - notification.created_at_unix_nano >= GIVE_UP_NS
    again = None if hopeless else now + retry_seconds(notification.attempts, outcome) * 10**9
    return Settlement(notification.notification_id, again, None, outcome.error)


def retry_seconds(attempts: int, outcome: Outcome) -> int:
    """Doubling from a second to five minutes; the receiver's own wish counts where it is longer, up to that."""
    wait = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS << min(attempts, 16))
    return min(LONGEST_RETRY_SECONDS, max(wait, outcome.retry_after_seconds or 0))
