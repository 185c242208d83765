"""The watcher of rules: looks at the windows that are not over, of all groups at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gemledger_collector.alerts.alert import Alert, Condition, Watch, Window
from gemledger_collector.alerts.measures import apart
from gemledger_collector.alerts.measures.callers import Callers
from gemledger_collector.alerts.measures.definitions import Apart, definition_of
from gemledger_collector.alerts.measures.frames import Group
from gemledger_collector.alerts.measures.measure import asked_by, measure
from gemledger_collector.alerts.measures.sources import Grouping, MinuteSource, SlotSource
from gemledger_collector.alerts.measures.verdicts import Verdicts, verdicts
from gemledger_collector.alerts.measures.windows import windows_of
from gemledger_collector.alerts.rules.conditions import Seen, condition
from gemledger_collector.alerts.rules.history import assess, is_walked
from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.alerts_config.rules import FINE
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.storage.rate_limits import Limit
from gemledger_collector.storage.rule_windows import Asked
from gemledger_collector.storage.transaction import Snapshot

_GROUPS_KEPT = 50_000
"""Of one question; beyond that those that were seen are forgotten, and seen anew."""


@dataclass
class RuleWatcher:
    """Looks at every rule. Not for two threads at once; what it remembers it works out again after a restart."""

    rules: Sequence[RuleConfig]
    minutes: Minutes
    limits: Sequence[Limit] = ()
    """Configured ones of Google's rate limits."""
    _callers: Callers = field(default_factory=Callers)
    _groupings: dict[Asked, Grouping] = field(default_factory=dict)

    def look(self, view: View) -> Sequence[Condition]:
        """A condition for each group that breaches, has gone silent, or has an open alert."""
        found: list[Condition] = []
        for rule, said in self.verdicts(view.snapshot, view.watch):
            open_alerts = _open_alerts(rule, view.open_alerts)
            seen = _seen(rule, said, open_alerts, view.watch)
            found += [condition(rule, _with_since(rule, each, view)) for each in seen]
        return found

    def verdicts(self, snapshot: Snapshot, watch: Watch) -> Iterator[tuple[RuleConfig, Verdicts]]:
        """What every rule says of all its groups."""
        if not self.rules:
            return
        self._forget_many()
        self._callers.refresh(snapshot, watch)
        minutes = MinuteSource(self.minutes.read(watch.now), self._grouping)
        look = _Look(self, snapshot, watch, minutes, SlotSource(snapshot, self._grouping))
        for rule in self.rules:
            yield rule, look.verdicts(rule)

    def _grouping(self, asked: Asked) -> Grouping:
        return self._groupings.setdefault(asked, Grouping(asked))

    def _forget_many(self) -> None:
        many = [
            asked
            for asked, grouping in self._groupings.items()
            if len(grouping.groups.all) > _GROUPS_KEPT
        ]
        for asked in many:
            del self._groupings[asked]
        if many:
            self._callers = Callers()


@dataclass
class _Look:
    """One look at all rules."""

    watcher: RuleWatcher
    snapshot: Snapshot
    watch: Watch
    minutes: MinuteSource
    slots: SlotSource

    def verdicts(self, rule: RuleConfig) -> Verdicts:
        """What a rule says of its groups."""
        definition, windows = definition_of(rule), windows_of(rule, self.watch)
        if definition == Apart("headroom"):
            return apart.headroom(rule, self.snapshot, self.watch, self.watcher.limits)
        grouping = self.watcher._grouping(asked_by(rule))  # noqa: SLF001 - a part of it
        if not rule.group_by:
            grouping.groups.number(())
        if definition == Apart("judged"):
            measured = apart.judged(rule, self.snapshot, windows, grouping)
            return verdicts(rule, measured, np.zeros(0, dtype=bool))
        frame = self.minutes.frame(grouping.asked, windows)
        last_calls = self.watcher._callers.last_calls(grouping, frame, self.watch)  # noqa: SLF001 - as above
        if definition == Apart("silence"):
            return apart.silence(rule, last_calls, grouping, self.watch)
        source = self.minutes if rule.window <= FINE else self.slots
        return verdicts(rule, measure(rule, source, windows, grouping.groups), last_calls > 0)


def _open_alerts(rule: RuleConfig, open_alerts: Mapping[str, Alert]) -> dict[Group, Alert]:
    found: dict[Group, Alert] = {}
    for alert in open_alerts.values():
        about = alert.identity
        if (about.kind, about.rule) == ("rule", rule.name):
            values = (about.filter.get(name, "") or None for name in rule.group_by)
            found[tuple(values)] = alert
    return found


def _seen(
    rule: RuleConfig, said: Verdicts, open_alerts: Mapping[Group, Alert], watch: Watch
) -> Iterator[Seen]:
    interesting = said.breached | (said.silent & (rule.no_data in {"show", "alert"}))
    wanted = open_alerts if rule.group_by else {(): None}  # of a single group it is always told
    place = {}
    if wanted:
        place = {group: index for index, group in enumerate(said.groups) if group in wanted}
    told = dict.fromkeys([*np.flatnonzero(interesting).tolist(), *place.values()])
    for index in told:
        silent = bool(said.silent[index])
        yield Seen(
            said.groups[index],
            said.window_of(index),
            None if silent else int(said.values[index]),
            bool(said.breached[index]),
        )
    for group, alert in open_alerts.items():
        if group not in place:
            yield _gone(rule, group, alert, watch)


def _gone(rule: RuleConfig, group: Group, alert: Alert, watch: Watch) -> Seen:
    """A group of which nothing is known any more: nothing speaks for a breach, unless silence is the breach."""
    if rule.metric != "silence":
        return Seen(group, alert.window, 0, breached=False)
    since = alert.window.start_unix_nano
    value = (watch.now - since) // 1000
    return Seen(group, Window(since, watch.now), value, value > rule.limit)


def _with_since(rule: RuleConfig, seen: Seen, view: View) -> Seen:
    """With the time at which a breach began, where the ledger's slots tell that it is older."""
    if not seen.breached or not is_walked(rule):
        return seen
    since = slot_of(view.watch.watermark) - int(rule.window.total_seconds()) - SLOT_SECONDS
    spend = alert_history.spend_by_slot(view.snapshot, rule.filter.labels(), since)
    began = assess(rule, spend, view.watch)[0].breached_since
    return Seen(seen.group, seen.window, seen.value, seen.breached, began)
