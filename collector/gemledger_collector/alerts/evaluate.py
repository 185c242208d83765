"""One evaluation: what is seen now against what is remembered, told to whom it may concern, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gemledger_collector.alerts.alert import Condition, State, Watch
from gemledger_collector.alerts.cause import with_cause
from gemledger_collector.alerts.channels import forms
from gemledger_collector.alerts.dispatch.dispatcher import (
    Dispatched,
    Dispatcher,
    Standing,
    after_telling,
)
from gemledger_collector.alerts.dispatch.groups import Group
from gemledger_collector.alerts.dispatch.muting import acknowledgement_id
from gemledger_collector.alerts.history import Correction
from gemledger_collector.alerts.late import LateWalk
from gemledger_collector.alerts.messages import message
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts.records import (
    from_row,
    group_from_row,
    group_to_row,
    silence_from_row,
    to_row,
)
from gemledger_collector.alerts.sources import Sources
from gemledger_collector.alerts.states import Change, changes, firing
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts.watchers import watchers_of
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage import alert_groups, alert_history, alert_outbox, silences
from gemledger_collector.storage.alert_outbox import Message
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Snapshot, Transaction


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one look came to: every alert's step, and the messages that now lie in the outbox."""

    changes: Sequence[Change]
    late: Sequence[Correction]
    dispatched: Dispatched
    failures: Sequence[Exception] = ()
    """Of watchers that could not look."""

    @property
    def notifications(self) -> Sequence[Notification]:
        """What is to be sent."""
        return self.dispatched.notifications

    @property
    def alters(self) -> bool:
        """Whether there is anything to write."""
        told = self.dispatched
        return bool(
            self.late or told.groups or told.over or any(change.alters for change in self.changes)
        )


class Evaluator:
    """Evaluates everything that is configured.

    What it must remember is in the store, so a restart changes nothing. Not for two threads at once.
    ``external_url`` is where people reach the collector, for the links in messages.
    """

    def __init__(
        self,
        store: Store,
        config: AlertsConfig,
        external_url: str = "",
        sources: Sources | None = None,
    ) -> None:
        self.config = config
        self._store = store
        self.watchers = watchers_of(config, sources or Sources(Minutes(store)))
        self._late = LateWalk(config)
        self._dispatcher = Dispatcher(config, external_url)
        self._forms = forms(config)

    def evaluate(self, now: int) -> Evaluation:
        """Look once. What is to be sent lies in the outbox when it returns."""
        watch = Watch(now, nanoseconds(self.config.lateness))
        with self._store.reading() as snapshot:
            version = self._late.version(snapshot, watch)
            found = self._found(snapshot, watch, walk=self._late.is_due(version))
        if found.alters:
            told = [message(each, self._forms[each.channel]) for each in found.notifications]
            with self._store.writing() as transaction:
                _write(transaction, found, told)
                silences.end(transaction, _no_longer_acknowledged(found.changes), now)
        self._late.done(version)
        return found

    def _found(self, snapshot: Snapshot, watch: Watch, *, walk: bool) -> Evaluation:
        rows = alert_history.open_alerts(snapshot)
        open_alerts = {row.fingerprint: from_row(row) for row in rows}
        conditions, failures = self._look(View(snapshot, watch, open_alerts))
        steps = [
            _explained(snapshot, step, watch.now)
            for step in changes(conditions, open_alerts, watch.now, complete=not failures)
        ]
        dispatched = self._dispatcher.dispatch(_standing(snapshot, steps, watch.now), watch.now)
        told = [_told(step, dispatched, watch.now) for step in steps]
        late = self._walked(snapshot, watch, told) if walk else []
        return Evaluation(told, late, dispatched, failures)

    def _look(self, view: View) -> tuple[list[Condition], list[Exception]]:
        """What every watcher sees; one that fails does not keep the others from being heard."""
        conditions: list[Condition] = []
        failures: list[Exception] = []
        for watcher in self.watchers:
            try:
                conditions += watcher.look(view)
            except Exception as error:  # noqa: BLE001 - told by the loop, counted, and tried again at the next look
                failures.append(error)
        return conditions, failures

    def _walked(
        self, snapshot: Snapshot, watch: Watch, steps: Sequence[Change]
    ) -> list[Correction]:
        # An alert that this very evaluation resolves is not in the store yet, but its breach is known.
        known = [step.after for step in steps if step.after is not None]
        return [
            replace(
                each, record=with_cause(snapshot, each.record, each.record.window.end_unix_nano)
            )
            for each in self._late.walk(snapshot, watch, known)
        ]


def _no_longer_acknowledged(steps: Sequence[Change]) -> list[str]:
    """Ids of what would acknowledge the alerts that end now."""
    ended = [step.after for step in steps if step.alters and step.after is not None]
    return [
        acknowledgement_id(alert.identity.fingerprint, alert.started_at)
        for alert in ended
        if alert.state is State.RESOLVED
    ]


def _standing(snapshot: Snapshot, steps: Sequence[Change], now: int) -> Standing:
    """Everything that may have to be told; of what has ended, what some channel still believes to fire."""
    rows = alert_groups.groups(snapshot)
    groups = {(row.channel, row.group_key): group_from_row(row) for row in rows}
    fires = firing(steps)
    ended = {
        step.after.key: step.after
        for step in steps
        if step.after is not None and step.after.state is State.RESOLVED
    }
    awaited = _believed(groups.values()) - {alert.key for alert in fires} - set(ended)
    stored = [from_row(row) for row in alert_history.alerts_named(snapshot, sorted(awaited))]
    resolved = [alert for alert in stored if alert.state is State.RESOLVED]
    active = [silence_from_row(row) for row in silences.silences(snapshot, now)]
    return Standing(fires, [*ended.values(), *resolved], groups, active)


def _believed(groups: Iterable[Group]) -> set[str]:
    return {key for group in groups for key in group.told_firing}


def _told(step: Change, dispatched: Dispatched, now: int) -> Change:
    if step.after is None:
        return step
    return replace(step, after=after_telling(step.after, dispatched.told, now))


def _explained(snapshot: Snapshot, step: Change, now: int) -> Change:
    if step.after is None or not step.starts_firing:
        return step
    return replace(step, after=with_cause(snapshot, step.after, now))


def _write(transaction: Transaction, found: Evaluation, told: Sequence[Message]) -> None:
    replaced = [
        (alert.identity.fingerprint, alert.started_at)
        for correction in found.late
        for alert in correction.replaces
    ]
    dropped = [
        (step.before.identity.fingerprint, step.before.started_at)
        for step in found.changes
        if step.alters and step.before is not None and step.after is None
    ]
    moved = [
        (step.before.identity.fingerprint, step.before.started_at)
        for step in found.changes
        if step.before is not None and step.after is not None and step.before.key != step.after.key
    ]
    alert_history.forget(transaction, [*replaced, *dropped, *moved])
    altered = [step.after for step in found.changes if step.alters and step.after is not None]
    records = [*(correction.record for correction in found.late), *altered]
    alert_history.record(transaction, [to_row(alert) for alert in records])
    alert_groups.forget(transaction, found.dispatched.over)
    alert_groups.remember(transaction, [group_to_row(group) for group in found.dispatched.groups])
    for each in told:
        alert_outbox.queue(transaction, each)
