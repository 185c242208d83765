"""One evaluation: what the ledger says now, against what is remembered, into the store in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gemledger_collector.alerts import budgets, rules
from gemledger_collector.alerts.alert import Alert, Condition, Episode, Notify, State
from gemledger_collector.alerts.cause import cause, comparison
from gemledger_collector.alerts.history import Correction, corrections
from gemledger_collector.alerts.messages import Occasion, channels_of, message
from gemledger_collector.alerts.plan import Change, plan
from gemledger_collector.alerts.records import from_row, to_row
from gemledger_collector.alerts.rules import Watch
from gemledger_collector.alerts.slots import SLOT_SECONDS, slot_of
from gemledger_collector.alerts_config import AlertsConfig, nanoseconds
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Snapshot, Transaction


@dataclass(slots=True)
class Evaluator:
    """Evaluates all budgets and rules. Everything it must remember is in the store, so a restart changes nothing.

    Not for two threads at once.
    """

    store: Store
    config: AlertsConfig
    external_url: str = ""
    """Where people reach the collector, for the links in messages."""
    _walked: tuple[int, int, int] | None = field(default=None, init=False)
    """The ledger as the history walker last saw it: saves the walk while no late data has come."""

    def evaluate(self, now: int) -> list[Change]:
        """Look once. Returns every alert's step; what is to be sent lies in the outbox when it returns."""
        watch = Watch(
            now, nanoseconds(self.config.lateness), nanoseconds(self.config.repeat_interval)
        )
        with self.store.reading() as snapshot:
            version = _history_version(snapshot, watch)
            walk = version != self._walked
            conditions, episodes = self._assess(snapshot, watch, walk=walk)
            open_alerts = {
                row.fingerprint: from_row(row) for row in alert_history.open_alerts(snapshot)
            }
            changes = [
                _explained(snapshot, change, now) for change in plan(conditions, open_alerts, now)
            ]
            late = (
                [_explained_late(snapshot, each) for each in _late(snapshot, episodes, changes)]
                if walk
                else []
            )
        if late or any(change.alters or change.notify.sends for change in changes):
            with self.store.writing() as transaction:
                self._write(transaction, changes, late, now)
        self._walked = version
        return changes

    def _assess(
        self, snapshot: Snapshot, watch: Watch, *, walk: bool
    ) -> tuple[list[Condition], list[Episode]]:
        conditions: list[Condition] = []
        episodes: list[Episode] = []
        for budget in self.config.budgets:
            since = 0 if walk else budgets.current_period(budget, watch).start_unix_nano // 10**9
            spend = alert_history.spend_by_slot(snapshot, budget.filter.labels(), since)
            seen, past = budgets.assess(budget, spend, watch)
            conditions += seen
            episodes += past
        for rule in self.config.rules:
            since = (
                0
                if walk
                else slot_of(watch.watermark) - int(rule.window.total_seconds()) - SLOT_SECONDS
            )
            spend = alert_history.spend_by_slot(snapshot, rule.filter.labels(), since)
            condition, past = rules.assess(rule, spend, watch)
            conditions.append(condition)
            episodes += past
        return conditions, episodes

    def _write(
        self,
        transaction: Transaction,
        changes: Sequence[Change],
        late: Sequence[Correction],
        now: int,
    ) -> None:
        for correction in late:
            for replaced in correction.replaces:
                alert_history.forget(
                    transaction, replaced.identity.fingerprint, replaced.started_at
                )
            alert_history.record(transaction, to_row(correction.record))
        for sequence, change in enumerate(changes):
            _store(transaction, change)
            if change.after is not None and change.notify.sends:
                occasion = Occasion(now, sequence, self.external_url)
                self._queue(transaction, change.after, change.notify, occasion)

    def _queue(
        self, transaction: Transaction, alert: Alert, notify: Notify, occasion: Occasion
    ) -> None:
        names = [channel.name for channel in self.config.channels]
        for channel in channels_of(alert, self.config.routes, names):
            alert_history.queue(transaction, message(alert, notify, channel, occasion))


def _history_version(snapshot: Snapshot, watch: Watch) -> tuple[int, int, int]:
    before = slot_of(watch.watermark)
    return before, *alert_history.ledger_before(snapshot, before)


def _late(
    snapshot: Snapshot, episodes: Sequence[Episode], changes: Sequence[Change]
) -> list[Correction]:
    # An alert that this very evaluation resolves is not in the store yet, but its breach is known.
    recorded = [from_row(row) for row in alert_history.recorded_alerts(snapshot)]
    return corrections(
        episodes, recorded + [change.after for change in changes if change.after is not None]
    )


def _explained(snapshot: Snapshot, change: Change, now: int) -> Change:
    alert = change.after
    if alert is None or alert.state is not State.FIRING or not change.notify.sends:
        return change
    return replace(change, after=_with_cause(snapshot, alert, now))


def _explained_late(snapshot: Snapshot, correction: Correction) -> Correction:
    alert = correction.record
    return replace(correction, record=_with_cause(snapshot, alert, alert.window.end_unix_nano))


def _with_cause(snapshot: Snapshot, alert: Alert, now: int) -> Alert:
    compared = comparison(alert.window, now, alert_history.first_slot(snapshot))
    slots = (compared.baseline_slot, compared.since_slot, compared.until_slot)
    return replace(
        alert,
        cause=cause(alert_history.contributors(snapshot, alert.identity.filter, slots), compared),
    )


def _store(transaction: Transaction, change: Change) -> None:
    if not change.alters:
        return
    if change.before is not None and change.after is None:
        alert_history.forget(
            transaction, change.before.identity.fingerprint, change.before.started_at
        )
    if change.after is not None:
        alert_history.record(transaction, to_row(change.after))
