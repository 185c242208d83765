"""One channel's deliveries: what lies in the outbox, what an Alertmanager is told again, and the counting of both."""

import logging
from dataclasses import replace

from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.channels import Channel, Outcome
from gemledger_collector.alerts.channels.alertmanager import MOST_AT_ONCE, Alertmanager, pushed
from gemledger_collector.alerts.delivery import Step, deliver_next
from gemledger_collector.alerts.records import from_row
from gemledger_collector.storage import alert_groups, alert_history
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry

log = logging.getLogger("gemledger.alerts")


class Courier:
    """Serves one channel. Not for two threads at once.

    What an Alertmanager is told again is read after the outbox was looked into, by the same thread: an alert that
    still fires then has its end told later, so that a repetition never overtakes an end.
    """

    def __init__(
        self, store: Store, channel: Channel, telemetry: Telemetry, external_url: str = ""
    ) -> None:
        self.channel = channel
        self._store = store
        self._telemetry = telemetry
        self._external_url = external_url
        self._push_at = 0
        for name in ("delivered", "failed", "given_up"):  # a counter that is missing cannot rise
            telemetry.add(f"notifications_{name}_total", 0, reason=channel.name)

    def serve(self, now: int) -> int | None:
        """Send what is due, one message at most. Returns when to be asked again; None: when there is news."""
        step = deliver_next(self._store, self.channel, now)
        self._count(step)
        if not isinstance(self.channel, Alertmanager):
            return step.next_due
        if self._push_at <= now:
            self._push_at = now + self.channel.resend_every_ns
            push_again(self._store, self.channel, now, self._external_url)
        return self._push_at if step.next_due is None else min(self._push_at, step.next_due)

    def close(self) -> None:
        """Let go of connections."""
        self.channel.close()

    def _count(self, step: Step) -> None:
        if step.outcome is None or step.outcome.progressed:
            return
        kind = "delivered" if step.outcome.error is None else "failed"
        self._telemetry.add(f"notifications_{kind}_total", reason=self.channel.name)
        if step.gave_up is not None:
            self._telemetry.add("notifications_given_up_total", reason=self.channel.name)
            log.error("given up for %s: %s", self.channel.name, step.gave_up)


def push_again(store: Store, channel: Alertmanager, now: int, external_url: str) -> Outcome:
    """Tell an Alertmanager again of all that it was told of and that still fires: else it takes it as over."""
    with store.reading() as snapshot:
        told = [row for row in alert_groups.groups(snapshot) if row.channel == channel.name]
        keys = sorted({key for row in told for key in row.told_keys})
        alerts = [from_row(row) for row in alert_history.alerts_named(snapshot, keys)]
    firing = [alert for alert in alerts if alert.state is State.FIRING]
    outcome = Outcome()
    for start in range(0, len(firing), MOST_AT_ONCE):
        body = pushed(firing[start : start + MOST_AT_ONCE], external_url)
        outcome = channel.push(body, now)
        if (
            outcome.error is not None
        ):  # the next push tries again, well before the alerts end over there
            log.warning("%s was not told again: %s", channel.name, outcome.error)
            return replace(outcome, retry=True)
    return outcome
