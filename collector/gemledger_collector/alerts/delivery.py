"""Emptying the outbox: at least once, in order for each group, patient with a channel that is down."""

from dataclasses import dataclass

from gemledger_collector.alerts.channels import Channel, Outcome
from gemledger_collector.alerts.notification import Reason
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
    gave_up: str | None = None
    """What nobody will be told of any more, in words."""


def deliver_next(store: Store, channel: Channel, now: int) -> Step:
    """Send the one message that the channel is owed longest, if it is due and the channel's pace lets it.

    A crash between sending and noting it sends again, with the same id.
    """
    with store.reading() as snapshot:
        row = alert_outbox.first_waiting(snapshot, channel.name)
    if row is None:
        return Step(None, None)
    due = max(row.next_attempt_unix_nano or 0, channel.pace.free_at(now))
    if due > now:
        return Step(None, due)
    outcome = channel.send(row, now)
    channel.pace.used(now)
    if outcome.progressed:  # the channel knows how far it is
        return Step(outcome, now)
    settlement = settle(row, outcome, now)
    with store.writing() as transaction:
        alert_outbox.settle(transaction, settlement)
        if (
            settlement.error is not None
        ):  # or a day of reminders would come at once when the channel is back
            alert_outbox.supersede(transaction, channel.name, Reason.REPEAT.value)
    return Step(
        outcome, now, _given_up(row, settlement)
    )  # what waited behind it may be due as well


def settle(row: NotificationRow, outcome: Outcome, now: int) -> Settlement:
    """What an attempt means for its message; pure."""
    if outcome.error is None:
        return Settlement(row.notification_id, None, now, None)
    hopeless = not outcome.retry or now - row.created_at_unix_nano >= GIVE_UP_NS
    again = None if hopeless else now + retry_seconds(row.attempts, outcome) * 10**9
    return Settlement(row.notification_id, again, None, outcome.error)


def retry_seconds(attempts: int, outcome: Outcome) -> int:
    """Doubling from a second to five minutes; the receiver's own wish counts where it is longer, up to that."""
    wait = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS << min(attempts, 16))
    return min(LONGEST_RETRY_SECONDS, max(wait, outcome.retry_after_seconds or 0))


def _given_up(row: NotificationRow, settlement: Settlement) -> str | None:
    if settlement.error is None or settlement.next_attempt_unix_nano is not None:
        return None
    return f"{row.status} {row.rule} after {row.attempts + 1} attempts: {settlement.error}"
